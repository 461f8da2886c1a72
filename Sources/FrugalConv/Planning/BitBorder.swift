/// Where taps of a window, or displaced channels, lie outside the map: output rows and columns fall
/// into a few kinds, and all pixels of one kind of row and one kind of column read the same taps
/// outside.
///
/// A bit cannot be the number 0. Where padding counts nothing, taps outside are read as the bit 0,
/// and what that adds to a sum is known for each kind of pixel: it is taken off there.
struct BitBorder: Sendable {
  /// The kind of each output row, times the kinds of columns; a pixel's is the sum of both.
  let rows: [Int32]
  let columns: [Int32]
  /// For each kind of pixel, the taps that lie outside.
  let outside: [[Int]]

  /// Nil when no tap ever lies outside.
  init?(_ taps: [(dy: Int, dx: Int)], stride: Extent, input: Extent, output: Extent) {
    let rows = Self.kinds(
      taps.map(\.dy), stride: stride.height, input: input.height, output: output.height)
    let columns = Self.kinds(
      taps.map(\.dx), stride: stride.width, input: input.width, output: output.width)
    guard
      rows.outside.contains(where: { !$0.isEmpty })
        || columns.outside.contains(where: { !$0.isEmpty })
    else { return nil }
    self.rows = rows.kinds.map { $0 * Int32(columns.outside.count) }
    self.columns = columns.kinds
    outside = rows.outside.flatMap { row in
      columns.outside.map { Array(Set($0).union(row)).sorted() }
    }
  }

  /// The kind of each output position of an axis, and the taps outside for each kind.
  private static func kinds(
    _ offsets: [Int], stride: Int, input: Int, output: Int
  ) -> (kinds: [Int32], outside: [[Int]]) {
    var numbers: [[Int]: Int32] = [:]
    var outside: [[Int]] = []
    let kinds = (0..<output).map { position in
      let taps = offsets.indices.filter {
        !(0..<input).contains(position * stride + offsets[$0])
      }
      if let number = numbers[taps] { return number }
      numbers[taps] = Int32(outside.count)
      outside.append(taps)
      return Int32(outside.count - 1)
    }
    return (kinds, outside)
  }
}

/// A shift that costs next to nothing where maps become bits: channels are read from the rows that
/// they are displaced to, and words of pixels then joined along rows.
///
/// Reading them from their columns, too, took 1.5 times as long at 64×56² on Zen 3: vectors that lie
/// across cache lines.
struct PackedDisplacement: Sendable {
  /// Rows that the same channels are read for.
  struct Run: Sendable {
    let rows: Range<Int>
    /// Of each bit, −1 for a bit of none.
    let channels: [Int32]
  }

  /// A column of the output, and the bits of its pixels that come from the map.
  struct Column: Sendable {
    let x: Int
    let inside: [UInt64]
  }

  let runs: [Run]
  /// Of each bit, from a pixel's own place to its row.
  let offsets: [Int]
  /// Along rows, one behind the other, so that bits of the next row come in from beside the map.
  let across: BitDisplacement
  let columns: [Column]
  let rowsPerTask: Int
  /// Pixels behind those of a task, without a bit.
  let right: Int

  /// `channels` of each bit, −1 for a bit of none, and the displacement of every channel.
  init(_ channels: [Int32], _ displacements: [(dy: Int, dx: Int)], _ map: MapShape) {
    let moves = channels.map { $0 < 0 ? (dy: 0, dx: 0) : displacements[Int($0)] }
    offsets = moves.map { $0.dy * map.width }
    let cuts = Set(moves.flatMap { [max(0, -$0.dy), max(0, map.height - $0.dy)] })
      .union([0, map.height]).filter { $0 <= map.height }.sorted()
    runs = zip(cuts, cuts.dropFirst()).map { first, end in
      Run(
        rows: first..<end,
        channels: zip(channels, moves).map { channel, move in
          (0..<map.height).contains(first + move.dy) ? channel : -1
        })
    }
    across = BitDisplacement(
      channels, displacements.map { (dy: 0, dx: $0.dx) }, input: map, output: map, stride: 1)
    columns = (0..<map.width).compactMap { x in
      var inside = [UInt64](repeating: .max, count: (channels.count + 63) / 64)
      for (bit, move) in moves.enumerated() where !(0..<map.width).contains(x + move.dx) {
        inside[bit / 64] &= ~(1 << UInt64(bit % 64))
      }
      return inside.allSatisfy { $0 == .max } ? nil : Column(x: x, inside: inside)
    }
    let most = max(1, BitPackingJob.mostPixels / map.width)
    let tasks = (map.height + most - 1) / most
    rowsPerTask = (map.height + tasks - 1) / tasks
    right = max(0, across.places.map(\.dx).max()!)
  }

  /// Pixels before those of a task, without a bit.
  var left: Int { across.left }

  /// Pixels of a task with those beside them.
  func pixels(_ map: MapShape) -> Int { left + rowsPerTask * map.width + right }
}

/// The products of up to four one-bit weights with as many one-bit numbers, a table for every nibble
/// of weights: `product = step·value`, in bytes with a sign.
///
/// What the unused bits of numbers are does not count.
struct SignedNibbleTables: Hashable, Sendable {
  /// Each table has sixteen values, twice.
  let bytes: [UInt8]
  let step: Int

  init(activations: BitValues, weights: BitValues, step: Int) {
    func number(_ nibble: Int, _ bit: Int, _ values: BitValues) -> Int {
      nibble >> bit & 1 == 1 ? values.one : values.zero
    }
    self.step = step
    bytes = (0..<32).flatMap { table in
      let used = table == 0 ? 0 : table.bitWidth - 1 - table.leadingZeroBitCount
      let values = (0..<16).map { nibble in
        let products = (0..<used).map {
          number(nibble, $0, activations) * number(table, $0, weights)
        }
        // Where steps are two, no filter has a nibble of one or three bits.
        return UInt8(truncatingIfNeeded: products.reduce(0, +) / step)
      }
      return values + values
    }
  }

  /// The number of a table: a one above the bits of the weights.
  static func number(_ bits: [Bool]) -> UInt8 {
    bits.reversed().reduce(1) { $0 << 1 | ($1 ? 1 : 0) }
  }

  /// What all sums of ±1 have in common where every group has an even number of channels, and of a
  /// shift always an even number of them outside.
  static func step(
    activations: BitValues, weights: BitValues, _ inputs: ChannelGroups, _ reading: BinaryReading
  ) -> Int {
    func isEven(_ outside: [Int]) -> Bool {
      let outside = Set(outside)
      return (0..<inputs.count).allSatisfy { group in
        (0..<inputs.size).count { outside.contains(inputs.channel($0, of: group)) } % 2 == 0
      }
    }
    guard activations == .signs && weights == .signs && inputs.size % 2 == 0 else { return 1 }
    guard reading.isShift, let border = reading.border else { return 2 }
    return border.outside.allSatisfy(isEven) ? 2 : 1
  }

  /// Nibbles whose values a byte holds the sum of, whatever they are, and a threshold above it, too.
  static func mostSteps(_ step: Int) -> Int { 126 * step / 4 }

  /// Products of a filter whose sum a number of 16 bits holds, and a threshold above it, too.
  static let mostProducts = 32_766
}

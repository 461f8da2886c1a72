/// The products of four one-bit weights with four one-bit numbers, a table for every nibble of
/// weights: `product = step·value`, in bytes with a sign.
///
/// Behind the first sixteen tables stand those of a group's last nibble, if it is not full: what its
/// unused bits are does not count.
struct SignedNibbleTables: Hashable, Sendable {
  /// Each table has sixteen values, twice.
  let bytes: [UInt8]
  let step: Int

  /// For groups of `bits` channels.
  init(activations: BitValues, weights: BitValues, bits: Int) {
    func number(_ nibble: Int, _ bit: Int, _ values: BitValues) -> Int {
      nibble >> bit & 1 == 1 ? values.one : values.zero
    }
    let step = Self.step(activations: activations, weights: weights, bits: bits)
    self.step = step
    bytes = (bits % 4 == 0 ? [4] : [4, bits % 4]).flatMap { used in
      (0..<16).flatMap { weight in
        let values = (0..<16).map { nibble in
          let products = (0..<used).map {
            number(nibble, $0, activations) * number(weight, $0, weights)
          }
          return UInt8(bitPattern: Int8(products.reduce(0, +) / step))
        }
        return values + values
      }
    }
  }

  /// What all sums of an even number of ±1 have in common.
  private static func step(activations: BitValues, weights: BitValues, bits: Int) -> Int {
    activations == .signs && weights == .signs && bits % 2 == 0 ? 2 : 1
  }

  /// Products of a filter whose sum a byte holds, whatever they are; a threshold above it, too.
  static func mostProducts(activations: BitValues, weights: BitValues, bits: Int) -> Int {
    126 * step(activations: activations, weights: weights, bits: bits)
  }
}

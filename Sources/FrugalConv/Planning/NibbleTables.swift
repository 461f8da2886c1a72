/// The products of four one-bit numbers with four one-bit weights, as tables of small counts:
/// `product = step·count + lowest`. What the bits stand for is in here and nowhere else.
struct NibbleTables: Hashable, Sendable {
  /// Sixteen tables of sixteen values, each twice, by the activations' nibble.
  let bytes: [UInt8]
  let lowest: Int
  let step: Int
  /// Nibbles whose counts add up to at most 255.
  let mostSteps: Int
  /// The largest count of a nibble.
  let largest: Int

  init(activations: BitValues, weights: BitValues) {
    func number(_ bits: Int, _ i: Int, _ values: BitValues) -> Int {
      bits >> i & 1 == 1 ? values.one : values.zero
    }
    let products = (0..<16).map { nibble in
      (0..<16).map { weight in
        (0..<4).reduce(0) {
          $0 + number(nibble, $1, activations) * number(weight, $1, weights)
        }
      }
    }
    let lowest = products.joined().min()!
    let step = products.joined().allSatisfy { ($0 - lowest) % 2 == 0 } ? 2 : 1
    (self.lowest, self.step) = (lowest, step)
    largest = (products.joined().max()! - lowest) / step
    mostSteps = 255 / largest
    bytes = products.flatMap { table in
      let counts = table.map { UInt8(($0 - lowest) / step) }
      return counts + counts
    }
  }
}

/// The products of four one-bit numbers with four one-bit weights, as tables of small counts:
/// `product = step·count + lowest`. What the bits stand for is in here and nowhere else.
struct NibbleTables: Hashable, Sendable {
  /// Seventeen to twenty tables of sixteen values, each twice: sixteen by the activations' nibble,
  /// then those of a nibble outside the map whose channels count zero, with 0 … 3 unused bits.
  let bytes: [UInt8]
  let lowest: Int
  let step: Int
  /// Nibbles whose counts add up to at most 255.
  let mostSteps: Int
  /// The largest count of a nibble.
  let largest: Int

  /// `unused` has the numbers of unused bits of the nibbles whose channels may count zero.
  init(activations: BitValues, weights: BitValues, unused: Set<Int>) {
    func number(_ bits: Int, _ i: Int, _ values: BitValues) -> Int {
      bits >> i & 1 == 1 ? values.one : values.zero
    }
    var products = (0..<16).map { nibble in
      (0..<16).map { weight in
        (0..<4).reduce(0) {
          $0 + number(nibble, $1, activations) * number(weight, $1, weights)
        }
      }
    }
    for bits in 0...(unused.max() ?? 0) {
      products.append(Array(repeating: bits * activations.zero * weights.zero, count: 16))
    }
    let used = products[..<16].joined() + unused.map { products[16 + $0][0] }
    let lowest = used.min()!
    let isEven = used.allSatisfy { ($0 - lowest) % 2 == 0 }
    let step = isEven ? 2 : 1
    (self.lowest, self.step) = (lowest, step)
    largest = (used.max()! - lowest) / step
    mostSteps = 255 / largest
    // Tables that nobody uses may hold what does not divide.
    bytes = products.flatMap { table in
      let counts = table.map { UInt8(($0 - lowest) / step) }
      return counts + counts
    }
  }

  /// What stands for a nibble outside the map whose channels count zero.
  static func zero(unused: Int) -> UInt8 { UInt8(4 * (16 + unused)) }
}

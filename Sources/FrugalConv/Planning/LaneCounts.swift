/// What ones that are counted in lanes say of a sum: `sum = step·count + base`.
struct LaneCounts: Sendable {
  /// Bits are joined by XOR with inverted weights, so that equal signs are ones; else by AND.
  let isXor: Bool
  /// Of {0, 1} and ±1: counts are `2·ones + 32·steps − ones of the window`.
  let doubles: Bool

  /// For all but ±1 with {0, 1}: no plan counts the ones of those.
  init(activations: BitValues, weights: BitValues) {
    isXor = activations == .signs
    doubles = activations == .units && weights == .signs
  }

  var step: Int { isXor ? 2 : 1 }

  /// Of so many products in so many half words.
  func base(depth: Int, steps: Int) -> Int { isXor ? -depth : doubles ? -32 * steps : 0 }

  /// Half words of a filter whose counts have 16 bits.
  var mostSteps: Int { 65_535 / (doubles ? 64 : 32) }
}

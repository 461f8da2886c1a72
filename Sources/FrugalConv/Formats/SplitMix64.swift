/// A small seeded generator: the same numbers for the same seed everywhere (Steele et al. 2014).
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension RandomNumberGenerator {
  /// A number from [0, 1), a multiple of 2⁻⁵³, of one draw: 0 is never, 1 always above it.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Numbers of k bits as DoReFa-Net makes them (Zhou et al. 2016), 1 ≤ k ≤ 16.
///
/// A level q stands for q/(2ᵏ − 1). Rounding is to nearest, ties to even.
public struct KBitNumbers: Hashable, Sendable {
  public let bits: Int

  /// Throws when the bits are not from 1 to 16.
  public init(bits: Int) throws(FrugalConvError) {
    try requirePositive(bits, "bits of a number")
    try requireAtMost(16, bits, "bits of a number")
    self.bits = bits
  }

  /// The highest level, 2ᵏ − 1.
  public var highest: Int { 1 << bits - 1 }

  /// round((2ᵏ − 1)·clip(x, 0, 1)); NaN becomes 0.
  public func level(_ x: Float) -> Int {
    Int((Float(highest) * (x > 0 ? min(x, 1) : 0)).rounded(.toNearestOrEven))
  }

  /// Activations: clip(x, 0, 1), rounded to a level.
  public func activation(_ x: Float) -> Float { Float(level(x)) / Float(highest) }

  /// Weights: for k = 1 sign(w)·mean|w| with sign(0) = +1, one scale for all of them; else
  /// `2·quantise(tanh(w)/(2·max|tanh|) + 1/2) − 1`.
  public func weights(_ weights: [Float]) -> [Float] {
    guard bits > 1 else {
      let sum = weights.reduce(0.0) { $0 + Double(abs($1)) }
      let mean = Float(sum / Double(max(weights.count, 1)))
      return weights.map { $0 < 0 ? -mean : mean }
    }
    let bounded = weights.map { tanhf($0) }
    let largest = bounded.reduce(0) { max($0, abs($1)) }
    return bounded.map { 2 * activation(largest > 0 ? $0 / (2 * largest) + 0.5 : 0.5) - 1 }
  }

  /// Gradients of one sample: `2m·(quantise(g/2m + 1/2 + N) − 1/2)` with m = max|g| and noise N
  /// from ±1/2 level, one draw a gradient, so that the mean is g.
  public func gradients(
    _ gradients: [Float], using generator: inout some RandomNumberGenerator
  ) -> [Float] {
    let largest = gradients.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else { return gradients }
    return gradients.map { gradient in
      let noise = Float((generator.unit() - 0.5) / Double(highest))
      return 2 * largest * (activation(gradient / (2 * largest) + 0.5 + noise) - 0.5)
    }
  }

  /// Plane b of levels is bit b of each: `level = Σ 2ᵇ·plane_b`, maps `[N][C][H][W]`.
  ///
  /// Throws when a level does not fit, or when their number is not the shape's.
  public func planes(_ levels: [Int], shape: MapShape) throws(FrugalConvError) -> [BitMap<Units>] {
    for level in levels where level < 0 || level > highest {
      throw .tooLarge(what: "a level of \(bits) bits", value: level, limit: highest)
    }
    var planes: [BitMap<Units>] = []
    for bit in 0..<bits {
      let ones = levels.map { Int32($0 >> bit & 1) }
      planes.append(try BitMap(ones.span, shape: shape, atLeast: [1]))
    }
    return planes
  }
}

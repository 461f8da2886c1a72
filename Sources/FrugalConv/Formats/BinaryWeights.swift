/// Over what a scale of quantised weights is shared.
public enum ScaleScope: String, CaseIterable, Sendable {
  /// Each filter, the weights of one output channel, has its own.
  case filter
  /// All filters have one.
  case layer
}

/// Filters whose weights are −α or +α, packed: one bit a weight, one α a filter.
public struct BinaryWeights: Hashable, Sendable {
  public let filters: Int
  /// Weights of a filter.
  public let filterSize: Int
  /// α of each filter.
  public let scales: [Float]
  /// Weight i of a filter is bit i % 64 of its word i / 64: 1 for +α. Filters begin with a word of
  /// their own; bits behind a filter's last are 0.
  public let words: [UInt64]

  /// α·sign(w), α = mean of |w| over each filter (XNOR-Net's binary weights, Rastegari et al. 2016,
  /// where this minimises ‖W − αB‖²) or over the layer (DoReFa-Net, Zhou et al. 2016). The sign of
  /// zero, also of −0, is +.
  ///
  /// `weights` are `[filters][weights of a filter]`. Throws when they do not divide into filters,
  /// and when one is not finite.
  public init(
    meanOf weights: [Float], filters: Int, per scope: ScaleScope = .filter
  ) throws(FrugalConvError) {
    let scales = try meanMagnitudes(weights, filters: filters, per: scope)
    self.init(weights.map { $0 >= 0 }, filters: filters, scales: scales)
  }

  /// BinaryConnect's deterministic form (Courbariaux et al. 2015): +H where w ≥ 0, −H elsewhere.
  ///
  /// The paper's p = clip((w/H + 1)/2, 0, 1) is rounded, a half up. Throws as above, and when
  /// `magnitude`, H, is not positive and finite.
  public init(
    signsOf weights: [Float], filters: Int, magnitude: Float = 1
  ) throws(FrugalConvError) {
    try checkFilters(weights, filters)
    try checkMagnitude(magnitude)
    self.init(
      weights.map { $0 >= 0 }, filters: filters,
      scales: Array(repeating: magnitude, count: filters))
  }

  /// BinaryConnect's stochastic form: +H with probability clip((w/H + 1)/2, 0, 1), else −H; drawn as
  /// by `StochasticRounding`. Throws as above.
  public init(
    stochasticSignsOf weights: [Float], filters: Int, magnitude: Float = 1,
    using generator: inout some RandomNumberGenerator
  ) throws(FrugalConvError) {
    try checkFilters(weights, filters)
    try checkMagnitude(magnitude)
    let isPositive = StochasticRounding.bits(
      of: weights, dividedBy: magnitude, as: .signs, using: &generator)
    self.init(
      isPositive, filters: filters, scales: Array(repeating: magnitude, count: filters))
  }

  private init(_ isPositive: [Bool], filters: Int, scales: [Float]) {
    self.filters = filters
    filterSize = isPositive.count / filters
    self.scales = scales
    words = packedBits(isPositive, filters: filters)
  }

  /// Bytes of bits and scales.
  public var bytes: Int {
    words.count * MemoryLayout<UInt64>.stride + scales.count * MemoryLayout<Float>.stride
  }

  /// −α and +α, `[filters][weights of a filter]`: what a plan of binary weights packs.
  public var floats: [Float] {
    unpackedFloats(filters: filters, filterSize: filterSize) { filter, word, bit in
      words[word] >> bit & 1 == 1 ? scales[filter] : -scales[filter]
    }
  }
}

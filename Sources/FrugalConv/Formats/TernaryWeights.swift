/// Filters whose weights are −α, 0 or +α, packed: two bits a weight, one α a filter.
public struct TernaryWeights: Hashable, Sendable {
  public let filters: Int
  /// Weights of a filter.
  public let filterSize: Int
  /// α of each filter; 0 where all its weights are.
  public let scales: [Float]
  /// Weight i of a filter is bit i % 64 of its word i / 64 in the one that is +α or −α: in neither
  /// it is 0. Filters begin with a word of their own; bits behind a filter's last are 0.
  public let positive, negative: [UInt64]

  /// Ternary weight networks (Li et al. 2016): +α where w > Δ, −α where w < −Δ, 0 between and at
  /// ±Δ, with Δ = `factor`·mean|w| and α = the mean of |w| where it is above Δ.
  ///
  /// Both means are over the layer, as in the authors' code, or over each filter. `weights` are
  /// `[filters][weights of a filter]`. Throws when they do not divide into filters, when one is not
  /// finite, and when the factor is negative or not finite.
  public init(
    thresholdOf weights: [Float], filters: Int, factor: Float = 0.7, per scope: ScaleScope = .layer
  ) throws(FrugalConvError) {
    guard factor >= 0, factor.isFinite else {
      throw .notFinite(what: "the factor of a threshold, which is at least 0", value: factor)
    }
    let means = try meanMagnitudes(weights, filters: filters, per: scope)
    let size = weights.count / filters
    let thresholds = means.map { factor * $0 }
    func isAbove(_ index: Int) -> Bool { abs(weights[index]) > thresholds[index / size] }
    self.filters = filters
    filterSize = size
    scales = groups(filters, scope).flatMap { group in
      var (sum, count) = (0.0, 0)
      for index in group.lowerBound * size..<group.upperBound * size where isAbove(index) {
        sum += Double(abs(weights[index]))
        count += 1
      }
      return group.map { _ in count == 0 ? 0 : Float(sum / Double(count)) }
    }
    positive = packedBits(
      weights.indices.map { isAbove($0) && weights[$0] > 0 }, filters: filters)
    negative = packedBits(
      weights.indices.map { isAbove($0) && weights[$0] < 0 }, filters: filters)
  }

  /// Bytes of bits and scales.
  public var bytes: Int {
    (positive.count + negative.count) * MemoryLayout<UInt64>.stride
      + scales.count * MemoryLayout<Float>.stride
  }

  /// −α, 0 and +α, `[filters][weights of a filter]`: what a plan of ternary weights packs.
  public var floats: [Float] {
    unpackedFloats(filters: filters, filterSize: filterSize) { filter, word, bit in
      if positive[word] >> bit & 1 == 1 { return scales[filter] }
      return negative[word] >> bit & 1 == 1 ? -scales[filter] : 0
    }
  }
}

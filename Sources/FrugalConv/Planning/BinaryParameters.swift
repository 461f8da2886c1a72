/// The numbers of one stage of a plan of one-bit numbers.
public struct BinaryParameters: Hashable, Sendable {
  /// As many as `Convolution.weightCounts` says, in the order that the stage's operator documents;
  /// empty for pooling.
  public var weights: [Float]
  /// Which weights become the bit 1; its thresholds, if several, are per output channel. By default
  /// those that are not negative.
  public var weightThreshold: BitThreshold
  /// When a sum becomes the bit 1; `sum >= 0` where there is none. Of a pooling stage: the sums of
  /// the product before it are pooled, then become bits (otherwise bits are pooled).
  public var threshold: SumThreshold?
  /// `sum·scale + bias` per output channel, where the last stage writes float maps; empty for 1 and
  /// for 0.
  public var scale: [Float]
  public var bias: [Float]

  public init(
    weights: [Float] = [], weightThreshold: BitThreshold = .sign, threshold: SumThreshold? = nil,
    scale: [Float] = [], bias: [Float] = []
  ) {
    self.weights = weights
    self.weightThreshold = weightThreshold
    self.threshold = threshold
    self.scale = scale
    self.bias = bias
  }
}

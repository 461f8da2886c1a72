/// In what the weights of a channel mix are kept and multiplied.
///
/// Weights that are signs need additions and subtractions alone: a kernel adds up the sums of four
/// input channels that it finds in a table. Its results differ from those of float weights in the
/// order of the additions.
public enum WeightFormat: String, CaseIterable, Sendable {
  /// 32 bits a weight.
  case float32
  /// 1 bit a weight: plus or minus the filter's scale; see `BinaryWeights`.
  case binary
  /// 2 bits a weight: plus or minus the filter's scale, or zero; see `TernaryWeights`.
  case ternary
}

extension WeightFormat {
  /// Weights that the format holds in place of trained ones, `[filters][weights of a filter]`: those
  /// of `BinaryWeights(meanOf:)` or `TernaryWeights(thresholdOf:)`. Throws as they do.
  public func quantised(
    _ weights: [Float], filters: Int
  ) throws(FrugalConvError) -> [Float] {
    switch self {
    case .float32: weights
    case .binary: try BinaryWeights(meanOf: weights, filters: filters).floats
    case .ternary: try TernaryWeights(thresholdOf: weights, filters: filters).floats
    }
  }
}

/// A function of one value at the end of a stage. NaN passes through each of them.
public enum Activation: Hashable, Sendable {
  /// x
  case identity
  /// min(max(x, low), high)
  case clamp(low: Float, high: Float)
  /// x·sigmoid(beta·x) (Ramachandran et al. 2017)
  case swish(beta: Float = 1)
  /// x·min(max(x + 3, 0), 6)/6 (Howard et al. 2019)
  case hardSwish
  /// 1/(1 + exp(−x))
  case sigmoid

  /// max(x, 0)
  public static let relu = Activation.clamp(low: 0, high: .infinity)
  /// min(max(x, 0), 6)
  public static let relu6 = Activation.clamp(low: 0, high: 6)

  func check() throws(FrugalConvError) {
    switch self {
    case .clamp(let low, let high):
      if low.isNaN { throw .notFinite(what: "the lower bound of a clamp", value: low) }
      if high.isNaN { throw .notFinite(what: "the upper bound of a clamp", value: high) }
    case .swish(let beta):
      if !beta.isFinite { throw .notFinite(what: "beta of swish", value: beta) }
    case .identity, .hardSwish, .sigmoid: break
    }
  }
}

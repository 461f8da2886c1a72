/// Predicts the time of a run as a sum over kinds of work, each with a coefficient of its level.
///
/// Times are counted in the multiply-adds that one core could do meanwhile at its peak, so that a
/// prediction needs no measurement and carries over to other clocks.
struct CostModel {
  private let coefficients: [Double]

  /// The coefficients that `convbench fit` has written.
  init(_ level: Level) { coefficients = Self.fitted(level) }

  /// The predicted time; never less than nothing takes.
  func time(_ work: Workload) -> Double {
    max(1, CostTerm.allCases.reduce(0) { $0 + coefficients[$1.rawValue] * work[$1] })
  }

  private static let portable = coefficients(FittedCosts.portable)
  private static let avx2 = coefficients(FittedCosts.avx2)
  private static let avx512 = coefficients(FittedCosts.avx512)

  private static func fitted(_ level: Level) -> [Double] {
    switch level {
    case .portable: portable
    case .avx2: avx2
    case .avx512: avx512
    }
  }

  private static func coefficients(_ fitted: [CostTerm: Double]) -> [Double] {
    CostTerm.allCases.map { fitted[$0] ?? 0 }
  }
}

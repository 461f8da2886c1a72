import FrugalConv

/// One way to run a problem, as the cost model sees it.
struct CostCandidate {
  let name: String
  let handicap: Double
  let workload: Workload
  /// By the coefficients that are built in.
  let predictedTime: Double
  let contestant: () throws -> any Contestant
}

extension Problem {
  /// Every way to run the problem, on one thread.
  func candidates(_ level: Level) throws -> [CostCandidate] {
    switch numbers {
    case .floats(let format):
      try convolution.candidates(
        for: input, PlanOptions(threads: 1, level: level, weightFormat: format)
      ).map { plan in
        CostCandidate(
          name: plan.candidate.description, handicap: plan.candidate.handicap,
          workload: plan.workload, predictedTime: plan.predictedTime,
          contestant: { try PlanContestant(plan) })
      }
    case .bits:
      try convolution.binaryCandidates(
        for: input, encoding: Signs.self, BinaryOptions(threads: 1, level: level)
      ).map { plan in
        CostCandidate(
          name: plan.candidate.description, handicap: plan.candidate.handicap,
          workload: plan.workload, predictedTime: plan.predictedTime,
          contestant: { try BinaryContestant(plan) })
      }
    }
  }
}

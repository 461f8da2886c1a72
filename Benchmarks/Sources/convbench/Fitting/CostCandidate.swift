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
    case .bits: try binaryCandidates(BinaryOptions(threads: 1, level: level))
    }
  }

  /// The ways of all levels: a plan's work is the same at every one. Lanes are offered at some.
  func candidatesOfAllLevels() throws -> [CostCandidate] {
    let candidates = try candidates(.portable)
    guard case .bits = numbers else { return candidates }
    do {
      let options = BinaryOptions(kernel: .lanes, threads: 1, level: .portable)
      return try candidates + binaryCandidates(options)
    } catch FrugalConvError.noBinaryForm { return candidates }
  }

  private func binaryCandidates(_ options: BinaryOptions) throws -> [CostCandidate] {
    try convolution.binaryCandidates(for: input, encoding: Signs.self, options).map { plan in
      CostCandidate(
        name: plan.candidate.description, handicap: plan.candidate.handicap,
        workload: plan.workload, predictedTime: plan.predictedTime,
        contestant: { try BinaryContestant(plan) })
    }
  }
}

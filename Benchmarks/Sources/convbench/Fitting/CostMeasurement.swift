import FrugalConv

/// Times every candidate of every problem of a list, on one thread.
struct CostMeasurement {
  private let level: Level
  private let peak: PeakBurst
  private static let sampleMicroseconds = 200.0
  /// Microseconds that a problem may take, and the fewest and the most rounds for it.
  private static let budget = 300_000.0
  private static let rounds = 5...21

  init(_ level: Level) throws {
    self.level = level
    peak = try PeakBurst(level)
  }

  func data(_ list: ProblemList) throws -> CostData {
    let progress = Progress()
    defer { progress.finish() }
    var data = CostData()
    var peaks: [Double] = []
    for (index, problem) in list.problems.enumerated() {
      progress.show("\(index + 1) of \(list.problems.count): \(problem.name)")
      let contest = try contest(problem, &data)
      peaks.append(contest)
    }
    let machine = try Machine.measured(level: level, threads: [1])
    data.header = [
      "Written by `convbench fit`: problem, candidate, time in multiply-adds at the peak.",
      "\(machine.processor), level \(level.rawValue), peak "
        + "\(NumberText.fixed(median(peaks), decimals: 1)) GFLOP/s",
      "OpenBLAS \(machine.openBLASVersion), kernels \(machine.openBLASKernel)",
    ]
    return data
  }

  /// Measures a problem; returns the peak meanwhile.
  private func contest(_ problem: Problem, _ data: inout CostData) throws -> Double {
    let plans = try problem.candidates(level)
    let contestants = try plans.map { try PlanContestant($0) }
    let once = try contestants.reduce(0) { sum, contestant in
      try sum + max(2 * Self.sampleMicroseconds, 2 * contestant.time(repetitions: 1))
    }
    let rounds = min(Self.rounds.upperBound, max(Self.rounds.lowerBound, Int(Self.budget / once)))
    let contest = try Contest(
      contestants, rounds: rounds, sampleMicroseconds: Self.sampleMicroseconds, peak: peak)
    for (plan, times) in zip(plans, contest.times) {
      // GFLOP/s are multiply-adds per two nanoseconds.
      let counted = zip(times, contest.peaks).map { $0 * $1 * 500 }
      data.times[problem.name, default: [:]][plan.candidate.description] = median(counted)
    }
    return contest.peak
  }
}

extension Problem {
  /// Every way to run the problem, on one thread.
  func candidates(_ level: Level) throws -> [Plan] {
    try convolution.candidates(for: input, PlanOptions(threads: 1, level: level))
  }
}

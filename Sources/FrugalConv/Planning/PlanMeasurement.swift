/// Times candidates in turns, on one thread.
enum PlanMeasurement {
  /// Candidates that are timed: those predicted to be fastest.
  private static let most = 3
  /// Another than the predicted best must take at most this share of its time. Noise of the median
  /// of so many rounds stays below it (Zen 1, both cores busy).
  private static let clearWin = 0.95
  private static let rounds = 11
  /// Shorter runs are repeated until a sample takes so long.
  private static let sampleNanoseconds = 200_000.0
  private static let mostRepetitions = 64.0

  /// The place of the plan to take, and what the timing says about it; the plans come ranked.
  static func best<Plan: RankedPlan>(
    of plans: [Plan]
  ) throws(FrugalConvError) -> (Int, PlanChoice<Plan.Candidate>) {
    var trials: [any PlanTrial] = []
    for plan in plans.prefix(most) { trials.append(try plan.trial()) }
    let burst = try PeakBurst(plans[0].level)
    let repetitions = try trials.map { trial throws(FrugalConvError) in
      let once = try time(trial, repetitions: 1)
      return Int(min(mostRepetitions, max(1, sampleNanoseconds / once)))
    }
    var ratios = [[Double]](repeating: [], count: trials.count)
    var times = ratios
    for _ in 0..<rounds {
      let peak = burst.gflops() / 2
      var first = 0.0
      for index in trials.indices {
        let time = try time(trials[index], repetitions: repetitions[index])
        if index == 0 { first = time }
        ratios[index].append(time / first)
        times[index].append(time * peak)
      }
    }
    let medians = ratios.map(median)
    let fastest = medians.indices.min { medians[$0] < medians[$1] }!
    let best = medians[fastest] < clearWin ? fastest : 0
    return (
      best,
      .measured(
        time: median(times[best]), predictedBest: plans[0].candidate, gain: 1 / medians[best])
    )
  }

  /// Nanoseconds of one run, the mean of several after one that is not timed.
  private static func time(
    _ trial: any PlanTrial, repetitions: Int
  ) throws(FrugalConvError) -> Double {
    try trial.run()
    let start = monotonicNanoseconds()
    for _ in 0..<repetitions { try trial.run() }
    return Double(max(1, monotonicNanoseconds() - start)) / Double(repetitions)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

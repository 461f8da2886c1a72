import FrugalConv

/// Times every candidate of every problem of a list, on one thread.
struct CostMeasurement {
  private let level: Level
  private let peak: PeakBurst
  private static let sampleMicroseconds = 200.0
  /// Microseconds that a problem may take in a sweep, and the fewest and the most rounds for it.
  private static let budget = 80_000.0
  private static let rounds = 5...21
  /// How often the list is gone through: a machine that others use too is slow for seconds.
  private static let sweeps = 3

  init(_ level: Level) throws {
    self.level = level
    peak = try PeakBurst(level)
  }

  /// The times of each problem's quietest sweep.
  func data(_ list: ProblemList) throws -> CostData {
    let progress = Progress()
    defer { progress.finish() }
    var data = CostData()
    var peaks: [Double] = []
    for sweep in 1...Self.sweeps {
      for (index, problem) in list.problems.enumerated() {
        progress.show(
          "sweep \(sweep) of \(Self.sweeps), \(index + 1) of \(list.problems.count): "
            + problem.name)
        let (times, peak) = try measured(problem)
        peaks.append(peak)
        let before = data.times[problem.name].map { $0.values.reduce(0, +) } ?? .infinity
        if times.values.reduce(0, +) < before { data.times[problem.name] = times }
      }
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

  /// The times of a problem's candidates, in turns, and the peak meanwhile.
  private func measured(_ problem: Problem) throws -> (times: [String: Double], peak: Double) {
    let candidates = try problem.candidates(level)
    let contestants = try candidates.map { try $0.contestant() }
    let once = try contestants.reduce(0) { sum, contestant in
      try sum + max(2 * Self.sampleMicroseconds, 2 * contestant.time(repetitions: 1))
    }
    let rounds = min(Self.rounds.upperBound, max(Self.rounds.lowerBound, Int(Self.budget / once)))
    let contest = try Contest(
      contestants, rounds: rounds, sampleMicroseconds: Self.sampleMicroseconds, peak: peak)
    let times = contest.times.map { times in
      // A GFLOP/s is 500 multiply-adds a microsecond. Noise only ever adds time.
      percentile(0.25, of: zip(times, contest.peaks).map { $0 * $1 * 500 })
    }
    return (
      Dictionary(uniqueKeysWithValues: zip(candidates.map(\.name), times)),
      contest.peak
    )
  }
}

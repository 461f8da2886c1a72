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
  private static let sweeps = 5

  init(_ level: Level) throws {
    self.level = level
    peak = try PeakBurst(level)
  }

  /// The least time of each candidate, by the peak of quiet moments: noise only ever adds time, and
  /// a neighbour on the other half of a core slows different work by different shares.
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
        let (times, found) = try measured(problem)
        peaks += found
        data.times[problem.name, default: [:]].merge(times) { min($0, $1) }
      }
    }
    let peak = percentile(0.95, of: peaks)
    // A GFLOP/s is 500 multiply-adds a microsecond.
    data.times = data.times.mapValues { $0.mapValues { $0 * peak * 500 } }
    let machine = try Machine.measured(level: level, threads: [1])
    data.header = [
      "Written by `convbench fit`: problem, candidate, time in multiply-adds at the peak.",
      "\(machine.processor), level \(level.rawValue), peak "
        + "\(NumberText.fixed(peak, decimals: 1)) GFLOP/s",
      "OpenBLAS \(machine.openBLASVersion), kernels \(machine.openBLASKernel)",
    ]
    return data
  }

  /// The least microseconds of a problem's candidates, in turns, and the peaks meanwhile.
  private func measured(_ problem: Problem) throws -> (times: [String: Double], peaks: [Double]) {
    let candidates = try problem.candidates(level)
    let contestants = try candidates.map { try $0.contestant() }
    let once = try contestants.reduce(0) { sum, contestant in
      try sum + max(2 * Self.sampleMicroseconds, 2 * contestant.time(repetitions: 1))
    }
    let rounds = min(Self.rounds.upperBound, max(Self.rounds.lowerBound, Int(Self.budget / once)))
    let contest = try Contest(
      contestants, rounds: rounds, sampleMicroseconds: Self.sampleMicroseconds, peak: peak)
    let times = contest.times.map { $0.min()! }
    return (Dictionary(uniqueKeysWithValues: zip(candidates.map(\.name), times)), contest.peaks)
  }
}

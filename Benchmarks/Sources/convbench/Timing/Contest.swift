/// Something that can be run again and again, and timed.
protocol Contestant: AnyObject {
  /// Runs once.
  func run() throws
}

/// Times of several contestants, measured side by side: each round runs every one of them, A B C
/// A B C, with a burst of the machine's peak in between, so that whatever slows the machine down
/// for a while slows all of them.
struct Contest {
  /// Per contestant, microseconds of one run in each round.
  private(set) var times: [[Double]]
  /// GFLOP/s of one thread in each round.
  private(set) var peaks: [Double] = []

  /// Microseconds that one sample should last at least; shorter runs are repeated within it.
  private static let sampleMicroseconds = 300.0

  /// Runs `rounds` rounds; `progress` is told after each.
  init(
    _ contestants: [any Contestant], rounds: Int, peak: PeakBurst,
    progress: (_ round: Int) -> Void = { _ in }
  ) throws {
    times = [[Double]](repeating: [], count: contestants.count)
    let repetitions = try contestants.map { contestant in
      try contestant.run()
      let once = try microseconds(contestant.run)
      return min(64, max(1, Int((Self.sampleMicroseconds / max(once, 0.1)).rounded(.up))))
    }
    for round in 0..<rounds {
      peaks.append(peak.gflops())
      for (index, contestant) in contestants.enumerated() {
        // Once untimed: the one before has left its own data in the cache.
        try contestant.run()
        let total = try microseconds {
          for _ in 0..<repetitions[index] { try contestant.run() }
        }
        times[index].append(total / Double(repetitions[index]))
      }
      progress(round + 1)
    }
  }

  /// Median of the peak bursts, GFLOP/s of one thread.
  var peak: Double { median(peaks) }

  /// Median over the rounds of a contestant's time divided by another's.
  func ratio(_ contestant: Int, to other: Int) -> Double {
    median(zip(times[contestant], times[other]).map { $0 / $1 })
  }
}

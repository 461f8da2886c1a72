import FrugalConv

/// Something that can be run again and again, and timed.
protocol Contestant: AnyObject {
  /// Runs once.
  func run() throws
  /// Microseconds of one run, the mean of several after one that is not timed: whoever came before
  /// has left its own data in the cache.
  func time(repetitions: Int) throws -> Double
}

extension Contestant {
  func time(repetitions: Int) throws -> Double {
    try run()
    return try microseconds { for _ in 0..<repetitions { try run() } } / Double(repetitions)
  }
}

/// Times of several contestants, measured side by side: each round runs every one of them, A B C
/// A B C, with a burst of the machine's peak in between, so that whatever slows the machine down
/// for a while slows all of them.
struct Contest {
  /// Per contestant, microseconds of one run in each round.
  private(set) var times: [[Double]]
  /// GFLOP/s of one thread in each round.
  private(set) var peaks: [Double] = []

  /// Runs `rounds` rounds; `progress` is told after each. Runs shorter than `sampleMicroseconds`
  /// are repeated within a sample.
  init(
    _ contestants: [any Contestant], rounds: Int, sampleMicroseconds: Double = 300,
    peak: PeakBurst, progress: (_ round: Int) -> Void = { _ in }
  ) throws {
    times = [[Double]](repeating: [], count: contestants.count)
    let repetitions = try contestants.map { contestant in
      let once = try contestant.time(repetitions: 1)
      return min(64, max(1, Int((sampleMicroseconds / max(once, 0.1)).rounded(.up))))
    }
    for round in 0..<rounds {
      peaks.append(peak.gflops())
      for (index, contestant) in contestants.enumerated() {
        times[index].append(try contestant.time(repetitions: repetitions[index]))
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

import FrugalConv

/// Measures how many times faster than their yardsticks problems are, side by side.
struct RatioMeter {
  private let level: Level
  private let peak: PeakBurst
  private static let rounds = 15

  init(_ level: Level) throws {
    self.level = level
    peak = try PeakBurst(level)
  }

  /// The ratios of a problem to its yardsticks, taken again while one is below its floor: what only
  /// a noisy machine did does not come back three times.
  func ratios(_ problem: Problem, floors: [Speed]) throws -> [Speed] {
    var best = try ratios(problem)
    for _ in 0..<2 {
      let isLow = best.contains { now in
        floors.contains { $0.matches(now) && now.value < $0.value }
      }
      guard isLow else { break }
      best = zip(best, try ratios(problem)).map { $0.value > $1.value ? $0 : $1 }
    }
    return best
  }

  private func ratios(_ problem: Problem) throws -> [Speed] {
    let others = try problem.yardsticks.map { try problem.contestant(level, against: $0) }
    let ratios = try ratios(problem.contestant(level), to: others)
    return zip(problem.yardsticks, ratios).map {
      Speed(problem: problem.name, part: $0.name, value: $1)
    }
  }

  /// The times of others divided by that of a contestant.
  func ratios(_ contestant: any Contestant, to others: [any Contestant]) throws -> [Double] {
    guard !others.isEmpty else { return [] }
    let contest = try Contest([contestant] + others, rounds: Self.rounds, peak: peak)
    return others.indices.map { contest.ratio($0 + 1, to: 0) }
  }
}

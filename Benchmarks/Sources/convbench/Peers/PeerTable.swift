/// Our times and other libraries', side by side.
struct PeerTable: Codable, Sendable {
  /// A library that was asked for.
  struct Entry: Codable, Equatable, Sendable {
    var name: String
    var version: String?
    /// Why it is missing.
    var missing: String?
  }

  var entries: [Entry]
  var rows: [PeerRow]

  /// What a library is called that is ours.
  static let ours = "FrugalConv"
}

/// One block on one shape, in every library.
struct PeerRow: Codable, Sendable {
  /// "64x56x56": C×H×W.
  var shape: String
  /// As `--blocks` names it.
  var block: String
  var threads: Int
  var multiplyAdds: Int
  /// Blocks of the shorter and of the longer chain, whose times were subtracted.
  var chains: [Int]
  var ours: Time
  var peers: [Time]

  /// What one library takes for one block of a chain.
  struct Time: Codable, Sendable {
    var library: String
    /// Which of several forms was the fastest there; empty where there is one.
    var form: String
    /// From the 10th percentiles of both chains over the rounds: noise only ever adds time.
    var microseconds: Double
    /// Median of the rounds.
    var median: Double
    /// How much faster ours is; nil for ours.
    var oursFaster: Ratio?
  }

  /// A library's time over ours.
  struct Ratio: Codable, Sendable {
    /// Of `microseconds`.
    var value: Double
    /// The middle half of the rounds' own ratios: far from the value where something disturbed
    /// the rounds.
    var low, median, high: Double
  }

  /// The fastest of the others; nil when there is none. A block too short for the clock, whose
  /// chains differ by nothing, is no one's best.
  var best: Time? {
    peers.filter { $0.microseconds > 0 }.min { $0.microseconds < $1.microseconds }
  }

  /// 2·multiplyAdds over the time.
  func gflops(_ time: Time) -> Double { 2 * Double(multiplyAdds) / time.microseconds / 1000 }
}

/// Times of a shorter and of a longer chain of equal blocks, in microseconds, round by round.
///
/// What both chains share, such as the call and the change of layout, is in no difference.
struct ChainTimes {
  let short, long: [Double]
  /// Blocks that the longer chain has more.
  let blocks: Int

  /// One block, in each round.
  var rounds: [Double] { zip(short, long).map { ($1 - $0) / Double(blocks) } }

  /// One block, undisturbed.
  var block: Double {
    (percentile(0.1, of: long) - percentile(0.1, of: short)) / Double(blocks)
  }
}

extension PeerRow.Time {
  /// In brief what a library takes, beside our times in the same rounds.
  init(_ library: String, form: String = "", _ times: ChainTimes, ours: ChainTimes? = nil) {
    self.library = library
    self.form = form
    microseconds = times.block
    median = percentile(0.5, of: times.rounds)
    oursFaster = ours.map { ours in
      let ratios = zip(times.rounds, ours.rounds).map { $0 / $1 }
      return PeerRow.Ratio(
        value: times.block / ours.block, low: percentile(0.25, of: ratios),
        median: percentile(0.5, of: ratios), high: percentile(0.75, of: ratios))
    }
  }
}

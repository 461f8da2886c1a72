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
    /// Median of the rounds, and the 10th and 90th percentile.
    var microseconds, low, high: Double
    /// The library's time over ours, in the same rounds; nil for ours.
    var oursFaster: Spread?
  }

  /// A ratio's median over the rounds, and its 10th and 90th percentile.
  struct Spread: Codable, Sendable {
    var median, low, high: Double
  }

  /// The fastest of the others; nil when there is none.
  var best: Time? { peers.min { $0.microseconds < $1.microseconds } }

  /// 2·multiplyAdds over the median time.
  func gflops(_ time: Time) -> Double { 2 * Double(multiplyAdds) / time.microseconds / 1000 }
}

extension PeerRow.Time {
  /// From the times of a shorter and a longer chain in each round: what they share, such as the
  /// call, is in neither difference.
  static func differences(short: [Double], long: [Double], blocks: Int) -> [Double] {
    zip(short, long).map { ($1 - $0) / Double(blocks) }
  }

  /// In brief what a library takes, beside our times in the same rounds.
  init(_ library: String, form: String = "", times: [Double], ours: [Double]? = nil) {
    self.library = library
    self.form = form
    microseconds = median(times)
    low = percentile(0.1, of: times)
    high = percentile(0.9, of: times)
    oursFaster = ours.map { ours in
      let ratios = zip(times, ours).map { $0 / $1 }
      return PeerRow.Spread(
        median: median(ratios), low: percentile(0.1, of: ratios), high: percentile(0.9, of: ratios))
    }
  }
}

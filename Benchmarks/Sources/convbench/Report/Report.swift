/// Everything one `compare` has measured.
struct Report: Codable, Sendable {
  var machine: Machine
  var rows: [Row]
  var networks: [NetworkRow]
  /// Other libraries beside ours, when they were measured.
  var peers: PeerTable?
}

/// What the figures were measured on.
struct Machine: Codable, Sendable {
  var processor: String
  /// Cores the system has online.
  var cores: Int
  /// Instruction-set level of the kernels.
  var level: String
  /// Independent multiply-adds in registers, one thread, median of 0.2 ms bursts.
  var peakGflops: Double
  /// Bytes read plus bytes written per second by copying from memory to memory, one thread, 10⁹.
  var copyGigabytesPerSecond: Double
  /// Of the last-level cache.
  var cacheBytes: Int
  var openBLASVersion: String
  var openBLASKernel: String
  var openBLASThreading: String
  /// Thread counts that were measured.
  var threads: [Int]
}

/// One operator on one shape.
struct Row: Codable, Sendable {
  /// "64x56x56": C×H×W.
  var shape: String
  /// As `--operators` names it.
  var `operator`: String
  /// What multiplied: "fused", "openblas", "binary", or "direct" when there was no matrix.
  var executor: String
  var threads: Int
  /// Operands came from memory, not from cache.
  var cold: Bool
  var parameters: Int
  var multiplyAdds: Int
  /// Of a factor: 32, or 1 where one-bit numbers are multiplied.
  var bits: Int
  /// The least that must move.
  var bytes: Int
  /// Median of the rounds.
  var microseconds: Double
  /// 10th and 90th percentile.
  var low: Double
  var high: Double
  /// 2·multiplyAdds over the median time.
  var gflops: Double
  /// 2·multiplyAdds over the low time, as a share of the float peak of as many cores as there are
  /// threads; in one bit it is a multiple of it.
  var shareOfPeak: Double
  /// Median over the rounds of this row's time divided by the depthwise-separable row's time.
  var vsDepthwise: Double?
  /// The same to the row that does without the displacement or the interleaving, or in floats: shift
  /// to pointwise, igcv1 to grouped-pair, binary3x3 to dense3x3.
  var vsPlain: Double?
}

/// One published network: all its convolutions, one after another.
struct NetworkRow: Codable, Sendable {
  var network: String
  var threads: Int
  var parameters: Int
  var multiplyAdds: Int
  /// Median over the rounds of the sum of all layers.
  var microseconds: Double
  var low: Double
  var high: Double
  var gflops: Double
  var shareOfPeak: Double
  var layers: [Layer]

  /// One layer, timed alone; a layer that occurs `count` times is timed once.
  struct Layer: Codable, Sendable {
    var name: String
    var `operator`: String
    var shape: String
    var count: Int
    /// Of all occurrences together.
    var parameters: Int
    var multiplyAdds: Int
    /// Of one occurrence.
    var microseconds: Double
    var low: Double
    var high: Double
    var shareOfPeak: Double
  }
}

/// Which candidates were measured to be fastest, by processor, level, library and problem.
///
/// A value: plans made with `measuring:` add to it, files keep it from one process to the next.
/// What other processors or versions have learned stays in it, unused, so that one file can serve
/// several machines. The number of threads is no part of it.
public struct Wisdom: Hashable, Sendable {
  /// What was learned about a problem.
  struct Entry: Hashable, Sendable {
    /// The words of a candidate.
    let candidate: String
    /// In multiply-adds at the peak of one core.
    let time: Double
  }

  /// The version of the library: kernels of other versions have other speeds.
  static let libraryVersion = "1.0.0"

  /// By machine, then by problem.
  var entries: [String: [String: Entry]] = [:]

  /// Knows nothing.
  public init() {}

  /// Problems that are known, of all machines.
  public var count: Int { entries.values.reduce(0) { $0 + $1.count } }

  /// What is known about a problem.
  subscript(key: WisdomKey) -> Entry? {
    get { entries[key.machine]?[key.problem] }
    set { entries[key.machine, default: [:]][key.problem] = newValue }
  }
}

import Foundation
import TextTable

/// One recorded speed beside the speed now.
struct SpeedChange {
  enum Verdict: Int {
    case regressed
    /// Measured, but not recorded, or the other way round.
    case unmatched
    case improved
    case unchanged
  }

  let group: SpeedGroup
  let recorded: Speed?
  let now: Speed?

  /// The share by which it is slower than recorded; negative is faster.
  var slowdown: Double? {
    guard let recorded, let now else { return nil }
    return group.kind == .instructions
      ? now.value / recorded.value - 1 : recorded.value / now.value - 1
  }

  /// Instructions may grow or shrink by this share; a ratio's room is in the recorded floor.
  static let tolerance = 0.02

  var verdict: Verdict {
    guard let slowdown else { return .unmatched }
    switch group.kind {
    case .instructions:
      if slowdown > Self.tolerance { return .regressed }
      return slowdown < -Self.tolerance ? .improved : .unchanged
    case .ratios: return slowdown > 0 ? .regressed : .unchanged
    }
  }
}

/// A record against what was measured.
struct SpeedCheck {
  /// Regressions first.
  let changes: [SpeedChange]
  /// What could not be compared, in words.
  let gaps: [String]

  init(_ record: SpeedRecord, _ measured: [SpeedGroup: [Speed]], notCounted: NotCounted? = nil) {
    var changes: [SpeedChange] = []
    var gaps = notCounted.map { ["instructions not counted: \($0)"] } ?? []
    for (group, now) in measured.sorted(by: { $0.key < $1.key }) {
      guard let recorded = record.speeds[group] else {
        gaps.append("nothing is recorded for [\(group.title)]: run convbench record")
        continue
      }
      changes += now.map { now in
        SpeedChange(group: group, recorded: recorded.first(where: now.matches), now: now)
      }
      changes += recorded.filter { recorded in !now.contains(where: recorded.matches) }
        .map { SpeedChange(group: group, recorded: $0, now: nil) }
    }
    let unmatched = changes.count { $0.verdict == .unmatched }
    if unmatched > 0 {
      gaps.append("\(unmatched) lines differ from the record's: run convbench record")
    }
    self.changes = changes.enumerated().sorted {
      ($0.element.verdict.rawValue, $0.offset) < ($1.element.verdict.rawValue, $1.offset)
    }.map(\.element)
    self.gaps = gaps
  }

  var regressions: [SpeedChange] { changes.filter { $0.verdict == .regressed } }

  /// Whether to exit with failure. What could not be compared fails only where nobody reads the
  /// words: in CI.
  func fails(inCI: Bool) -> Bool { !regressions.isEmpty || (inCI && !gaps.isEmpty) }

  /// A table of what changed, or of everything, then what else there is to say.
  func text(all: Bool) -> String {
    var parts = [table(all: all)].compactMap(\.self) + gaps
    let improved = changes.count { $0.verdict == .improved }
    if improved > 0 {
      parts.append("\(improved) improved: run convbench record to hold on to it")
    }
    parts.append("\(regressions.count) of \(changes.count) speeds regressed")
    return parts.joined(separator: "\n")
  }

  /// A table of what changed, or of everything; nil when there is nothing to show.
  func table(all: Bool) -> String? {
    let shown = changes.filter { all || $0.verdict != .unchanged }
    guard !shown.isEmpty else { return nil }
    let table = TextTable<SpeedChange> { change in
      [
        Column("problem" <- change.any.problem),
        Column("what" <- change.any.part),
        Column("of" <- change.group.title),
        Column("recorded" <- change.text(change.recorded), align: .right),
        Column("now" <- change.text(change.now), align: .right),
        Column("slower by" <- change.percent, align: .right),
        Column("verdict" <- change.word),
      ]
    }
    return (table.string(for: shown) ?? "").trimmingCharacters(in: .newlines)
  }
}

extension SpeedChange {
  fileprivate var any: Speed { (now ?? recorded)! }

  fileprivate var word: String {
    switch verdict {
    case .regressed: "regressed"
    case .unmatched: recorded == nil ? "not recorded" : "not run"
    case .improved: "improved"
    case .unchanged: "unchanged"
    }
  }

  fileprivate func text(_ speed: Speed?) -> String {
    guard let speed else { return NumberText.none }
    switch group.kind {
    case .instructions: return NumberText.grouped(Int(speed.value))
    case .ratios:
      return (speed == recorded ? "≥ " : "") + NumberText.ratio(speed.value)
    }
  }

  fileprivate var percent: String {
    slowdown.map { NumberText.fixed(100 * $0, decimals: 1) + " %" } ?? NumberText.none
  }
}

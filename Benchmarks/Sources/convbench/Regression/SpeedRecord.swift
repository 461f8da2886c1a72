import Foundation

/// Speeds that were recorded, as a file of lines that people can read and compare.
///
/// The file carries its problems, so a check needs nothing else. What belongs to other builds stays
/// when a build is recorded anew.
struct SpeedRecord {
  /// Lines of a shape list; none for the built-in problems.
  let problemLines: [String]
  private(set) var speeds: [SpeedGroup: [Speed]] = [:]

  /// The library's own record.
  static let builtInPath = (0..<4)
    .reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }
    .appending(path: "Regression/speeds.txt").path

  private static let problemsTitle = "problems"
  private static let builtInWord = "built-in"

  init(_ problems: ProblemList) { problemLines = problems.lines }

  /// Reads a file that `write` wrote; throws, naming the line, what it cannot read.
  init(path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw RecordError(file: path, problem: .unreadable)
    }
    var problems: [String] = []
    var title = ""
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let words = line.split(separator: " ").map(String.init)
      if words.isEmpty || line.hasPrefix("#") { continue }
      if line.hasPrefix("["), line.hasSuffix("]") {
        title = String(line.dropFirst().dropLast())
      } else if title == Self.problemsTitle {
        if line != Self.builtInWord { problems.append(String(line)) }
      } else if let group = SpeedGroup(title: title), words.count == 3,
        let value = Double(words[2]), value.isFinite, value > 0
      {
        speeds[group, default: []].append(Speed(problem: words[0], part: words[1], value: value))
      } else {
        throw RecordError(file: path, problem: .line(index + 1))
      }
    }
    problemLines = problems
  }

  /// What the problem lines describe.
  func problems(file: String) throws -> ProblemList {
    problemLines.isEmpty
      ? try ProblemList() : try ProblemList(problemLines.joined(separator: "\n"), file: file)
  }

  /// Takes what was measured in place of what was recorded of the same builds.
  mutating func update(with measured: [SpeedGroup: [Speed]]) {
    for (group, now) in measured {
      let before = speeds[group] ?? []
      speeds[group] =
        group.kind == .instructions
        ? now : now.map { now in Self.floor(for: now, before: before.first(where: now.matches)) }
    }
  }

  /// Half of a measured ratio. A floor that is not far from it stays, so that recording again
  /// changes no line for noise.
  private static func floor(for now: Speed, before: Speed?) -> Speed {
    if let before, (0.4...0.6).contains(before.value / now.value) { return before }
    return Speed(
      problem: now.problem, part: now.part, value: max(0.01, (now.value * 50).rounded() / 100))
  }

  func write(to path: String) throws {
    var lines = ["# Written by `convbench record`, read by `convbench check`.", ""]
    lines.append("[\(Self.problemsTitle)]")
    lines += problemLines.isEmpty ? [Self.builtInWord] : problemLines
    for (group, speeds) in speeds.sorted(by: { $0.key < $1.key }) {
      lines += ["", "[\(group.title)]"]
      lines += speeds.map { speed in
        let value = group.kind == .instructions ? "\(Int(speed.value))" : "\(speed.value)"
        return "\(speed.problem) \(speed.part) \(value)"
      }
    }
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
  }
}

/// What is wrong with a record, or with the problems for one.
struct RecordError: Error, CustomStringConvertible {
  enum Problem {
    case unreadable
    /// Counted from 1.
    case line(Int)
    case repeatedName(String)
  }

  let file: String
  let problem: Problem

  var description: String {
    switch problem {
    case .unreadable: "\(file): cannot be read as text in UTF-8"
    case .line(let number): "\(file):\(number): not a line of a record"
    case .repeatedName(let name): "\(file): two problems are named '\(name)'"
    }
  }
}

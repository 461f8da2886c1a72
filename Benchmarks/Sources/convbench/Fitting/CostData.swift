import Foundation
import FrugalConv

/// Measured times of candidates, by problem.
struct CostData {
  /// Where and with what they were measured, a line each.
  var header: [String] = []
  /// By problem and candidate, in multiply-adds at the peak of one core.
  var times: [String: [String: Double]] = [:]

  init() {}

  /// Reads what `write` wrote.
  init(path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw RecordError(file: path, problem: .unreadable)
    }
    try self.init(text, file: path)
  }

  init(_ text: String, file: String) throws {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.hasPrefix("# ") { header.append(String(line.dropFirst(2))) }
      let words = line.prefix { $0 != "#" }.split(separator: " ")
      guard let name = words.first, let last = words.last else { continue }
      guard words.count > 2, let time = Double(last), time.isFinite, time > 0 else {
        throw RecordError(file: file, problem: .line(index + 1))
      }
      let candidate = words.dropFirst().dropLast().joined(separator: " ")
      times[String(name), default: [:]][candidate] = time
    }
  }

  var text: String {
    var lines = header.map { "# " + $0 } + [""]
    for (problem, candidates) in times.sorted(by: { $0.key < $1.key }) {
      for (candidate, time) in candidates.sorted(by: { $0.key < $1.key }) {
        lines.append("\(problem) \(candidate) \(Int(time.rounded()))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  func write(to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// Problems that the cost model is fitted to, or checked on.
enum CostProblems: String {
  case fitted
  case heldOut = "held-out"
  case fittedBits = "fitted-bits"
  case heldOutBits = "held-out-bits"

  /// `Benchmarks/CostModel`, four steps above this file.
  static let folder = (0..<4)
    .reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }
    .appending(component: "CostModel").path

  var listPath: String { "\(Self.folder)/\(rawValue).txt" }

  private var isBits: Bool { self == .fittedBits || self == .heldOutBits }

  /// Whether a level has kernels of its own for the problems: those of floats end with AVX2.
  func areMeasured(at level: Level) -> Bool { isBits || level != .avx512 }

  func dataPath(_ level: Level) -> String {
    let level = areMeasured(at: level) ? level : .avx2
    return "\(Self.folder)/\(rawValue).\(level.rawValue).txt"
  }

  func list() throws -> ProblemList {
    return try ProblemList(
      NetworkList.text(of: listPath), file: listPath,
      numbers: isBits ? .bits : .floats(weights: .float32))
  }
}

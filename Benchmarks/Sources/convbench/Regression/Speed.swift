import Foundation
import FrugalConv

/// One guarded number.
struct Speed: Hashable {
  let problem: String
  /// A kernel or the whole run, whose instructions are counted; or a yardstick.
  let part: String
  let value: Double

  /// The part that is all code of this program, without the system's libraries.
  static let wholeRun = "run"

  /// Whether it is of the same part of the same problem.
  func matches(_ other: Speed) -> Bool { problem == other.problem && part == other.part }
}

/// Speeds of one kind that can be compared with each other.
struct SpeedGroup: Hashable, Comparable {
  enum Kind: String {
    /// Fewer are better.
    case instructions
    /// How many times faster than the yardstick: more is better. A record has the least ratio that
    /// is no regression.
    case ratios
  }

  let kind: Kind
  /// What the speeds depend on: compiler, architecture, level, and whether the build optimises.
  let build: String

  /// The line above the speeds in a record.
  var title: String { "\(kind.rawValue), \(build)" }

  init?(title: String) {
    guard let comma = title.firstRange(of: ", "),
      let kind = Kind(rawValue: String(title[..<comma.lowerBound]))
    else { return nil }
    self.kind = kind
    build = String(title[comma.upperBound...])
  }

  /// The counts of this program at a level. Throws when the compiler's version is not known.
  static func instructions(_ level: Level) throws -> SpeedGroup {
    SpeedGroup(kind: .instructions, build: "Swift \(try swiftVersion()), \(target(level))")
  }

  /// The ratios of this program at a level.
  static func ratios(_ level: Level) -> SpeedGroup {
    SpeedGroup(kind: .ratios, build: target(level))
  }

  private init(kind: Kind, build: String) { (self.kind, self.build) = (kind, build) }

  static func < (a: SpeedGroup, b: SpeedGroup) -> Bool { a.title < b.title }

  private static func target(_ level: Level) -> String {
    #if arch(x86_64)
      let architecture = "x86_64"
    #elseif arch(arm64)
      let architecture = "arm64"
    #else
      let architecture = "unknown architecture"
    #endif
    #if DEBUG
      return "\(architecture), \(level.rawValue), debug build"
    #else
      return "\(architecture), \(level.rawValue)"
    #endif
  }

  /// The version of the compiler on the path: of its own a program knows no more than the minor one.
  private static func swiftVersion() throws -> Substring {
    let process = Process()
    let words = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["swiftc", "--version"]
    process.standardOutput = words
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: words.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard let match = text.firstMatch(of: /Swift version ([0-9.]+)/) else {
      throw NotCounted(description: "swiftc is not on the path, so the counts have no version")
    }
    return match.1
  }
}

import ArgumentParser
import Foundation
import FrugalConv

struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Records speeds for `check` to compare with: instruction counts and ratios.",
    discussion: """
      Without options it records the built-in problems, one for every kernel, into the file that \
      `check` compares with. Sections of other compilers and levels stay as they are.
      """)

  @Option(help: "A shape list of your own, or the name of a network (see Shapes/README.md).")
  var problems: String?

  @Option(help: "Where the record goes; needed with --problems.")
  var to: String?

  func validate() throws {
    guard (problems == nil) == (to == nil) else {
      throw ValidationError("--problems and --to go together")
    }
  }

  func run() throws {
    restartWithPinnedOpenBLAS()
    let list = try ProblemList(option: problems)
    let path = to ?? SpeedRecord.builtInPath
    var record = SpeedRecord(list)
    if let before = try? SpeedRecord(path: path), before.problemLines == list.lines {
      record = before
    }
    let measured = try SpeedMeasurement(list, recorded: record)
    if let table = SpeedCheck(record, measured.speeds).table(all: false) { print(table) }
    if let reason = measured.notCounted { print("instructions not counted: \(reason)") }
    record.update(with: measured.speeds)
    try record.write(to: path)
    print("recorded in \(path)")
  }
}

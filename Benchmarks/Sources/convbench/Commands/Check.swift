import ArgumentParser
import Foundation

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares speeds with recorded ones; exits with failure when one regressed.",
    discussion: """
      Regressions are: a kernel, or the whole run of a problem, that executes 2 % more \
      instructions than recorded (counted by valgrind), and a ratio to OpenBLAS, to plain loops \
      or to a simpler convolution below the recorded floor. Times never count by themselves. \
      What cannot be compared is said, and fails only where the environment has CI=true.
      """)

  @Argument(help: "What `record` wrote (default: the record of the built-in problems).")
  var record: String?

  @Flag(help: "Show unchanged speeds too.")
  var all = false

  func run() throws {
    restartWithPinnedOpenBLAS()
    let path = record ?? SpeedRecord.builtInPath
    let record = try SpeedRecord(path: path)
    let measured = try SpeedMeasurement(record.problems(file: path), recorded: record)
    let check = SpeedCheck(record, measured.speeds, notCounted: measured.notCounted)
    print(check.text(all: all))
    if check.fails(inCI: ProcessInfo.processInfo.environment["CI"] == "true") {
      throw ExitCode.failure
    }
  }
}

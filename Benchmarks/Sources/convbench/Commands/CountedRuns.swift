import ArgumentParser
import FrugalConv

/// What `record` and `check` run under callgrind: each problem once, in their order.
struct CountedRuns: ParsableCommand {
  static let name = "counted-runs"
  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Runs each problem once, to be counted.", shouldDisplay: false)

  @Option(help: "Instruction-set level: portable, avx2 or avx512.")
  var level: String

  @Option(help: "A shape list; without it the built-in problems.")
  var problems: String?

  func run() throws {
    let level = try Level(option: level)
    // What the process makes at first use is not counted.
    try Problem("first", .pointwise(8, 8), 4).contestant(level).run()
    for problem in try ProblemList(option: problems).problems {
      try countedRun(problem.contestant(level))
    }
  }
}

import ArgumentParser
import Foundation
import FrugalConv

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fits the planner's cost model to this machine, or checks it on problems held out.",
    discussion: """
      Measures every candidate of the problems in Benchmarks/CostModel, at every level, on one \
      thread, fits the coefficients and writes them into the library's source \
      (Sources/FrugalConv/Planning/FittedCosts.swift); build again to use them. With --check it \
      measures the held-out problems and says how well the built-in coefficients predict them.
      """)

  @Option(help: "Only this level: portable, avx2 or avx512.")
  var level: String?

  @Option(help: "Only problems in these numbers: floats or bits.")
  var numbers: Numbers?

  enum Numbers: String, ExpressibleByArgument, CaseIterable { case floats, bits }

  @Flag(help: "Check the built-in coefficients on the held-out problems.")
  var check = false

  @Flag(help: "Measure nothing: take the times that were measured last.")
  var fromData = false

  func run() throws {
    try requireReleaseBuild()
    let levels = try level.map { [try Level(option: $0)] } ?? Level.available
    if !fromData {
      guard levels.count == 1 else { return try levels.forEach(runAlone) }
      restartWithPinnedOpenBLAS(levels[0])
      for problems in check ? heldOut : fitted where problems.areMeasured(at: levels[0]) {
        let data = try CostMeasurement(levels[0]).data(problems.list())
        try data.write(to: problems.dataPath(levels[0]))
      }
    }
    guard check else { return try writeFits(report: levels) }
    for level in levels {
      for problems in heldOut where problems.areMeasured(at: level) {
        let check = try CostCheck(
          CostData(path: problems.dataPath(level)), problems.list(), level, time: \.predictedTime)
        print(check.text("\(problems.rawValue), level \(level.rawValue)"))
      }
    }
  }

  private var fitted: [CostProblems] { chosen(.fitted, .fittedBits) }
  private var heldOut: [CostProblems] { chosen(.heldOut, .heldOutBits) }

  private func chosen(_ floats: CostProblems, _ bits: CostProblems) -> [CostProblems] {
    switch numbers {
    case nil: [floats, bits]
    case .floats: [floats]
    case .bits: [bits]
    }
  }

  /// This command for one level in a process of its own: which kernels OpenBLAS has is settled when
  /// it is loaded.
  private func runAlone(_ level: Level) throws {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments =
      ["fit", "--level", level.rawValue] + (check ? ["--check"] : [])
      + (numbers.map { ["--numbers", $0.rawValue] } ?? [])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
  }

  /// Fits all levels that there is data for.
  private func writeFits(report levels: [Level]) throws {
    var fits: [(Level, CostFit)] = []
    for level in Level.allCases {
      var fit = CostFit()
      for problems in [CostProblems.fitted, .fittedBits] {
        fit.add(try CostFit(CostData(path: problems.dataPath(level)), problems.list()))
      }
      fits.append((level, fit))
      guard levels.contains(level) else { continue }
      for problems in fitted + heldOut where problems.areMeasured(at: level) {
        guard let data = try? CostData(path: problems.dataPath(level)) else { continue }
        let check = try CostCheck(data, problems.list(), level) { fit.time($0.workload) }
        print(check.text("\(problems.rawValue), level \(level.rawValue)"))
        guard heldOut.contains(problems) || check.predictedShare >= CostCheck.leastPredicted else {
          throw NoisyTimes(level: level, predictedShare: check.predictedShare)
        }
      }
    }
    try CostFit.source(fits).write(
      toFile: CostFit.sourcePath, atomically: true, encoding: .utf8)
    print("coefficients written to \(CostFit.sourcePath)")
  }
}

/// Times that no model fits: coefficients from them would be worse than those that stand.
struct NoisyTimes: Error, CustomStringConvertible {
  let level: Level
  let predictedShare: Double

  var description: String {
    "level \(level.rawValue): only \(NumberText.fixed(100 * predictedShare, decimals: 1)) % of its own "
      + "times are within 30 % of the fit; measure again when the machine is quiet. The "
      + "coefficients stay as they were."
  }
}

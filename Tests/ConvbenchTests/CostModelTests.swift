import Foundation
import FrugalConv
import Testing

@testable import convbench

/// How the planner's cost model is fitted and checked.
@Suite struct CostModelTests {
  // MARK: The solver

  /// Numbers between 0 and 1.
  private func rows(_ count: Int, of width: Int) -> [[Double]] {
    var random = RandomNumbers(seed: 7)
    return (0..<count).map { _ in random.floats(width).map { Double(abs($0)) } }
  }

  @Test func knownCoefficientsComeBack() {
    let coefficients = [3, 0, 0.25, 1e4, 0, 1e-3]
    // Columns of very different size, as floats and calls are.
    let rows = rows(40, of: 6).map { row in zip(row, [1, 1, 1e3, 1e-4, 1, 1e4]).map { $0 * $1 } }
    let targets = rows.map { zip($0, coefficients).reduce(0) { $0 + $1.0 * $1.1 } }
    let solution = NonNegativeLeastSquares.solve(rows: rows, targets: targets)
    for (found, expected) in zip(solution, coefficients) {
      #expect(abs(found - expected) <= 1e-6 * max(expected, 1e-3), "\(solution)")
    }
  }

  @Test func noCoefficientIsNegative() {
    // Least squares alone would give −1 for the second column; the best without it is the mean.
    let rows = [[1.0, 0], [1, 1], [1, 0], [1, 1]]
    let solution = NonNegativeLeastSquares.solve(rows: rows, targets: [2, 1, 2, 1])
    #expect(abs(solution[0] - 1.5) < 1e-9 && solution[1] == 0)
  }

  @Test func columnsOfZerosGetZero() {
    let solution = NonNegativeLeastSquares.solve(rows: [[2, 0], [4, 0]], targets: [1, 2])
    #expect(abs(solution[0] - 0.5) < 1e-12 && solution[1] == 0)
    #expect(NonNegativeLeastSquares.solve(rows: [], targets: []).isEmpty)
  }

  // MARK: The fit

  private func list() throws -> ProblemList {
    try ProblemList(
      """
      a pointwise 16x14x14 -> 32 norm=bias
      b pointwise 64x28x28 -> 64
      c pointwise 33x9x9 -> 31 norm=bias act=swish
      d depthwise 32x14x14 -> 32 kernel=3
      e depthwise 24x28x28 -> 24 kernel=5 norm=bias
      f shift 32x20x20 -> 16 kernel=3
      g mobilenetv2-block 16x24x24 -> 16 kernel=3 expansion=4 norm=bias
      """, file: "problems")
  }

  @Test func aFitFindsTheModelThatMadeItsData() throws {
    let model: [CostTerm: Double] = [
      .tileMultiplyAdds: 1.25, .tiles: 40, .sgemmMultiplyAdds: 1.5, .tapMultiplyAdds: 3,
      .epilogueFloats: 2, .passes: 1000,
    ]
    var data = CostData()
    for problem in try list().problems {
      for candidate in try problem.candidates(.portable) {
        data.times[problem.name, default: [:]][candidate.name] =
          model.reduce(0) { $0 + $1.value * candidate.workload[$1.key] }
      }
    }
    let fit = try CostFit(data, list())
    let check = try CostCheck(data, list(), .fromEnvironment()) { fit.time($0.workload) }
    #expect(check.problems.count == 7)
    for problem in check.problems {
      #expect(abs(problem.prediction - 1) < 0.01, "\(problem)")
      #expect(problem.loss < 1.01, "\(problem)")
    }
    #expect(fit.coefficients.values.allSatisfy { $0 > 0 })
  }

  @Test func theSourceListsTermsInOrderToThreeDigits() throws {
    var data = CostData()
    data.times["b"] = ["fused": 12_345_678]
    let source = CostFit.source([(.portable, try CostFit(data, list())), (.avx2, CostFit())])
    #expect(source.contains("enum FittedCosts {"))
    #expect(source.contains("  static let portable: [CostTerm: Double] = [\n    ."))
    #expect(source.hasSuffix("  static let avx2: [CostTerm: Double] = [:]\n}\n"))
    #expect(source.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  // MARK: The check

  @Test func aCheckCountsWhatIsNearAndWhatIsChosenWell() throws {
    let list = try list()
    var data = CostData()
    for problem in list.problems {
      for candidate in try problem.candidates(.fromEnvironment()) {
        data.times[problem.name, default: [:]][candidate.name] = 100
      }
    }
    data.times["b"] = ["fused": 100, "openblas": 80]
    let third = Set(try list.problems[2].candidates(.fromEnvironment()).map(\.predictedTime))
    let check = try CostCheck(data, list, .fromEnvironment()) { candidate in
      (third.contains(candidate.predictedTime) ? 1.4 : 1.2)
        * (candidate.name.contains("openblas") ? 101 : 100)
    }
    #expect(check.problems.count == 7)
    #expect(check.predictedShare == 6 / 7.0)
    #expect(check.chosenShare == 6 / 7.0)
    let text = check.text("title")
    #expect(text.hasPrefix("title: 7 problems, 85.7 % predicted within 30 %, 85.7 % chosen"))
    #expect(text.contains("  c, fused: predicted 1.40 of the time"))
    #expect(text.contains("  b: fused takes 1.25 of the time of openblas"))
  }

  // MARK: The files

  @Test func timesComeBackAsTheyWereWritten() throws {
    let folder = try TestFolder()
    var data = CostData()
    data.header = ["Written by a test"]
    data.times = ["a": ["fused stageByStage": 12, "openblas": 7], "b": ["direct": 1_234_567_890]]
    try data.write(to: folder.path("times.txt"))
    let read = try CostData(path: folder.path("times.txt"))
    #expect(read.times == data.times && read.header == data.header)
    for line in ["a", "a fused", "a fused x", "a fused nan", "a fused -3", "a fused 0"] {
      #expect(throws: RecordError.self, "\(line)") { _ = try CostData(line, file: "times") }
    }
  }

  @Test(arguments: [(CostProblems.fitted, CostProblems.heldOut), (.fittedBits, .heldOutBits)])
  func noProblemIsBothFittedAndHeldOut(_ lists: (CostProblems, CostProblems)) throws {
    let fitted = try lists.0.list().problems
    let heldOut = try lists.1.list().problems
    #expect(fitted.count >= 50 && heldOut.count >= 50)
    let known = Set(fitted.map { "\($0.convolution) \($0.input)" })
    for problem in heldOut {
      #expect(!known.contains("\(problem.convolution) \(problem.input)"), "\(problem.name)")
    }
  }

  /// The criteria of the model, on times that are checked in.
  @Test(arguments: Level.available, [CostProblems.heldOut, .heldOutBits])
  func theModelHoldsOnTheHeldOutProblems(_ level: Level, _ problems: CostProblems) throws {
    let list = try problems.list()
    let check = try CostCheck(
      CostData(path: problems.dataPath(level)), list, level, time: \.predictedTime)
    #expect(check.problems.count == list.problems.count, "measure anew: convbench fit --check")
    #expect(check.predictedShare >= CostCheck.leastPredicted, "\(check.text("held out"))")
    #expect(check.chosenShare >= CostCheck.leastChosen, "\(check.text("held out"))")
  }
}

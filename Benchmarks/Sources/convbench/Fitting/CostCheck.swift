import Foundation
import FrugalConv

/// How well predictions and choices agree with measured times.
struct CostCheck {
  struct Problem {
    let name: String
    let chosen: String
    let best: String
    /// Predicted time of the chosen candidate divided by its measured one.
    let prediction: Double
    /// Measured time of the chosen candidate divided by the best one's.
    let loss: Double
  }

  static let predictionTolerance = 0.3
  static let choiceTolerance = 0.1
  /// The shares that must hold.
  static let leastPredicted = 0.9
  static let leastChosen = 0.95

  private(set) var problems: [Problem] = []

  /// `time` predicts a candidate's time.
  init(
    _ data: CostData, _ list: ProblemList, _ level: Level, time: (CostCandidate) -> Double
  ) throws {
    for problem in list.problems {
      guard let times = data.times[problem.name], let best = times.min(by: { $0.value < $1.value })
      else { continue }
      let candidates = try problem.candidates(level).map { ($0, time($0)) }
      guard let chosen = candidates.min(by: { $0.0.handicap * $0.1 < $1.0.handicap * $1.1 }),
        let measured = times[chosen.0.name]
      else { continue }
      problems.append(
        Problem(
          name: problem.name, chosen: chosen.0.name, best: best.key,
          prediction: chosen.1 / measured, loss: measured / best.value))
    }
  }

  private static func isNear(_ ratio: Double) -> Bool { abs(ratio - 1) <= predictionTolerance }

  /// Problems whose predicted time is within 30 % of the measured one.
  var predictedShare: Double { share { Self.isNear($0.prediction) } }
  /// Problems whose choice takes at most 10 % longer than the best candidate.
  var chosenShare: Double { share { $0.loss <= 1 + Self.choiceTolerance } }

  private func share(_ holds: (Problem) -> Bool) -> Double {
    problems.isEmpty ? 0 : Double(problems.count(where: holds)) / Double(problems.count)
  }

  /// Both shares, and what is furthest off.
  func text(_ title: String, worst: Int = 10) -> String {
    func percent(_ share: Double) -> String { NumberText.fixed(100 * share, decimals: 1) + " %" }
    var lines = [
      "\(title): \(problems.count) problems, \(percent(predictedShare)) predicted within 30 %, "
        + "\(percent(chosenShare)) chosen within 10 % of the best"
    ]
    let predictions = problems.sorted { abs(log($0.prediction)) > abs(log($1.prediction)) }
    for problem in predictions.prefix(worst) where !Self.isNear(problem.prediction) {
      lines.append(
        "  \(problem.name), \(problem.chosen): predicted "
          + "\(NumberText.fixed(problem.prediction, decimals: 2)) of the time")
    }
    for problem in problems.sorted(by: { $0.loss > $1.loss }).prefix(worst)
    where problem.loss > 1 + Self.choiceTolerance {
      lines.append(
        "  \(problem.name): \(problem.chosen) takes "
          + "\(NumberText.fixed(problem.loss, decimals: 2)) of the time of \(problem.best)")
    }
    return lines.joined(separator: "\n")
  }
}

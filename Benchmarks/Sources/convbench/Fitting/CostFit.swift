import Foundation
import FrugalConv

/// Coefficients of the cost model, fitted to measured times of one level.
struct CostFit {
  private(set) var coefficients: [CostTerm: Double] = [:]

  /// Nothing takes any time.
  init() {}

  /// Fits relative errors: a small layer counts as much as a large one.
  ///
  /// The work of a plan is the same at every level. It is taken at the one that every processor has,
  /// whose plans have all kernels: levels this machine lacks keep their coefficients.
  init(_ data: CostData, _ list: ProblemList) throws {
    var rows: [[Double]] = []
    for problem in list.problems {
      for candidate in try problem.candidates(.portable) {
        guard let time = data.times[problem.name]?[candidate.name] else { continue }
        let work = candidate.workload
        rows.append(CostTerm.allCases.map { work[$0] / time })
      }
    }
    let solution = NonNegativeLeastSquares.solve(
      rows: rows, targets: [Double](repeating: 1, count: rows.count))
    coefficients = Dictionary(
      uniqueKeysWithValues: zip(CostTerm.allCases, solution).filter { $0.1 > 0 })
  }

  /// Takes over the terms of another fit, to problems that have no kind of work in common with it.
  mutating func add(_ other: CostFit) {
    coefficients.merge(other.coefficients) { own, _ in own }
  }

  func time(_ work: Workload) -> Double {
    max(1, coefficients.reduce(0) { $0 + $1.value * work[$1.key] })
  }

  /// `Sources/FrugalConv/Planning/FittedCosts.swift`.
  static let sourcePath = URL(filePath: CostProblems.folder)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/FrugalConv/Planning/FittedCosts.swift").path

  /// The Swift source of the coefficients of all levels.
  static func source(_ fits: [(Level, CostFit)]) -> String {
    var lines = [
      "// Written by `convbench fit` from Benchmarks/CostModel; not to be edited.", "",
      "/// Multiply-adds at the peak that one unit of each kind of work takes; what is not listed "
        + "takes",
      "/// none.", "enum FittedCosts {",
    ]
    for (level, fit) in fits {
      let start = "  static let \(level.rawValue): [CostTerm: Double] = "
      guard !fit.coefficients.isEmpty else {
        lines += [start + "[:]", ""]
        continue
      }
      lines.append(start + "[")
      for term in CostTerm.allCases {
        guard let value = fit.coefficients[term] else { continue }
        lines.append("    .\(term): \(significant(value)),")
      }
      lines += ["  ]", ""]
    }
    lines[lines.count - 1] = "}"
    return lines.joined(separator: "\n") + "\n"
  }

  /// Three digits: no fit knows more.
  private static func significant(_ value: Double) -> Double {
    Double(String(format: "%.2e", value))!
  }
}

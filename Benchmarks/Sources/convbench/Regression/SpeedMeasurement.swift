import Foundation
import FrugalConv

/// What a record keeps and a check compares, as it is now.
struct SpeedMeasurement {
  private(set) var speeds: [SpeedGroup: [Speed]] = [:]
  /// Why instructions were not counted.
  private(set) var notCounted: NotCounted?

  /// Counts every level that valgrind can run, then measures ratios at the best one.
  init(_ list: ProblemList, recorded: SpeedRecord) throws {
    let progress = Progress()
    defer { progress.finish() }
    do {
      let counter = try InstructionCounter(Bundle.main.executableURL!)
      for level in InstructionCounter.levels {
        progress.show("counting instructions at level \(level.rawValue)")
        speeds[try .instructions(level)] = try counter.counts(of: list, level)
      }
    } catch let error as NotCounted {
      notCounted = error
    }
    let level = Level.available.last!
    let floors = recorded.speeds[.ratios(level)] ?? []
    let meter = try RatioMeter(level)
    speeds[.ratios(level)] = try list.problems.flatMap { problem in
      progress.show("timing \(problem.name)")
      return try meter.ratios(problem, floors: floors)
    }
  }
}

/// Starts this program anew with the same OpenBLAS kernels on every x86-64 processor, those of a
/// level's instructions: with AVX-512 OpenBLAS is twice as fast as any kernel of ours, and ratios to
/// its products would not carry over. OpenBLAS chooses them when it is loaded, so only the
/// environment can tell it.
func restartWithPinnedOpenBLAS(_ level: Level = .avx2) {
  #if arch(x86_64)
    let variable = "OPENBLAS_CORETYPE"
    guard Level.available.contains(level), getenv(variable) == nil,
      let program = Bundle.main.executablePath
    else { return }
    setenv(variable, level == .portable ? "Nehalem" : "Haswell", 1)
    // Returns only when it fails; then the kernels that are loaded will do.
    execv(program, CommandLine.unsafeArgv)
  #endif
}

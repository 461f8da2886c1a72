import Foundation
import FrugalConv

/// Why instructions cannot be counted here.
struct NotCounted: Error, CustomStringConvertible {
  let description: String
}

/// Counts instructions: runs this program under valgrind's callgrind.
///
/// The counts depend on the compiler and the level, not on the machine or its load: valgrind runs a
/// processor of its own.
final class InstructionCounter {
  private let valgrind: URL
  private let folder: URL
  /// The program without the debug information, which valgrind 3.19 does not understand.
  private let program: URL

  /// Levels of this processor that valgrind executes: its own has no AVX-512.
  static let levels = Level.available.filter { $0 != .avx512 }

  init(_ executable: URL) throws {
    guard let valgrind = Self.tool("valgrind"), let strip = Self.tool("strip") else {
      throw NotCounted(description: "needs valgrind, and strip of binutils: apt-get install both")
    }
    self.valgrind = valgrind
    folder = FileManager.default.temporaryDirectory
      .appending(component: "convbench-\(UUID().uuidString)")
    program = folder.appending(component: "convbench")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Self.run(strip, ["-g", "-o", program.path, executable.path])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Instructions of every problem's kernels of a level, and of the whole run.
  func counts(of problems: ProblemList, _ level: Level) throws -> [Speed] {
    let profile = folder.appending(component: "\(level.rawValue).profile").path
    var arguments = [
      "--tool=callgrind", "--callgrind-out-file=\(profile)", "--compress-strings=no",
      "--compress-pos=no", "--toggle-collect=\(countedFunction)",
      "--dump-after=\(countedFunction)", program.path, CountedRuns.name,
      "--level", level.rawValue,
    ]
    if !problems.lines.isEmpty {
      let list = folder.appending(component: "problems.txt")
      try problems.lines.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
      arguments += ["--problems", list.path]
    }
    try Self.run(valgrind, arguments)
    // One profile per counted run, numbered from 1.
    return try problems.problems.enumerated().flatMap { index, problem in
      try counts(of: problem.name, level, profile: "\(profile).\(index + 1)")
    }
  }

  private func counts(
    of problem: String, _ level: Level, profile path: String
  ) throws -> [Speed] {
    let profile = CallgrindProfile(try String(contentsOfFile: path, encoding: .utf8))
    guard let all = profile.byObject[program.path] else {
      throw NotCounted(description: "callgrind saw nothing of problem \(problem)")
    }
    let kernels = KernelEntry.all.filter { $0.level == level }.compactMap { entry in
      profile.inclusive[entry.symbol].map {
        Speed(problem: problem, part: entry.kernel, value: Double($0))
      }
    }
    return [Speed(problem: problem, part: Speed.wholeRun, value: Double(all))] + kernels
  }

  /// A program on the path.
  static func tool(_ name: String) -> URL? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { URL(filePath: "\($0)/\(name)") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// Runs a program; throws its last words when it fails.
  private static func run(_ program: URL, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    // One thread: under valgrind each of OpenBLAS's idle threads costs time.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["OPENBLAS_NUM_THREADS": "1"]) { $1 }
    let words = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = words
    try process.run()
    let data = words.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let last = String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(3)
      throw NotCounted(
        description: "\(program.lastPathComponent) failed with status "
          + "\(process.terminationStatus): \(last.joined(separator: "; "))")
    }
  }
}

/// Callgrind's name of `countedRun`: the symbol, which it does not demangle.
private let countedFunction = "$s9convbench10countedRunyyAA10Contestant_pKF"

/// Runs once; the function that callgrind counts in, so it must stay one.
@inline(never)
func countedRun(_ contestant: any Contestant) throws {
  try contestant.run()
}

import Foundation

/// The virtual environment that holds the peers, made on first use.
struct PeerEnvironment {
  /// Where it is.
  let path: String
  /// What makes it.
  let python: String
  private let progress: Progress

  /// `Benchmarks/Peers`, four steps above this file.
  static let folder = (0..<4)
    .reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }
    .appending(component: "Peers").path

  init(path: String?, python: String, progress: Progress) {
    self.path = URL(filePath: path ?? Self.folder + "/.venv").standardizedFileURL.path
    self.python = python
    self.progress = progress
  }

  /// The environment's own Python.
  var interpreter: String { path + "/bin/python" }

  /// Makes the environment unless it already holds what `requirements.txt` asks for. A package
  /// that cannot be installed is left out: its peer will say that it is missing.
  func make() throws {
    let requirements = Self.folder + "/requirements.txt"
    let mark = path + "/installed-requirements.txt"
    let wanted = try String(contentsOfFile: requirements, encoding: .utf8)
    if (try? String(contentsOfFile: mark, encoding: .utf8)) == wanted { return }

    progress.show("making \(path)")
    guard try run("/usr/bin/env", [python, "-m", "venv", path]) else {
      throw PeerError.environment(reason: "'\(python) -m venv \(path)' failed")
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    progress.show("installing \(requirements)")
    if try !run(interpreter, install + ["--requirement", requirements]) {
      for package in Self.packages(in: wanted) {
        progress.show("installing \(package)")
        _ = try run(interpreter, install + [package])
      }
    }
    try wanted.write(toFile: mark, atomically: true, encoding: .utf8)
  }

  /// The lines of a requirements file that name a package.
  static func packages(in requirements: String) -> [String] {
    requirements.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  /// Whether a program ends well; what it says goes to standard error.
  private func run(_ program: String, _ arguments: [String]) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.standardError
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

import Foundation

/// `convbench` itself, beside the tests.
enum Program {
  static let url = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(component: "convbench")

  static let exists = FileManager.default.isExecutableFile(atPath: url.path)

  /// How it ended, and all that it said.
  static func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    let text = Pipe()
    process.executableURL = url
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "CI" }
    process.standardOutput = text
    process.standardError = text
    try process.run()
    let data = text.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}

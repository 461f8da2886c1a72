import ArgumentParser
import Foundation
import FrugalConv

struct Peers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times FrugalConv beside other libraries, in turns.",
    discussion: """
      The libraries: \(Peer.allCases.map(\.title).joined(separator: ", ")), from PyPI, in a \
      virtual environment that is made on first use. Every one computes the same numbers, which \
      is checked, in the layout it is fastest in.

      Blocks: \(PeerBlock.allCases.map(\.rawValue).joined(separator: ", ")).
      """)

  @Option(help: "Only these blocks, separated by commas.")
  var blocks: String?

  @Option(help: "Only these shapes, as CxHxW, separated by commas.")
  var shapes: String?

  @Option(help: "Threads of every library, ours too.")
  var threads = 1

  @Option(help: "Rounds of measurement (default: 15, at least 3).")
  var rounds: Int?

  @Option(help: "Instruction-set level: portable, avx2 or avx512.")
  var level: String?

  @Flag(help: "Two shapes and few rounds.")
  var quick = false

  @Option(help: "Where the virtual environment is (default: Benchmarks/Peers/.venv).")
  var environment: String?

  @Option(help: "The Python that makes the environment.")
  var python = "python3"

  @Option(help: "Write everything measured as one JSON object.")
  var json: String?

  @Option(help: "Write the times as CSV.")
  var csv: String?

  @Option(help: "Write one self-contained page with a chart.")
  var html: String?

  func run() throws {
    try requireReleaseBuild()
    let options = try options()
    let progress = Progress()
    let environment = PeerEnvironment(path: environment, python: python, progress: progress)
    try environment.make()
    let files = FileManager.default.temporaryDirectory
      .appending(component: "convbench-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: files) }

    let group = try PeerGroup { peer in
      try PeerProcess(
        peer.title, program: environment.interpreter, arguments: ["-m", "peers", peer.rawValue],
        folder: PeerEnvironment.folder)
    }
    defer { group.stop() }
    let report = try PeerComparison(options, group: group, folder: files, progress: progress)
      .report()
    print(report.text())
    if let json { try report.writeJSON(to: json) }
    if let csv { try report.peers?.writeCSV(to: csv) }
    if let html { try report.writeHTML(to: html) }
  }

  /// What the arguments ask for.
  func options() throws -> PeerOptions {
    var options = PeerOptions(level: try Level(option: level))
    if quick {
      options.shapes = MapShape.mobileNetStages.filter { [28, 14].contains($0.height) }
      options.rounds = 5
    }
    if let blocks {
      options.blocks = try wordList(blocks, "--blocks") { PeerBlock(rawValue: $0) }
    }
    if let shapes { options.shapes = try wordList(shapes, "--shapes") { MapShape(text: $0) } }
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads \(threads): 1 to 256")
    }
    options.threads = threads
    if let rounds {
      guard rounds >= 3 else { throw ValidationError("--rounds \(rounds): at least 3") }
      options.rounds = rounds
    }
    return options
  }
}

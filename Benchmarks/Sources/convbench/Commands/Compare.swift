import ArgumentParser
import FrugalConv

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times the operators side by side, and the convolutions of published networks.",
    discussion: """
      Operators: \(ComparedOperator.allCases.map(\.rawValue).joined(separator: ", ")).
      Networks: \(NetworkList.names.joined(separator: ", ")), or the path of a list of your own.
      """)

  @Option(help: "Only these operators, separated by commas.")
  var operators: String?

  @Option(help: "Only these shapes, as CxHxW, separated by commas.")
  var shapes: String?

  @Option(help: "Thread counts, separated by commas (default: 1 and all cores).")
  var threads: String?

  @Option(help: "Only the convolutions of these networks, separated by commas.")
  var network: String?

  @Option(help: "Rounds of measurement (default: 40, at least 3).")
  var rounds: Int?

  @Option(help: "Instruction-set level: portable, avx2 or avx512.")
  var level: String?

  @Option(help: "What multiplies matrices: automatic, openblas or fused.")
  var executor = "automatic"

  @Flag(help: "Take the operands from memory: rotate them through more than the last-level cache.")
  var cold = false

  @Flag(help: "Three shapes, three networks and fewer rounds: under a minute.")
  var quick = false

  @Option(help: "Write everything measured as one JSON object.")
  var json: String?

  @Option(help: "Write the rows as CSV.")
  var csv: String?

  @Option(help: "Write one self-contained page with charts.")
  var html: String?

  func run() throws {
    try requireReleaseBuild()
    let report = try Comparison(options(), progress: Progress()).report()
    print(report.text())
    if let json { try report.writeJSON(to: json) }
    if let csv { try report.writeCSV(to: csv) }
    if let html { try report.writeHTML(to: html) }
  }

  /// What the arguments ask for.
  func options() throws -> ComparisonOptions {
    let level = try Level(option: level)
    let cores = Machine.cores
    var options = ComparisonOptions(threads: cores > 1 ? [1, cores] : [1], level: level)
    guard let executor = Executor(rawValue: executor) else {
      throw ValidationError("--executor: unknown '\(executor)'")
    }
    options.executor = executor
    options.networks = NetworkList.names
    options.cold = cold
    if quick {
      options.shapes = MapShape.mobileNetStages.filter { [56, 28, 14].contains($0.height) }
      options.networks = ["mobilenetv1", "shiftnet-a", "igcv3-d"]
      (options.rounds, options.networkRounds) = (12, 5)
    }
    if let operators {
      options.operators = try wordList(operators, "--operators") { ComparedOperator(rawValue: $0) }
    }
    if let shapes { options.shapes = try wordList(shapes, "--shapes") { MapShape(text: $0) } }
    if let threads {
      options.threads = try wordList(threads, "--threads") { text in
        Int(text).flatMap { (1...256).contains($0) ? $0 : nil }
      }
    }
    if operators != nil || shapes != nil { options.networks = [] }
    if let network {
      options.networks = try wordList(network, "--network") { $0 }
      options.shapes = []
    }
    if let rounds {
      guard rounds >= 3 else { throw ValidationError("--rounds \(rounds): at least 3") }
      (options.rounds, options.networkRounds) = (rounds, rounds)
    }
    return options
  }
}

extension Level {
  /// The level an option names, or the default; throws when this processor lacks it.
  init(option: String?) throws {
    guard let option else {
      self = try .fromEnvironment()
      return
    }
    guard let level = Level(rawValue: option), Level.available.contains(level) else {
      throw FrugalConvError.levelUnavailable(name: option)
    }
    self = level
  }
}

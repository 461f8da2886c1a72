import FrugalConv

/// What a convolution's time is divided into.
enum Yardstick {
  /// The same convolution, its matrices multiplied by OpenBLAS.
  case sgemm
  /// The same convolution as plain loops.
  case plainLoops
  /// Another convolution of the same input.
  case convolution(name: String, Convolution)

  var name: String {
    switch self {
    case .sgemm: "sgemm"
    case .plainLoops: "plain-loops"
    case .convolution(let name, _): name
    }
  }
}

/// A convolution whose speed is guarded.
struct Problem {
  /// One word, no other problem's.
  let name: String
  let convolution: Convolution
  /// In one-bit numbers, from float maps to bits.
  var isBinary = false
  let input: MapShape
  private(set) var yardsticks: [Yardstick]

  init(_ name: String, _ convolution: Convolution, _ extent: Int, _ yardsticks: Yardstick...) {
    self.name = name
    self.convolution = convolution
    input = MapShape(channels: convolution.channels, height: extent, width: extent)
    self.yardsticks = yardsticks
  }

  /// A layer of a shape list, against the yardstick that does the same work.
  init(_ layer: NetworkLayer) throws {
    name = layer.name
    convolution = layer.convolution
    input = layer.input
    let mixesChannels = convolution.stages.contains { $0.mix != .none }
    if mixesChannels {
      yardsticks = [.sgemm]
    } else {
      yardsticks = PlainLoops.canRun(convolution) ? [.plainLoops] : []
    }
  }

  /// The problem in one-bit numbers.
  static func binary(
    _ name: String, _ convolution: Convolution, _ extent: Int, _ yardsticks: Yardstick...
  ) -> Problem {
    var problem = Problem(name, convolution, extent)
    problem.yardsticks = yardsticks
    problem.isBinary = true
    return problem
  }

  /// The problem on kernels of our own, on one thread.
  func contestant(_ level: Level) throws -> any Contestant {
    guard isBinary else { return try contestant(convolution, level, .fused) }
    return try BinaryContestant(
      convolution.binaryPlan(
        for: input, encoding: Signs.self, BinaryOptions(threads: 1, level: level)))
  }

  /// What the yardstick runs.
  func contestant(_ level: Level, against yardstick: Yardstick) throws -> any Contestant {
    switch yardstick {
    case .sgemm: try contestant(convolution, level, .openBLAS)
    case .plainLoops: try PlainLoops(convolution, input)
    case .convolution(_, let other): try contestant(other, level, .fused)
    }
  }

  private func contestant(
    _ convolution: Convolution, _ level: Level, _ executor: Executor
  ) throws -> PlanContestant {
    try PlanContestant(
      convolution.plan(
        for: input, PlanOptions(threads: 1, level: level, executor: executor)))
  }
}

import FrugalConv

/// What a convolution's time is divided into.
enum Yardstick {
  /// The same convolution, its matrices multiplied by OpenBLAS.
  case sgemm
  /// The same convolution as plain loops.
  case plainLoops
  /// The same convolution with float weights.
  case floatWeights
  /// Another convolution of the same input.
  case convolution(name: String, Convolution)

  var name: String {
    switch self {
    case .sgemm: "sgemm"
    case .plainLoops: "plain-loops"
    case .floatWeights: "float-weights"
    case .convolution(let name, _): name
    }
  }
}

/// A convolution whose speed is guarded.
struct Problem {
  /// What it multiplies.
  enum Numbers {
    case floats(weights: WeightFormat)
    /// Maps and weights in one bit, from float maps to bits, which may become float maps again.
    case bits(unpacked: Bool, kernel: BinaryKernel)

    static let bits = bits(unpacked: false, kernel: .automatic)
  }

  /// One word, no other problem's.
  let name: String
  let convolution: Convolution
  let numbers: Numbers
  let input: MapShape
  let yardsticks: [Yardstick]

  init(
    _ name: String, _ convolution: Convolution, _ extent: Int, _ yardsticks: Yardstick...,
    numbers: Numbers = .floats(weights: .float32)
  ) {
    self.name = name
    self.convolution = convolution
    input = MapShape(channels: convolution.channels, height: extent, width: extent)
    self.yardsticks = yardsticks
    self.numbers = numbers
  }

  /// A layer of a shape list, against the yardstick that does the same work.
  init(_ layer: NetworkLayer, numbers: Numbers = .floats(weights: .float32)) throws {
    name = layer.name
    convolution = layer.convolution
    input = layer.input
    self.numbers = numbers
    let mixesChannels = convolution.stages.contains { $0.mix != .none }
    if mixesChannels {
      yardsticks = [.sgemm]
    } else {
      yardsticks = PlainLoops.canRun(convolution) ? [.plainLoops] : []
    }
  }

  /// The problem on kernels of our own, on one thread.
  func contestant(_ level: Level) throws -> any Contestant {
    switch numbers {
    case .floats(let format): try contestant(convolution, level, .fused, format)
    case .bits(let unpacked, let kernel):
      try BinaryContestant(
        convolution.binaryPlan(
          for: input, encoding: Signs.self,
          BinaryOptions(kernel: kernel, threads: 1, level: level)), unpacks: unpacked)
    }
  }

  /// What the yardstick runs.
  func contestant(_ level: Level, against yardstick: Yardstick) throws -> any Contestant {
    switch yardstick {
    case .sgemm: try contestant(convolution, level, .openBLAS)
    case .plainLoops: try PlainLoops(convolution, input)
    case .floatWeights: try contestant(convolution, level, .fused)
    case .convolution(_, let other): try contestant(other, level, .fused)
    }
  }

  private func contestant(
    _ convolution: Convolution, _ level: Level, _ executor: Executor,
    _ format: WeightFormat = .float32
  ) throws -> PlanContestant {
    try PlanContestant(
      convolution.plan(
        for: input,
        PlanOptions(
          threads: 1, level: level, executor: executor, weightFormat: format)))
  }
}

import FrugalConv
import ReferenceKernels
import Testing

/// Random problems of one-bit numbers.
extension Generator {
  /// Often about the end of a word.
  mutating func binaryChannels() -> Int {
    pick([integer(1...50), integer(1...50), 1, 31, 32, 33, 63, 64, 65, 127, 128, 130])
  }

  /// Stages with a channel mix, some of which are followed by pooling.
  mutating func binaryStack(_ products: Int, on input: MapShape) throws -> Convolution {
    var stack = try binaryProduct(on: input)
    for index in 0..<products {
      var shape = try stack.outputShape(for: input)
      if index > 0 {
        stack = try stack.followed(by: binaryProduct(on: shape))
        shape = try stack.outputShape(for: input)
      }
      if products > 1, next() % 2 == 0 {
        let window = Window(
          Extent(integer(1...min(3, shape.height, shape.width))),
          stride: Extent(integer(1...2)), padding: .same)
        stack = try stack.followed(by: .pooling(shape.channels, .maximum, window))
      }
    }
    return stack
  }

  private mutating func binaryProduct(on input: MapShape) throws -> Convolution {
    let channels = input.channels
    // Plain loops should not take long.
    let most = max(1, 300_000 / (9 * channels * input.height * input.width))
    let filters = min(most, binaryChannels())
    switch integer(0...4) {
    case 0: return try .pointwise(channels, filters, stride: Extent(integer(1...2)))
    case 1: return try .window(channels, filters, binaryWindow())
    case 2:
      let groups = divisor(of: channels)
      return try .grouped(
        channels, groups * ((filters - 1) / groups + 1), groups: groups, binaryWindow())
    case 3:
      let groups = divisor(of: channels)
      let outputs = groups * ((filters - 1) / groups + 1)
      let mix = ChannelMix.groups(
        inputs: try .interleaved(channels: channels, groups: groups),
        outputs: try .interleaved(channels: outputs, groups: groups))
      let step =
        next() % 2 == 0
        ? SpatialStep.none() : .shift(displacements(channels), stride: Extent(integer(1...2)))
      return try Convolution(channels: channels, stages: [Stage(step, mix)])
    default: return try .shift(displacements(channels), filters, stride: Extent(integer(1...2)))
    }
  }

  private mutating func binaryWindow() -> Window {
    Window(
      Extent(integer(1...3), integer(1...4)), stride: Extent(integer(1...2), integer(1...3)),
      dilation: Extent(integer(1...2), 1), padding: pick([.same, .sameTensorFlow, .all(3)]))
  }

  private mutating func displacements(_ channels: Int) -> [Displacement] {
    let reach = integer(0...3)
    return (0..<channels).map { _ in
      next() % 40 == 0
        ? Displacement(dy: pick([.min, 20, 0]), dx: pick([.max, -20, 1]))
        : Displacement(dy: integer(-reach...reach), dx: integer(-reach...reach))
    }
  }

  private mutating func divisor(of channels: Int) -> Int {
    pick((1...channels).filter { channels % $0 == 0 })
  }
}

/// Whether the random stack of a seed is exact on every kernel, with options, an encoding and a map
/// of its own.
func binaryStackHolds(
  _ seed: UInt64, products: ClosedRange<Int>, extent: ClosedRange<Int>, _ level: Level
) throws -> Bool {
  var generator = Generator(seed: seed)
  let shape = MapShape(
    images: generator.integer(1...2), channels: generator.binaryChannels(),
    height: generator.integer(extent), width: generator.integer(extent))
  let convolution = try generator.binaryStack(generator.integer(products), on: shape)
  let options = BinaryOptions(
    weights: generator.pick([.signs, .units]),
    padding: generator.pick([.zero, .ones, .zeroBits]))
  let threads = generator.integer(1...3)
  return generator.next() % 2 == 0
    ? try BinaryExperiment<Signs>(convolution, shape, options, seed: seed)
      .holdsOnEveryKernel(level, threads: threads)
    : try BinaryExperiment<Units>(convolution, shape, options, seed: seed)
      .holdsOnEveryKernel(level, threads: threads)
}

extension BinaryExperiment {
  /// Checks each kernel that can compute all stages, and the planner's choice.
  fileprivate func holdsOnEveryKernel(_ level: Level, threads: Int) throws -> Bool {
    var holds = true
    for kernel in BinaryKernel.allCases {
      do {
        _ = try plan(threads: threads, level, kernel)
      } catch FrugalConvError.noBinaryForm { continue }
      holds = try check(level, kernel, threads: threads...threads) && holds
    }
    return holds
  }
}

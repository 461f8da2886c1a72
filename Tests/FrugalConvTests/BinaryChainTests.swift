import FrugalConv
import ReferenceKernels
import Testing

/// Stacks of one-bit convolutions, whose maps never leave bits, against the same in whole numbers,
/// with thresholds in Double.
@Suite struct BinaryChainTests {
  private static func convolution() throws -> Convolution {
    let interleaved = try ChannelGroups.interleaved(channels: 48, groups: 4)
    return try Convolution.window(20, 48, Window(3))
      .followed(by: .pooling(48, .maximum, Window(2, stride: 2)))
      .followed(
        by: Convolution(
          channels: 48, stages: [Stage(.none(), .groups(inputs: interleaved, outputs: interleaved))]
        )
      )
      .followed(by: .shift(.evenlySpread(channels: 48), 70))
      .followed(by: .pooling(70, .maximum, Window(3, stride: 2)))
      .followed(by: .grouped(70, 35, groups: 5, Window(3, stride: 2)))
  }

  @Test(arguments: Level.available) func aStackNeverLeavesBits(_ level: Level) throws {
    let shape = MapShape(images: 2, channels: 20, height: 17, width: 13)
    for seed in 0..<3 as Range<UInt64> {
      try BinaryExperiment<Signs>(Self.convolution(), shape, BinaryOptions(), seed: seed)
        .check(level)
      try BinaryExperiment<Units>(Self.convolution(), shape, BinaryOptions(), seed: seed)
        .check(level)
    }
  }

  @Test(arguments: Level.available) func randomStacksAreExact(_ level: Level) throws {
    try tryRandomSeeds { try binaryStackHolds($0, products: 2...5, extent: 4...12, level) }
  }

  /// The same stacks every time.
  @Test(arguments: Level.available, 0..<10 as Range<UInt64>)
  func knownStacksAreExact(_ level: Level, _ seed: UInt64) throws {
    _ = try binaryStackHolds(seed, products: 2...5, extent: 4...12, level)
  }

  @Test func productsOfSeveralBitsAreSumsOverPlanes() throws {
    var generator = Generator(seed: 4)
    let shape = MapShape(images: 1, channels: 9, height: 5, width: 6)
    let convolution = try Convolution.window(9, 11, Window(3))
    let plan = try convolution.binaryPlan(
      for: shape, encoding: Units.self, BinaryOptions(weights: .units))
    let levels = (0..<shape.count).map { _ in generator.integer(0...7) }
    let weights = (0..<9 * 11 * 9).map { _ in generator.integer(0...3) }
    let planes = try KBitNumbers(bits: 3).planes(levels, shape: shape)
    var sums = [Int32](repeating: 0, count: plan.outputShape.count)
    for k in 0..<2 {
      let packed = try plan.pack([
        BinaryParameters(weights: weights.map { $0 >> k & 1 == 1 ? 1 : -1 })
      ])
      for (m, plane) in planes.enumerated() {
        try plan.run(packed, plane, times: 1 << (m + k), addingTo: &sums)
      }
    }
    let expected = Reference.sums(
      convolution.stages[0], weights, IntegerMap(levels, shape), outside: 0)
    #expect(sums == expected.elements.map(Int32.init))
  }
}

import FrugalConv
import ReferenceKernels
import Testing

/// Stacks of one-bit convolutions, whose maps never leave bits, against the same in whole numbers
/// and Double.
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

  private func norm(_ channels: Int, _ generator: inout Generator) throws -> BatchNorm {
    try BatchNorm(
      gamma: (0..<channels).map { $0 % 7 == 0 ? 0 : generator.real() },
      beta: generator.values(.reals, channels), mean: generator.values(.integers, channels),
      variance: generator.values(.reals, channels).map { abs($0) + 1 })
  }

  private func bits<Encoding: BitEncoding>(
    _ sums: IntegerMap, _ norm: BatchNorm, _ encoding: Encoding.Type
  ) -> IntegerMap {
    let elements = sums.elements.enumerated().map { place, sum in
      let c = place / sums.shape.planeSize % sums.shape.channels
      let deviation = (Double(norm.variance[c]) + Double(norm.epsilon)).squareRoot()
      let y =
        Double(norm.gamma[c]) * (Double(sum) - Double(norm.mean[c])) / deviation
        + Double(norm.beta[c])
      return y >= 0 ? Encoding.values.one : Encoding.values.zero
    }
    return IntegerMap(elements, sums.shape)
  }

  private func check<Encoding: BitEncoding>(_ encoding: Encoding.Type, _ level: Level) throws {
    var generator = Generator(seed: 9)
    let convolution = try Self.convolution()
    let shape = MapShape(images: 2, channels: 20, height: 17, width: 13)
    let values = Encoding.values
    let input = IntegerMap(
      (0..<shape.count).map { _ in generator.next() % 2 == 0 ? values.zero : values.one }, shape)

    // The first pooling joins sums, the second bits.
    var current = input
    var parameters: [BinaryParameters] = []
    var last: IntegerMap?
    for (index, stage) in convolution.stages.enumerated() {
      if case .pool(_, let window) = stage.spatial {
        current = Reference.pooled(last ?? current, window)
        parameters.append(BinaryParameters())
        if last != nil {
          let norm = try norm(current.shape.channels, &generator)
          current = bits(current, norm, encoding)
          parameters[index].threshold = .batchNorm(norm)
        }
        last = nil
        continue
      }
      let count = try Convolution(channels: current.shape.channels, stages: [stage])
        .costs(for: current.shape).weights
      let weights = (0..<count).map { _ in generator.next() % 2 == 0 ? 1 : -1 }
      let sums = Reference.sums(stage, weights, current, outside: 0)
      parameters.append(BinaryParameters(weights: weights.map(Float.init)))
      if index == 0 {
        last = sums
        continue
      }
      let norm = try norm(sums.shape.channels, &generator)
      parameters[index].threshold = .batchNorm(norm)
      current = bits(sums, norm, encoding)
    }
    let expected = try BitMap<Encoding>(current)
    let map = try FeatureMap(input.elements.map(Float.init), shape: shape)
    for threads in 1...3 {
      let plan = try convolution.binaryPlan(
        for: shape, encoding: encoding, BinaryOptions(threads: threads, level: level))
      let packed = try plan.pack(parameters)
      #expect(try plan.run(packed, BitMap(input)) == expected, "\(plan)")
      #expect(try plan.run(packed, map.view, BitThreshold(0)) == expected, "\(plan)")
    }
  }

  @Test(arguments: Level.available) func aStackOfSignsNeverLeavesBits(_ level: Level) throws {
    try check(Signs.self, level)
  }

  @Test(arguments: Level.available) func aStackOfUnitsNeverLeavesBits(_ level: Level) throws {
    try check(Units.self, level)
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

import FrugalConv
import Testing

/// What has no form in one bit, does not fit, or would overflow is refused, with its numbers.
@Suite struct BinaryErrorTests {
  private let shape = MapShape(channels: 8, height: 5, width: 5)

  @Test func stagesWithoutAFormInOneBitAreRefused() throws {
    let real = RealDisplacement(dy: 0.5, dx: 0)
    let convolutions: [Convolution] = try [
      .depthwise(8, Window(3)), .activeShift(Array(repeating: real, count: 8), 4),
      .pointwise(8, 4, activation: .relu), .globalAverage(8),
      .pooling(8, .maximum, Window(2)), .squeezeExcite(8, SqueezeExcite(hidden: 2)),
      .pointwise(8, 8).followed(by: .pooling(8, .average(countsPadding: true), Window(2))),
      Convolution(
        channels: 8, stages: [Stage(.none(), .dense(8, 8))], residual: Residual(.input)),
    ]
    for convolution in convolutions {
      let error = #expect(throws: FrugalConvError.self) {
        try convolution.binaryPlan(for: shape, encoding: Signs.self)
      }
      guard case .noBinaryForm = error else {
        Issue.record("\(convolution): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func sumsThatDoNotFitAreRefusedWithTheLimit() throws {
    let long = MapShape(channels: 65_540, height: 2, width: 3)
    let options = BinaryOptions(kernel: .tables)
    let dense = try Convolution.pointwise(65_540, 2)
    #expect(
      throws: FrugalConvError.tooLarge(
        what: "nibbles of a filter, whose counts have 16 bits,", value: 16_385, limit: 16_383)
    ) { try dense.binaryPlan(for: long, encoding: Signs.self, options) }
    #expect(throws: FrugalConvError.self) {
      try Convolution.pointwise(32_768, 2).binaryPlan(
        for: MapShape(channels: 32_768, height: 3, width: 3), encoding: Units.self, options)
    }
    // Counted in words there is room; sums of 16 bits still are too small.
    let plan = try dense.binaryPlan(for: long, encoding: Signs.self)
    let packed = try plan.pack([
      BinaryParameters(weights: Array(repeating: 1, count: 2 * 65_540))
    ])
    let input = try BitMap<Signs>(long)
    var sums = [Int32](repeating: 0, count: 12)
    try plan.run(packed, input, into: &sums)
    #expect(sums.allSatisfy { $0 == -65_540 })
    var shorts = [Int16](repeating: 7, count: 12)
    #expect(throws: FrugalConvError.tooLarge(what: "a sum", value: 65_540, limit: 32_767)) {
      try plan.run(packed, input, into: &shorts)
    }
    let map = try FeatureMap(long)
    #expect(throws: FrugalConvError.tooLarge(what: "a sum", value: 65_540, limit: 32_767)) {
      try plan.run(packed, map.view, .sign, into: &shorts)
    }
    #expect(shorts.allSatisfy { $0 == 7 })
    for times in [40_000, .max, .min] {
      #expect(throws: FrugalConvError.self) {
        try plan.run(packed, input, times: times, addingTo: &sums)
      }
    }
    #expect(sums.allSatisfy { $0 == -65_540 })
  }

  @Test func runsThatDoNotFitWriteNothing() throws {
    let convolution = try Convolution.pointwise(8, 4)
    let plan = try convolution.binaryPlan(for: shape, encoding: Signs.self)
    let weights = [Float](repeating: 1, count: 32)
    let packed = try plan.pack([BinaryParameters(weights: weights)])
    let other = try convolution.binaryPlan(
      for: shape, encoding: Signs.self, BinaryOptions(weights: .units))
    let foreign = try other.pack([BinaryParameters(weights: weights)])
    var output = try BitMap<Signs>(plan.outputShape)
    let input = try BitMap<Signs>(shape)
    let before = output
    #expect(throws: FrugalConvError.self) {
      try plan.run(foreign, input, into: &output, workspaceBytes: plan.workspaceBytes)
    }
    #expect(throws: FrugalConvError.self) {
      try plan.run(packed, output, into: &output, workspaceBytes: plan.workspaceBytes)
    }
    #expect(throws: FrugalConvError.self) {
      try plan.run(packed, input, into: &output, workspaceBytes: 8)
    }
    var sums = [Int32](repeating: 3, count: 99)
    #expect(throws: FrugalConvError.wrongLength(of: "sums", expected: 100, found: 99)) {
      try plan.run(packed, input, into: &sums)
    }
    #expect(output == before && sums.allSatisfy { $0 == 3 })
    for wrong in [
      [], [BinaryParameters(weights: [1])],
      [BinaryParameters(weights: weights, threshold: .atLeast([1]))],
      [BinaryParameters(weights: weights, scale: [1])],
      [BinaryParameters(weights: weights, weightThreshold: BitThreshold(.nan))],
    ] as [[BinaryParameters]] {
      #expect(throws: FrugalConvError.self) { try plan.pack(wrong) }
    }
  }
}

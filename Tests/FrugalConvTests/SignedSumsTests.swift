import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

/// Products whose weights are signs, as the reference multiplies them.
@Suite struct SignedSumsTests {
  static let formats: [WeightFormat] = [.binary, .ternary]

  @Test(arguments: formats, [1, 2, 3, 4, 5, 63, 64, 65, 96, 97, 127])
  func everyNumberOfInputsIsSummed(_ format: WeightFormat, _ inputs: Int) throws {
    let convolution = try Convolution.pointwise(inputs, 11, activation: .relu)
    for extent in oddShapes {
      try check(convolution, MapShape(inputs, extent), weightFormat: format)
    }
  }

  @Test(arguments: formats, [1984, 2047])
  func longSumsGoOverManyTables(_ format: WeightFormat, _ inputs: Int) throws {
    try check(try .pointwise(inputs, 9), MapShape(inputs, Extent(3, 7)), weightFormat: format)
    try check(
      try .pointwise(inputs, 3), MapShape(inputs, Extent(3, 7)), .reals, weightFormat: format)
  }

  @Test(arguments: formats, [1, 2, 7, 8, 9, 16, 63, 64, 65, 127, 300])
  func everyNumberOfOutputsIsWritten(_ format: WeightFormat, _ outputs: Int) throws {
    for extent in oddShapes {
      try check(try .pointwise(6, outputs), MapShape(6, extent), weightFormat: format)
    }
    // Rows of whole tiles, more than one strip of them.
    try check(try .pointwise(6, outputs), MapShape(6, Extent(30, 16)), weightFormat: format)
  }

  @Test(arguments: formats)
  func everyProducerFeedsTheTables(_ format: WeightFormat) throws {
    let displacements = [Extent(0, 0), Extent(1, -1), Extent(-2, 3), Extent(0, 40), Extent(-1, 0)]
      .map { Displacement(dy: $0.height, dx: $0.width) }
    let convolutions: [Convolution] = [
      try .window(5, 10, Window(3), activation: .relu6),
      try .window(5, 10, Window(3, stride: 2)),
      try .grouped(10, 20, groups: 5, Window(3)),
      try .pointwise(5, 10, stride: 2),
      try .shift(displacements, 9),
      try .activeShift(displacements.map { RealDisplacement(dy: Float($0.dy) / 4, dx: 0.5) }, 9),
      try .igcv1(primaries: 5, size: 3),
      try .igcv2(24, groupSizes: [1, 2, 3, 4]),
      try .depthwiseSeparable(5, 10), try .mobileNetV2Block(5, 5, expansion: 3),
      try .dsBlock(5, 5, expansion: 3), try .convShiftConv(5, 7, expansion: 4),
    ]
    for convolution in convolutions {
      for extent in oddShapes {
        let shape = MapShape(convolution.channels, extent, images: 2)
        try check(
          convolution, shape, forms: [.tileCopy, .displacedWrite], weightFormat: format)
      }
    }
  }

  @Test(arguments: formats)
  func blocksOfProducedRowsBeginWithAWord(_ format: WeightFormat) throws {
    // 2304 product rows over strips of 224 pixels: nine blocks and more.
    let convolution = try Convolution.window(256, 8, Window(3))
    try check(convolution, MapShape(256, Extent(17, 19)), weightFormat: format)
    try check(convolution, MapShape(256, Extent(5, 6)), .reals, weightFormat: format)
  }

  @Test(arguments: formats)
  func residualsAreAddedOnce(_ format: WeightFormat) throws {
    for placement in [Residual.Placement.beforeActivation, .afterActivation] {
      for source in [Residual.Source.input, .map, .output] {
        var convolution = try Convolution.pointwise(130, 130, activation: .relu)
        convolution.residual = Residual(source, placement)
        try check(convolution, MapShape(130, Extent(5, 9), images: 2), weightFormat: format)
      }
    }
  }

  @Test(arguments: formats)
  func randomProblemsAgreeWithTheReference(_ format: WeightFormat) throws {
    try tryRandomSeeds(for: .seconds(3)) { seed in
      var generator = Generator(seed: seed)
      let (convolution, shape) = try generator.problem()
      return try check(convolution, shape, seed: seed, weightFormat: format)
    }
  }

  @Test func aZeroTakesNoPartWhateverItMeets() throws {
    let convolution = try Convolution.pointwise(6, 9, bias: false)
    let shape = MapShape(6, Extent(1, 19))
    for level in Level.available {
      let plan = try convolution.plan(
        for: shape, PlanOptions(level: level, weightFormat: .ternary))
      // Of each filter only channel 4 counts; the others hold no number.
      let weights: [Float] = (0..<9 * 6).map { $0 % 6 == 4 ? -3 : 0 }
      let input: [Float] = (0..<6 * 19).map { $0 / 19 == 4 ? Float($0 % 19) : Float.nan }
      let result = try plan.run(
        plan.pack([StageParameters(weights: weights)]), FeatureMap(input, shape: shape)
      ).array()
      let expected: [Float] = (0..<9 * 19).map { Float($0 % 19) * -3 }
      #expect(result == expected, "\(level)")
    }
  }

  @Test func theKernelStaysWithinItsCodesAndRows() throws {
    for level in Level.available {
      for (outputs, depth, columns) in [(1, 1, 1), (8, 4, 16), (9, 5, 17), (16, 100, 7)] {
        for side in GuardedFloats.Side.allCases {
          try checkKernel(level, outputs, depth, columns, side)
        }
      }
    }
  }

  /// Ones in all product rows: each result is a row's sum of signs, times its scale.
  private func checkKernel(
    _ level: Level, _ outputs: Int, _ depth: Int, _ columns: Int, _ side: GuardedFloats.Side
  ) throws {
    let layout = SignCodes(outputs: outputs, rows: depth, .ternary)
    var generator = Generator(seed: 7)
    let signs = generator.values(.integers, outputs * depth, upTo: 1)
    let codes = GuardedFloats(Array(repeating: 0, count: layout.wordsOfGroup), touching: side)
    layout.fill(codes.elements.baseAddress!, signs[...])
    let scales = GuardedFloats((0..<outputs).map { Float($0 + 1) }, touching: side)
    let rows = GuardedFloats(Array(repeating: 1, count: depth * columns), touching: side)
    let out = GuardedFloats(Array(repeating: .nan, count: outputs * columns), touching: side)
    var product = frugal_product()
    (product.depth, product.outputs, product.k1) = (depth, outputs, depth)
    product.rows = UnsafePointer(rows.elements.baseAddress)
    (product.row_stride, product.columns) = (columns, columns)
    (product.out, product.out_stride) = (out.elements.baseAddress, columns)
    (product.finishes, product.low, product.high) = (1, -.infinity, .infinity)
    var weights = frugal_signs(
      codes: layout.words(of: 0, from: 0, at: UnsafePointer(codes.elements.baseAddress!)),
      scales: UnsafePointer(scales.elements.baseAddress), scale_stride: 1)
    level.kernels!.pointee.multiply_ternary(&product, &weights)
    for output in 0..<outputs {
      let sum = signs[output * depth..<(output + 1) * depth].reduce(0, +) * Float(output + 1)
      #expect(out.elements[output * columns..<(output + 1) * columns].allSatisfy { $0 == sum })
    }
  }

  @Test func codesAreOneAndTwoBitsAWeight() throws {
    let convolution = try Convolution.pointwise(256, 128, bias: false)
    let shape = MapShape(256, 7)
    func bytes(_ format: WeightFormat) throws -> Int {
      let plan = try convolution.plan(for: shape, PlanOptions(weightFormat: format))
      let weights = [Float](repeating: 0.5, count: 256 * 128)
      return try plan.pack([StageParameters(weights: weights)]).bytes
    }
    #expect(try bytes(.binary) == 256 * 128 / 8 + 4 * 128)
    #expect(try bytes(.ternary) == 256 * 128 / 4 + 4 * 128)
    #expect(try bytes(.float32) >= 256 * 128 * 4)
  }

  @Test func whatAFormatCannotHoldIsRefused() throws {
    let convolution = try Convolution.pointwise(3, 2, bias: false)
    let shape = MapShape(3, 2)
    func pack(_ weights: [Float], _ format: WeightFormat) throws {
      let plan = try convolution.plan(for: shape, PlanOptions(weightFormat: format))
      _ = try plan.pack([StageParameters(weights: weights)])
    }
    #expect(
      throws: FrugalConvError.weightLacksFormat(
        .binary, stage: 0, filter: 1, value: 3, scale: 2)
    ) { try pack([1, -1, 1, 2, 3, 2], .binary) }
    #expect(
      throws: FrugalConvError.weightLacksFormat(
        .binary, stage: 0, filter: 0, value: 0, scale: 1)
    ) { try pack([1, 0, 1, 2, 2, 2], .binary) }
    #expect(
      throws: FrugalConvError.weightLacksFormat(
        .ternary, stage: 0, filter: 0, value: 0.5, scale: 1)
    ) { try pack([1, 0, 0.5, 2, 2, 2], .ternary) }
    #expect(throws: FrugalConvError.self) { try pack([1, .nan, 1, 2, 2, 2], .ternary) }
    try pack([1, 0, -1, 0, 0, 0], .ternary)
    #expect(throws: FrugalConvError.executorLacksFormat(.openBLAS, .binary)) {
      try convolution.plan(
        for: shape, PlanOptions(executor: .openBLAS, weightFormat: .binary))
    }
    let binary = try convolution.plan(for: shape, PlanOptions(weightFormat: .binary))
    let ternary = try convolution.plan(for: shape, PlanOptions(weightFormat: .ternary))
    var packed = try binary.pack([StageParameters(weights: [1, 1, 1, 1, 1, 1])])
    #expect(throws: FrugalConvError.self) {
      try ternary.update(&packed, [StageParameters(weights: [1, 1, 1, 1, 1, 1])])
    }
  }

  @Test(arguments: formats)
  func plansAreMeasuredOnWeightsTheyHold(_ format: WeightFormat) throws {
    var wisdom = Wisdom()
    let options = PlanOptions(weightFormat: format)
    let convolution = try Convolution.convShiftConv(8, 8, expansion: 2)
    let plan = try convolution.plan(for: MapShape(8, 9), options, measuring: &wisdom)
    #expect(plan.weightFormat == format && plan.executor == "fused")
    #expect(plan.choice?.measuredTime != nil)
  }

  @Test func signsArePredictedToBeCheaperThanFloats() throws {
    let convolution = try Convolution.pointwise(128, 128)
    func time(_ format: WeightFormat) throws -> Double {
      try convolution.plan(
        for: MapShape(128, 28), PlanOptions(executor: .fused, weightFormat: format)
      ).predictedTime
    }
    #expect(try time(.binary) < time(.ternary))
    #expect(try time(.ternary) < time(.float32))
  }

  @Test func wisdomTellsFormatsApart() throws {
    let convolution = try Convolution.pointwise(3, 2)
    let keys = try WeightFormat.allCases.map { format in
      let options = PlanOptions(weightFormat: format)
      return WisdomKey(try convolution.plan(for: MapShape(3, 2), options), options)
    }
    #expect(Set(keys).count == 3)
  }
}

import FrugalConv
import ReferenceKernels
import Testing

/// Tiny cases worked out by hand: they hold the reference and the library to the definitions.
@Suite struct HandWorkedTests {
  /// 1 2 3 / 4 5 6 / 7 8 9
  private let square = MapShape(channels: 1, height: 3, width: 3)
  private let digits: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

  private func expect(
    _ convolution: Convolution, _ parameters: [StageParameters], _ input: [Float],
    _ shape: MapShape, gives expected: [Float], _ location: SourceLocation = #_sourceLocation
  ) throws {
    let reference = Reference.run(convolution, parameters, input, shape)
    #expect(
      reference.elements.map { Float($0.value) } == expected, "reference", sourceLocation: location)
    #expect(
      try output(of: convolution, parameters, input, shape) == expected, "library",
      sourceLocation: location)
  }

  @Test func positiveDisplacementPullsFromBelowAndRight() throws {
    try expect(
      .shift([Displacement(dy: 1, dx: -1)], 1, bias: false), [StageParameters(weights: [1])],
      digits, square, gives: [0, 4, 5, 0, 7, 8, 0, 0, 0])
  }

  @Test func shiftIsSampledAfterItMoved() throws {
    try expect(
      .shift([Displacement(dy: 1, dx: 0)], 1, stride: 2, bias: false),
      [StageParameters(weights: [1])], digits, square, gives: [4, 6, 0, 0])
  }

  @Test func halfDisplacementIsTheMeanOfNeighbours() throws {
    try expect(
      .activeShift([RealDisplacement(dy: 0, dx: -0.5)], 1, bias: false),
      [StageParameters(weights: [2])], digits, square, gives: [1, 3, 5, 4, 9, 11, 7, 15, 17])
  }

  @Test func windowCorrelatesItDoesNotFlip() throws {
    try expect(
      .window(1, 1, Window(Extent(1, 3)), bias: false), [StageParameters(weights: [100, 10, 1])],
      digits, square, gives: [12, 123, 230, 45, 456, 560, 78, 789, 890])
  }

  @Test func tensorFlowPaddingPutsTheOddRowAtTheBottom() throws {
    let shape = MapShape(channels: 1, height: 1, width: 4)
    let kernel = [StageParameters(weights: [100, 10, 1])]
    func convolution(_ padding: Padding) throws -> Convolution {
      try .depthwise(1, Window(Extent(1, 3), stride: Extent(1, 2), padding: padding), bias: false)
    }
    try expect(convolution(.sameTensorFlow), kernel, [1, 2, 3, 4], shape, gives: [123, 340])
    try expect(convolution(.same), kernel, [1, 2, 3, 4], shape, gives: [12, 234])
    try expect(convolution(.valid), kernel, [1, 2, 3, 4], shape, gives: [123])
  }

  @Test func evenKernelPadsLessBeforeThanBehind() throws {
    let shape = MapShape(channels: 1, height: 1, width: 3)
    try expect(
      .depthwise(1, Window(Extent(1, 4)), bias: false),
      [StageParameters(weights: [1000, 100, 10, 1])], [1, 2, 3], shape, gives: [123, 1230, 2300])
  }

  @Test func igcv1JoinsOneChannelOfEachPrimary() throws {
    // L = 2 primaries of M = 3; the secondaries join (0, 3), (1, 4), (2, 5).
    let shape = MapShape(channels: 6, height: 1, width: 1)
    let primary: [Float] = (0..<2).flatMap { _ in [1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float] }
    try expect(
      .igcv1(primaries: 2, size: 3, Window(1), bias: false),
      [
        StageParameters(weights: primary),
        StageParameters(weights: [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60]),
      ],
      [1, 2, 3, 4, 5, 6], shape, gives: [41, 156, 315, 82, 208, 378])
  }

  @Test func paddingCountsInAveragesOnlyWhenAsked() throws {
    let counted = try Convolution.pooling(1, .average(countsPadding: true), Window(2))
    let inside = try Convolution.pooling(1, .average(countsPadding: false), Window(2))
    try expect(
      counted, [StageParameters()], digits, square,
      gives: [3, 4, 2.25, 6, 7, 3.75, 3.75, 4.25, 2.25])
    try expect(
      inside, [StageParameters()], digits, square, gives: [3, 4, 4.5, 6, 7, 7.5, 7.5, 8.5, 9])
  }

  @Test func maximumIgnoresPadding() throws {
    try expect(
      .pooling(1, .maximum, Window(2)), [StageParameters()], digits.map(-), square,
      gives: [-1, -2, -3, -4, -5, -6, -7, -8, -9])
  }

  @Test func scaleMultipliesWeightsAndNotTheBias() throws {
    try expect(
      .pointwise(2, 2),
      [StageParameters(weights: [1, 2, 3, 4], scale: [10, 1], bias: [5, -100])],
      [1, 1], MapShape(channels: 2, height: 1, width: 1), gives: [35, -93])
  }

  @Test func batchNormFoldsIntoScaleAndBias() throws {
    let norm = try BatchNorm(
      gamma: [6], beta: [1], mean: [5], variance: [8], epsilon: 1)  // (x − 5)·6/3 + 1
    try expect(
      .pointwise(1, 1), [StageParameters(weights: [3], batchNorm: norm)], [4],
      MapShape(channels: 1, height: 1, width: 1), gives: [15])
  }

  @Test func residualBeforeTheActivationIsClampedAndAfterItIsNot() throws {
    var convolution = try Convolution.pointwise(1, 1, bias: false, activation: .relu)
    let shape = MapShape(channels: 1, height: 1, width: 2)
    convolution.residual = Residual(.input, .beforeActivation)
    let weights = [StageParameters(weights: [-2])]
    try expect(convolution, weights, [1, -1], shape, gives: [0, 1])
    convolution.residual = Residual(.input, .afterActivation)
    try expect(convolution, weights, [1, -1], shape, gives: [1, 1])
  }

  @Test func squeezeExciteScalesByTheGateOfTheMeans() throws {
    // Means 2 and 4; hidden 2·2 + 1·4 + 1 = 9; gates 9·0.5 − 3 = 1.5 and −9 + 10 = 1.
    let squeezeExcite = SqueezeExcite(hidden: 1, activation: .relu, gate: .identity)
    let parameters = SqueezeExciteParameters(
      reduce: [2, 1], reduceBias: [1], expand: [0.5, -1], expandBias: [-3, 10])
    try expect(
      .squeezeExcite(2, squeezeExcite), [StageParameters(squeezeExcite: parameters)],
      [1, 3, 4, 4], MapShape(channels: 2, height: 1, width: 2), gives: [1.5, 4.5, 4, 4])
  }
}

import FrugalConv
import Testing

/// Residuals and activations, at the end of every kind of stage.
@Suite struct EpilogueTests {
  private static let activations: [Activation] = [
    .identity, .relu, .relu6, .clamp(low: -3, high: -1), .clamp(low: -.infinity, high: 2),
    .swish(), .swish(beta: 2.5), .swish(beta: 0), .swish(beta: -1), .hardSwish, .sigmoid,
  ]

  /// One convolution of each way to produce the output, from 5 channels to 5 of the same extent.
  private static func convolutions(_ activation: Activation) throws -> [Convolution] {
    [
      try .pointwise(5, 5, activation: activation),
      try .grouped(5, 5, groups: 5, bias: false, activation: activation),
      try .window(5, 5, Window(3), activation: activation),
      try .depthwise(5, Window(3), activation: activation),
      try .shift(.evenlySpread(channels: 5, kernel: 2), 5, activation: activation),
      try .convShiftConv(5, 5, expansion: 2, activation: activation),
      try .igcv1(primaries: 5, size: 1, activation: activation),
      try .activeShift(
        (0..<5).map { RealDisplacement(dy: 0.25 * Float($0), dx: -0.75) }, 5,
        activation: activation),
      try Convolution(channels: 5, stages: [Stage(.none(), activation: activation)]),
      try Convolution(
        channels: 5, stages: [Stage(.pool(.maximum, Window(3)), activation: activation)]),
    ]
  }

  @Test(arguments: activations)
  func everyActivationEndsEveryKindOfStage(_ activation: Activation) throws {
    for convolution in try Self.convolutions(activation) {
      try check(convolution, MapShape(5, Extent(5, 7), images: 2))
    }
  }

  @Test(
    arguments: [Residual.Source.input, .map, .output],
    [Residual.Placement.beforeActivation, .afterActivation])
  func aResidualIsAddedOnceToEveryKindOfStage(
    _ source: Residual.Source, _ placement: Residual.Placement
  ) throws {
    for activation in [Activation.relu, .swish(), .identity] {
      for var convolution in try Self.convolutions(activation) {
        convolution.residual = Residual(source, placement)
        try check(convolution, MapShape(5, Extent(5, 7), images: 2))
      }
    }
  }

  @Test(arguments: Array(1...41) + [63, 64, 65], [nil, Residual.Source.map, .output])
  func everyLengthOfARow(_ width: Int, _ source: Residual.Source?) throws {
    for activation in [Activation.relu6, .swish()] {
      let convolution = try Convolution(
        channels: 2, stages: [Stage(.none(), activation: activation)],
        residual: source.map { Residual($0, .afterActivation) })
      try check(convolution, MapShape(2, Extent(1, width)))
    }
  }

  @Test(arguments: [Residual.Source.input, .map, .output])
  func aResidualOfManyStripsAndOfAFullyConnectedLayer(_ source: Residual.Source) throws {
    for placement in [Residual.Placement.beforeActivation, .afterActivation] {
      var pointwise = try Convolution.pointwise(4, 4, activation: .relu)
      pointwise.residual = Residual(source, placement)
      try check(pointwise, MapShape(4, Extent(23, 40)))
      try check(pointwise, MapShape(4, 1, images: 5))
      var wide = try Convolution.pointwise(150, 150)
      wide.residual = Residual(source, placement)
      try check(wide, MapShape(150, 1, images: 3))
    }
  }

  @Test func aResidualMapMayHaveAnotherShapeThanTheInput() throws {
    var convolution = try Convolution.window(3, 5, Window(3, stride: 2), activation: .relu6)
    convolution.residual = Residual(.map)
    try check(convolution, MapShape(3, Extent(7, 8), images: 2))
  }

  @Test func nanAndInfinityPassThroughStages() throws {
    let shape = MapShape(1, Extent(1, 19))
    var input = [Float](repeating: 1, count: 19)
    (input[2], input[9], input[18]) = (.nan, .infinity, -.infinity)
    for activation in Self.activations {
      let convolution = try Convolution.pointwise(1, 1, bias: false, activation: activation)
      for (level, executor) in variants(of: convolution) {
        let options = PlanOptions(level: level, executor: executor)
        let plan = try convolution.plan(for: shape, options)
        let weights = try plan.pack([StageParameters(weights: [1])])
        let result = try plan.run(weights, FeatureMap(input, shape: shape)).array()
        #expect(result[2].isNaN, "\(activation) at \(level)")
        #expect(result[3].isFinite && result[17].isFinite, "\(activation) at \(level)")
        if case .clamp(let low, let high) = activation {
          #expect(result[9] == high && result[18] == low)
        }
      }
    }
  }
}

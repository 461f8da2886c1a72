import FrugalConv
import ReferenceKernels
import Testing

/// Inaccessible pages straight before and behind input, residual and output: a read or write
/// beyond an end kills the test process.
@Suite struct GuardPageTests {
  private static func convolutions() throws -> [Convolution] {
    let kernels = [3, 5, 2, 7] as [Extent]
    let windows =
      kernels.map { Window($0) } + [
        Window(3, stride: 2), Window(3, stride: 2, padding: .sameTensorFlow), Window(5, stride: 3),
        Window(3, dilation: 2), Window(3, padding: .all(6)),
      ]
    let shifts = [Extent(0, 0), Extent(1, -1), Extent(-2, 3), Extent(0, 40), Extent(-40, 1)]
    let displacements = shifts.map { Displacement(dy: $0.height, dx: $0.width) }
    let reals = shifts.map {
      RealDisplacement(dy: Float($0.height) + 0.5, dx: Float($0.width) - 0.25)
    }
    return try windows.flatMap { window in
      [
        try .depthwise(5, window), try .window(5, 2, window),
        try .pooling(5, .maximum, window),
        try .pooling(5, .average(countsPadding: false), window),
      ]
    } + [
      try .pointwise(5, 5), try .pointwise(5, 3, stride: 2, activation: .swish()),
      try .shift(displacements, 3), try .shift(displacements, 3, stride: 2),
      try .activeShift(reals, 3), try .activeShift(reals, 3, stride: 2),
      try Convolution(channels: 5, stages: [Stage(.shift(displacements), activation: .relu)]),
      try .globalAverage(5), try .squeezeExcite(5, SqueezeExcite(hidden: 2)),
      try .convShiftConv(5, 5, expansion: 2), try .mobileNetV2Block(5, 5, expansion: 2),
      try .dsBlock(5, 5, expansion: 2), try .igcv1(primaries: 5, size: 1),
      try .igcv2(5, groupSizes: [1, 5]),
    ]
  }

  @Test(
    arguments: Level.available,
    [
      1, Extent(1, 8), Extent(3, 5), Extent(4, 17), 7, Extent(9, 35), Extent(6, 4), Extent(10, 9),
    ] as [Extent])
  func nothingBeyondTheEndsIsTouched(_ level: Level, _ extent: Extent) throws {
    for (index, convolution) in try Self.convolutions().enumerated() {
      try check(convolution, extent, level)
      if convolution.stages.contains(where: { $0.mix != .none }) {
        try check(convolution, extent, level, index % 2 == 0 ? .binary : .ternary)
      }
      if convolution.residual != nil || convolution.stages[0].squeezeExcite != nil { continue }
      var adding = convolution
      adding.residual = Residual(index % 2 == 0 ? .map : .output, .afterActivation)
      try check(adding, extent, level)
    }
  }

  private func check(
    _ convolution: Convolution, _ extent: Extent, _ level: Level,
    _ format: WeightFormat = .float32
  ) throws {
    let shape = MapShape(5, extent, images: 2)
    let experiment = try Experiment(convolution, shape, weightFormat: format)
    for (variant, executor) in variants(of: convolution, format) where variant == level {
      let options = PlanOptions(
        threads: 1, level: level, executor: executor, weightFormat: format)
      let plan = try convolution.plan(for: shape, options)
      for side in GuardedFloats.Side.allCases {
        let result = try run(plan, experiment, side)
        #expect(experiment.firstDifference(result) == nil, "\(plan)")
      }
    }
  }

  /// Compact maps, all of them touching a guard page.
  private func run(
    _ plan: Plan, _ experiment: Experiment, _ side: GuardedFloats.Side
  ) throws -> [Float] {
    let source = experiment.convolution.residual?.source
    let input = GuardedFloats(experiment.input, touching: side)
    let residual = GuardedFloats(source == .map ? experiment.residual : [0], touching: side)
    let before =
      source == .output
      ? experiment.residual
      : [Float](repeating: Canvas.sentinel, count: plan.outputShape.count)
    let output = GuardedFloats(before, touching: side)
    let weights = try plan.pack(experiment.parameters)
    var workspace = plan.makeWorkspace()
    let inputView = try MapView(
      Span(_unsafeElements: UnsafeBufferPointer(input.elements)), shape: plan.inputShape)
    var outputView = try MutableMapView(
      MutableSpan(_unsafeElements: output.elements), shape: plan.outputShape)
    if source == .map {
      let residualView = try MapView(
        Span(_unsafeElements: UnsafeBufferPointer(residual.elements)), shape: plan.outputShape)
      try plan.run(
        weights, inputView, residual: residualView, into: &outputView, workspace: &workspace)
    } else {
      try plan.run(weights, inputView, into: &outputView, workspace: &workspace)
    }
    return Array(output.elements)
  }
}

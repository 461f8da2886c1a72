import FrugalConv
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `pack`, `update` and `run` refuse: with its numbers, and without a write.
@Suite struct RunErrorTests {
  private let shape = MapShape(images: 2, channels: 3, height: 2, width: 2)
  private let plan: Plan
  private let weights: PackedWeights
  private let input = [Float](repeating: 1, count: 24)

  init() throws {
    plan = try Convolution.pointwise(3, 2).plan(for: shape)
    weights = try plan.pack([
      StageParameters(weights: [1, 2, 3, 4, 5, 6], scale: [1, 1], bias: [7, 8])
    ])
  }

  /// Runs `plan` between a map of `inputShape` and one of `outputShape`; the output must stay.
  private func expect(
    _ error: FrugalConvError, _ plan: Plan, _ weights: PackedWeights, inputShape: MapShape? = nil,
    outputShape: MapShape? = nil, residualShape: MapShape? = nil, workspaceBytes: Int? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let inputShape = inputShape ?? plan.inputShape
    var output = Canvas(outputShape ?? plan.outputShape, .gaps)
    #expect(throws: error, sourceLocation: location) {
      let source = Canvas(inputShape, .compact, elements: Array(repeating: 1, count: 100))
      var workspace = try Workspace(bytes: workspaceBytes ?? plan.workspaceBytes)
      let view = try MapView(source.memory.span, shape: inputShape)
      let (shape, layout) = (output.shape, output.layout)
      var target = try MutableMapView(output.memory.mutableSpan, shape: shape, layout: layout)
      if let residualShape {
        let added = [Float](repeating: 1, count: 100)
        let residual = try MapView(added.span, shape: residualShape)
        try plan.run(weights, view, residual: residual, into: &target, workspace: &workspace)
      } else {
        try plan.run(weights, view, into: &target, workspace: &workspace)
      }
    }
    #expect(output.isUntouched, sourceLocation: location)
  }

  /// Displacements belong to the plan: weights packed by another plan of equal sizes still fit.
  @Test func weightsOfAnotherActiveShiftTakeThisPlansDisplacements() throws {
    func plan(_ dx: Float) throws -> Plan {
      try Convolution.activeShift([RealDisplacement(dy: 0, dx: dx)], 1, bias: false)
        .plan(for: MapShape(channels: 1, height: 1, width: 4))
    }
    let weights = try plan(0.25).pack([StageParameters(weights: [1])])
    let input = try FeatureMap([1, 2, 4, 8], shape: MapShape(channels: 1, height: 1, width: 4))
    #expect(try plan(0.75).run(weights, input).array() == [1.75, 3.5, 7, 2])
  }

  @Test func weightsOfOtherGroupsAreForeign() throws {
    let shape = MapShape(channels: 4, height: 2, width: 2)
    func plan(_ stride: Int) throws -> Plan {
      let groups = try ChannelGroups(channels: 4, size: 2, stride: stride)
      let stage = Stage(.none(), .groups(inputs: groups, outputs: groups), bias: false)
      return try Convolution(channels: 4, stages: [stage]).plan(for: shape)
    }
    let weights = try plan(1).pack([StageParameters(weights: Array(repeating: 1, count: 8))])
    #expect(throws: FrugalConvError.self) {
      _ = try plan(2).run(weights, FeatureMap(shape))
    }
  }

  @Test func aSingleChannelOrImageNeedsNoStride() throws {
    for executor in [Executor.openBLAS, .fused] {
      let shape = MapShape(channels: 1, height: 2, width: 3)
      let plan = try Convolution.pointwise(1, 1, bias: false)
        .plan(for: shape, PlanOptions(executor: executor))
      let weights = try plan.pack([StageParameters(weights: [2])])
      var workspace = plan.makeWorkspace()
      for stride in [0, -5, 1, Int.max] {
        let layout = MapLayout(imageStride: stride, channelStride: stride)
        let input: [Float] = [1, 2, 3, 4, 5, 6]
        var output = [Float](repeating: 0, count: 6)
        do {
          let source = try MapView(input.span, shape: shape, layout: layout)
          var target = try MutableMapView(output.mutableSpan, shape: shape, layout: layout)
          try plan.run(weights, source, into: &target, workspace: &workspace)
        }
        #expect(output == [2, 4, 6, 8, 10, 12])
      }
    }
  }

  @Test func sizesBeyondEveryMachineAreRefused() throws {
    let pointwise = try Convolution.pointwise(1, 1)
    let pixel = MapShape(channels: 1, height: 1, width: 1)
    #expect(throws: FrugalConvError.tooLarge(what: "threads", value: .max, limit: 1024)) {
      _ = try pointwise.plan(for: pixel, PlanOptions(threads: .max))
    }
    #expect(throws: FrugalConvError.self) { _ = try Workspace(bytes: .max) }
    let images = MapShape(images: 1 << 33, channels: 1, height: 1, width: 1)
    #expect(throws: FrugalConvError.self) {
      _ = try pointwise.plan(for: images, PlanOptions(executor: .openBLAS))
    }
    let hidden = try Convolution.squeezeExcite(1, SqueezeExcite(hidden: 1 << 60))
    #expect(throws: FrugalConvError.self) { _ = try hidden.plan(for: pixel) }
    let manyImages = MapShape(images: 1 << 40, channels: 1, height: 1, width: 1)
    #expect(throws: FrugalConvError.self) {
      _ = try Convolution.squeezeExcite(1, SqueezeExcite(hidden: 1 << 30)).plan(for: manyImages)
    }
    for extent in [Extent(1 << 40, 1), Extent(1, .max)] {
      #expect(throws: FrugalConvError.self) { _ = try Convolution.pointwise(1, 1, stride: extent) }
      #expect(throws: FrugalConvError.self) {
        _ = try Convolution.depthwise(1, Window(1, stride: 1, dilation: extent))
      }
    }
  }

  @Test func aStrideBeyondTheMapReadsItsFirstPixel() throws {
    let stride = Extent(Int(Int32.max), 3)
    let convolution = try Convolution.depthwise(2, Window(3, stride: stride))
    try check(convolution, MapShape(2, Extent(5, 8)))
    try check(
      .shift([Displacement(dy: 0, dx: 1), Displacement(dy: -1, dx: 0)], 2, stride: stride),
      MapShape(2, Extent(5, 8)))
  }

  @Test func otherShapes() {
    for other in [
      MapShape(images: 1, channels: 3, height: 2, width: 2),
      MapShape(images: 2, channels: 2, height: 2, width: 2),
      MapShape(images: 2, channels: 3, height: 4, width: 1),
    ] {
      expect(.shapeMismatch(expected: shape, found: other), plan, weights, inputShape: other)
      if other != plan.outputShape {
        expect(
          .shapeMismatch(expected: plan.outputShape, found: other), plan, weights,
          outputShape: other)
      }
    }
  }

  @Test func residualsThatAreMissingUnexpectedOrOfAnotherShape() throws {
    expect(.residualNotExpected, plan, weights, residualShape: plan.outputShape)
    var convolution = try Convolution.pointwise(3, 2)
    convolution.residual = Residual(.map)
    let adding = try convolution.plan(for: shape)
    expect(.residualMissing, adding, weights)
    expect(
      .shapeMismatch(expected: adding.outputShape, found: shape), adding, weights,
      residualShape: shape)
    convolution.residual = Residual(.output)
    try expect(
      .residualNotExpected, convolution.plan(for: shape), weights, residualShape: plan.outputShape)
  }

  @Test func weightsOfAnotherPlan() throws {
    let other = try Convolution.pointwise(30, 20).plan(
      for: MapShape(channels: 30, height: 2, width: 2))
    let foreign = try other.pack([StageParameters(weights: Array(repeating: 1, count: 600))])
    var output = try FeatureMap(plan.outputShape)
    let error = #expect(throws: FrugalConvError.self) {
      var workspace = plan.makeWorkspace()
      try plan.run(foreign, FeatureMap(input, shape: shape), into: &output, workspace: &workspace)
    }
    guard case .foreignWeights(let expected, let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(expected >= 6 && found >= 600)
    #expect(output.array().allSatisfy { $0 == 0 })
  }

  @Test func workspacesThatAreTooSmall() throws {
    let needy = try Convolution.dsBlock(3, 3).plan(for: shape, PlanOptions(threads: 1))
    #expect(needy.workspaceBytes > 8)
    let weights = try needy.pack(
      (0..<3).map { stage in
        let counts = [54, 162, 54]
        return StageParameters(
          weights: Array(repeating: 1, count: counts[stage]),
          squeezeExcite: stage != 1
            ? nil
            : SqueezeExciteParameters(
              reduce: Array(repeating: 1, count: 18), reduceBias: [1],
              expand: Array(repeating: 1, count: 18), expandBias: Array(repeating: 1, count: 18)))
      })
    let needed = needy.workspaceBytes
    for bytes in [0, -5, needed - 4] {
      expect(
        .workspaceTooSmall(needed: needed, found: max(bytes, 0)), needy, weights,
        workspaceBytes: bytes)
    }
    var larger = try Workspace(bytes: needed + 64)
    var output = try FeatureMap(shape)
    try needy.run(weights, FeatureMap(input, shape: shape), into: &output, workspace: &larger)
  }

  @Test func parametersOfTheWrongNumberOrLength() throws {
    #expect(throws: FrugalConvError.parametersPerStage(expected: 1, found: 0)) {
      try plan.pack([])
    }
    func expect(_ name: String, _ expected: Int, _ found: Int, _ parameters: StageParameters) {
      let error = FrugalConvError.wrongLength(
        of: "\(name) of stage 0", expected: expected, found: found)
      #expect(throws: error) { try plan.pack([parameters]) }
      var updated = weights
      #expect(throws: error) { try plan.update(&updated, [parameters]) }
      #expect(throws: Never.self) {
        let image = try FeatureMap(input, shape: shape)
        #expect(try plan.run(updated, image).array() == plan.run(weights, image).array())
      }
    }
    let six: [Float] = [1, 2, 3, 4, 5, 6]
    expect("weights", 6, 5, StageParameters(weights: [1, 2, 3, 4, 5]))
    expect("weights", 6, 0, StageParameters())
    expect("scale", 2, 3, StageParameters(weights: six, scale: [1, 1, 1]))
    expect("bias", 2, 1, StageParameters(weights: six, bias: [1]))
    let gate = SqueezeExciteParameters(reduce: [1], reduceBias: [], expand: [], expandBias: [])
    expect("squeeze-excite reduce", 0, 1, StageParameters(weights: six, squeezeExcite: gate))
  }

  @Test func squeezeExciteParametersOfTheWrongLength() throws {
    let convolution = try Convolution.squeezeExcite(3, SqueezeExcite(hidden: 2))
    let plan = try convolution.plan(for: shape)
    func parameters(_ counts: [Int]) -> StageParameters {
      let values = counts.map { [Float](repeating: 1, count: $0) }
      return StageParameters(
        squeezeExcite: SqueezeExciteParameters(
          reduce: values[0], reduceBias: values[1], expand: values[2], expandBias: values[3]))
    }
    _ = try plan.pack([parameters([6, 2, 6, 3])])
    #expect(throws: FrugalConvError.self) { try plan.pack([StageParameters()]) }
    for wrong in [[5, 2, 6, 3], [6, 1, 6, 3], [6, 2, 7, 3], [6, 2, 6, 2]] {
      #expect(throws: FrugalConvError.self) { try plan.pack([parameters(wrong)]) }
    }
  }

  @Test func batchNormsOfUnequalLengths() {
    #expect(throws: FrugalConvError.wrongLength(of: "mean", expected: 2, found: 1)) {
      try BatchNorm(gamma: [1, 1], beta: [1, 1], mean: [1], variance: [1, 1])
    }
  }

  @Test func updatedWeightsAreUsedAndCopiesAreNot() throws {
    var updated = weights
    try plan.update(
      &updated, [StageParameters(weights: [0, 0, 0, 0, 0, 1], scale: [1, 10], bias: [])])
    let image = try FeatureMap(input, shape: shape)
    let plane = [Float](repeating: 0, count: 4)
    let expected = plane + plane.map { $0 + 10 }
    #expect(try plan.run(updated, image).array() == expected + expected)
    let before = plane.map { $0 + 13 } + plane.map { $0 + 23 }
    #expect(try plan.run(weights, image).array() == before + before)
  }

  @Test func matricesBeyondTheIndicesOfOpenBLAS() throws {
    let far = 1 << 32
    let error = #expect(throws: FrugalConvError.self) {
      try Convolution.pointwise(2, 2).plan(
        for: MapShape(channels: 2, height: 1, width: far), PlanOptions(executor: .openBLAS))
    }
    guard case .tooLarge(_, let value, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value >= far)
  }

  @Test func theEnvironmentNamesALevelOrIsRefused() async {
    await #expect(processExitsWith: .success) {
      setenv("FRUGALCONV_ISA", "portable", 1)
      guard try Level.fromEnvironment() == .portable else { exit(1) }
      setenv("FRUGALCONV_ISA", "", 1)
      guard try Level.fromEnvironment() == Level.available.last else { exit(2) }
      setenv("FRUGALCONV_ISA", "sse9", 1)
      do {
        _ = try Level.fromEnvironment()
        exit(3)
      } catch FrugalConvError.levelUnavailable(name: "sse9") {
        exit(EXIT_SUCCESS)
      }
    }
  }
}

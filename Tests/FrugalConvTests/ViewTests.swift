import FrugalConv
import ReferenceKernels
import Testing

/// Inputs and outputs in the caller's memory, wherever their planes stand.
@Suite struct ViewTests {
  /// One convolution for each way to read and write planes.
  private static func convolutions() throws -> [Convolution] {
    [
      try .pointwise(4, 6, activation: .relu), try .fullyConnected(4, 6),
      try .grouped(4, 6, groups: 2), try .shift(.evenlySpread(channels: 4, kernel: 2), 5),
      try .depthwise(4, Window(3)), try .pooling(4, .maximum, Window(2)),
      try .igcv2(4, groupSizes: [1, 2, 2]), try .mobileNetV2Block(4, 4, expansion: 2),
      try .window(4, 3, Window(3, stride: 2)),
    ]
  }

  @Test(arguments: Arrangement.allCases, Arrangement.allCases)
  func planesMayStandAnywhere(_ input: Arrangement, _ output: Arrangement) throws {
    for convolution in try Self.convolutions() {
      for extent in [1, Extent(5, 7)] as [Extent] {
        let shape = MapShape(4, extent, images: 3)
        let experiment = try Experiment(convolution, shape)
        let plan = try convolution.plan(for: shape, PlanOptions(threads: 2))
        let result = try experiment.result(plan, input, output)
        #expect(experiment.firstDifference(result) == nil, "\(plan)")
      }
    }
  }

  /// A map of three times the images and channels plus some, in which every second channel from
  /// the third on of the middle images is the one meant.
  private struct Surroundings {
    let whole: MapShape
    let images: Range<Int>
    let channels: Range<Int>

    init(_ shape: MapShape) {
      whole = MapShape(
        images: shape.images + 2, channels: 2 * shape.channels + 3, height: shape.height,
        width: shape.width)
      images = 1..<shape.images + 1
      channels = 2..<2 * shape.channels + 1
    }

    func contains(image: Int, channel: Int) -> Bool {
      images.contains(image) && channels.contains(channel) && channel % 2 == 0
    }
  }

  @Test func slicesAndInterleavingsLeaveTheirNeighboursAlone() throws {
    for convolution in try Self.convolutions() {
      let shape = MapShape(4, Extent(5, 7), images: 2)
      let experiment = try Experiment(convolution, shape)
      let plan = try convolution.plan(for: shape, PlanOptions(threads: 2))
      let (inputs, outputs) = (Surroundings(shape), Surroundings(plan.outputShape))

      var memory = [Float](repeating: Canvas.sentinel, count: inputs.whole.count)
      for n in 0..<2 {
        for c in 0..<4 {
          let from = (n * 4 + c) * shape.planeSize
          let to = ((n + 1) * inputs.whole.channels + 2 + 2 * c) * shape.planeSize
          for i in 0..<shape.planeSize { memory[to + i] = experiment.input[from + i] }
        }
      }
      var target = [Float](repeating: Canvas.sentinel, count: outputs.whole.count)
      try run(plan, experiment, memory, inputs, &target, outputs)

      var found: [Float] = []
      for n in 0..<outputs.whole.images {
        for c in 0..<outputs.whole.channels {
          let from = (n * outputs.whole.channels + c) * outputs.whole.planeSize
          let plane = target[from..<from + outputs.whole.planeSize]
          if outputs.contains(image: n, channel: c) {
            found += plane
          } else {
            #expect(plane.allSatisfy { $0.bitPattern == Canvas.sentinel.bitPattern })
          }
        }
      }
      #expect(experiment.firstDifference(found) == nil, "\(plan)")
    }
  }

  private func run(
    _ plan: Plan, _ experiment: Experiment, _ memory: [Float], _ inputs: Surroundings,
    _ target: inout [Float], _ outputs: Surroundings
  ) throws {
    var workspace = plan.makeWorkspace()
    let source = try MapView(memory.span, shape: inputs.whole)
      .images(inputs.images).channels(inputs.channels, step: 2)
    var whole = try MutableMapView(target.mutableSpan, shape: outputs.whole)
    var images = try whole.images(outputs.images)
    var slice = try images.channels(outputs.channels, step: 2)
    try plan.run(
      plan.pack(experiment.parameters), source, into: &slice, workspace: &workspace)
  }

  @Test func groupsOfChannelsAreViewsOfOneMap() throws {
    // A grouped convolution by hand: one pointwise per interleaving of the channels.
    let groups = try ChannelGroups.interleaved(channels: 6, groups: 2)
    let grouped = try Convolution(
      channels: 6, stages: [Stage(.none(), .groups(inputs: groups, outputs: groups), bias: false)])
    let shape = MapShape(6, Extent(3, 5), images: 2)
    let experiment = try Experiment(grouped, shape)
    let one = try Convolution.pointwise(3, 3, bias: false)
    var partShape = shape
    partShape.channels = 3
    let plan = try one.plan(for: partShape)
    var workspace = plan.makeWorkspace()
    var target = [Float](repeating: 0, count: shape.count)
    let given = experiment.parameters[0]
    for group in 0..<2 {
      let source = try MapView(experiment.input.span, shape: shape)
        .channels(group..<6, step: 2)
      var whole = try MutableMapView(target.mutableSpan, shape: shape)
      var part = try whole.channels(group..<6, step: 2)
      let parameters = StageParameters(
        weights: Array(given.weights[group * 9..<group * 9 + 9]),
        scale: (0..<3).map { given.scale[2 * $0 + group] })
      try plan.run(plan.pack([parameters]), source, into: &part, workspace: &workspace)
    }
    #expect(experiment.firstDifference(target) == nil)
  }
}

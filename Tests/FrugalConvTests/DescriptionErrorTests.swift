import FrugalConv
import Testing

/// Something a caller may try, and the error it must get.
struct Refusal: Sendable, CustomTestStringConvertible {
  let error: FrugalConvError
  let attempt: @Sendable () throws -> Void

  init(_ error: FrugalConvError, _ attempt: @escaping @Sendable () throws -> Void) {
    self.error = error
    self.attempt = attempt
  }

  var testDescription: String { error.description }
}

/// Descriptions that make no sense, refused with the numbers that do not fit.
@Suite struct DescriptionErrorTests {
  private static let map = MapShape(channels: 4, height: 5, width: 6)
  private static let pointwise = try! Convolution.pointwise(4, 4)

  private static func plan(_ convolution: Convolution, _ shape: MapShape = map) throws {
    _ = try convolution.plan(for: shape)
  }

  private static func plan(_ window: Window) throws { try plan(.depthwise(4, window)) }

  static let channels = [
    Refusal(.notPositive(what: "channels", value: 0)) { _ = try Convolution.pointwise(0, 4) },
    Refusal(.notPositive(what: "channels", value: -3)) { _ = try Convolution.pointwise(4, -3) },
    Refusal(.notPositive(what: "groups", value: 0)) {
      _ = try Convolution.grouped(4, 4, groups: 0)
    },
    Refusal(.channelsNotDivisible(channels: 4, by: 3)) {
      _ = try Convolution.grouped(4, 6, groups: 3)
    },
    Refusal(.channelsNotDivisible(channels: 5, by: 2)) {
      _ = try Convolution.grouped(4, 5, groups: 2)
    },
    Refusal(.channelsNotDivisible(channels: 12, by: 8)) {
      _ = try ChannelGroups(channels: 12, size: 4, stride: 2)
    },
    Refusal(.channelsNotDivisible(channels: 12, by: Int.max)) {
      _ = try ChannelGroups(channels: 12, size: Int.max, stride: 2)
    },
    Refusal(.channelsNotDivisible(channels: 3, by: 6)) {
      _ = try ChannelGroups.interleaved(channels: 3, groups: 6)
    },
    Refusal(.notPositive(what: "the size of a group", value: 0)) {
      _ = try Convolution.igcv2(4, groupSizes: [1, 4, 0])
    },
    Refusal(.notPositive(what: "the stride of a group", value: -1)) {
      _ = try ChannelGroups(channels: 4, size: 2, stride: -1)
    },
    Refusal(.groupSizesDoNotMultiplyTo(channels: 8, sizes: [1, 2, 2])) {
      _ = try Convolution.igcv2(8, groupSizes: [1, 2, 2])
    },
    Refusal(.groupSizesDoNotMultiplyTo(channels: 8, sizes: [1, 4, 4])) {
      _ = try Convolution.igcv2(8, groupSizes: [1, 4, 4])
    },
    Refusal(.groupSizesDoNotMultiplyTo(channels: 8, sizes: [])) {
      _ = try Convolution.igcv2(8, groupSizes: [])
    },
    Refusal(.groupCountsDiffer(inputs: 2, outputs: 1)) {
      let mix = ChannelMix.groups(
        inputs: try ChannelGroups(channels: 4, size: 2),
        outputs: try ChannelGroups(channels: 4, size: 4))
      _ = try Convolution(channels: 4, stages: [Stage(.none(), mix)])
    },
    Refusal(.channelMismatch(expected: 6, found: 4)) {
      _ = try pointwise.followed(by: .pointwise(6, 2))
    },
    Refusal(.channelMismatch(expected: 4, found: 5)) {
      try plan(pointwise, MapShape(channels: 5, height: 1, width: 1))
    },
    Refusal(.noStages) { _ = try Convolution(channels: 4, stages: []) },
    Refusal(.notPositive(what: "displacements", value: 0)) { _ = try Convolution.shift([], 4) },
    Refusal(.notPositive(what: "kernel", value: 0)) {
      _ = try Convolution.convShiftConv(4, 4, expansion: 1, kernel: 0)
    },
    Refusal(.notPositive(what: "reduction", value: 0)) {
      _ = try Convolution.dsBlock(4, 4, reduction: 0)
    },
    Refusal(.sizeOverflows(factors: [Int.max, 2])) {
      _ = try Convolution.mobileNetV2Block(Int.max, 4, expansion: 2)
    },
    Refusal(.sizeOverflows(factors: [1 << 32, 1 << 32])) {
      _ = try Convolution.pointwise(1 << 32, 1 << 32)
    },
  ]

  @Test(arguments: channels) func channelsAndGroups(_ refusal: Refusal) {
    #expect(throws: refusal.error) { try refusal.attempt() }
  }

  static let steps = [
    Refusal(.notPositive(what: "kernel height", value: 0)) { try plan(Window(Extent(0, 3))) },
    Refusal(.notPositive(what: "kernel width", value: -1)) { try plan(Window(Extent(3, -1))) },
    Refusal(.notPositive(what: "stride height", value: 0)) { try plan(Window(3, stride: 0)) },
    Refusal(.notPositive(what: "dilation width", value: 0)) {
      try plan(Window(3, dilation: Extent(1, 0)))
    },
    Refusal(.notPositive(what: "stride width", value: -2)) {
      try plan(.pointwise(4, 4, stride: Extent(1, -2)))
    },
    Refusal(.notPositive(what: "stride height", value: 0)) {
      try plan(.shift(.evenlySpread(channels: 4), 4, stride: 0))
    },
    Refusal(.negativePadding(top: 0, left: -1, bottom: 2, right: 3)) {
      try plan(Window(3, padding: .explicit(top: 0, left: -1, bottom: 2, right: 3)))
    },
    Refusal(.kernelExceedsMap(kernel: Extent(3, 7), map: Extent(5, 6))) {
      try plan(Window(Extent(3, 7), padding: .valid))
    },
    Refusal(.kernelExceedsMap(kernel: Extent(9, 9), map: Extent(7, 8))) {
      try plan(Window(3, dilation: 4, padding: .all(1)))
    },
    Refusal(.displacementCount(channels: 4, displacements: 3)) {
      let step = SpatialStep.shift(.evenlySpread(channels: 3))
      try plan(Convolution(channels: 4, stages: [Stage(step)]))
    },
    Refusal(.displacementNotFinite(channel: 1, dy: 0, dx: .infinity)) {
      let displacements = [RealDisplacement(dy: 0, dx: 0), RealDisplacement(dy: 0, dx: .infinity)]
      try plan(.activeShift(displacements, 4), MapShape(channels: 2, height: 5, width: 6))
    },
    Refusal(.residualDoesNotFit(input: map, output: MapShape(channels: 4, height: 3, width: 3))) {
      var convolution = try Convolution.pointwise(4, 4, stride: 2)
      convolution.residual = Residual(.input)
      try plan(convolution)
    },
    Refusal(.notFinite(what: "beta of swish", value: .infinity)) {
      try plan(.pointwise(4, 4, activation: .swish(beta: .infinity)))
    },
    Refusal(.notPositive(what: "hidden channels of squeeze-excite", value: 0)) {
      try plan(.squeezeExcite(4, SqueezeExcite(hidden: 0)))
    },
    Refusal(.notPositive(what: "threads", value: 0)) {
      _ = try pointwise.plan(for: map, PlanOptions(threads: 0))
    },
    Refusal(.emptyShape(MapShape(channels: 4, height: 0, width: 6))) {
      try plan(pointwise, MapShape(channels: 4, height: 0, width: 6))
    },
    Refusal(.emptyShape(MapShape(images: -1, channels: 4, height: 5, width: 6))) {
      _ = try FeatureMap(MapShape(images: -1, channels: 4, height: 5, width: 6))
    },
  ]

  @Test(arguments: steps) func spatialStepsAndShapes(_ refusal: Refusal) {
    #expect(throws: refusal.error) { try refusal.attempt() }
  }

  @Test func aNaNInADescriptionIsRefused() {
    // NaN is not equal to itself, so the error cannot be compared whole.
    for activation in [Activation.clamp(low: .nan, high: 1), .clamp(low: 0, high: .nan)] {
      let error = #expect(throws: FrugalConvError.self) {
        try Self.plan(.pointwise(4, 4, activation: activation))
      }
      guard case .notFinite(_, let value) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(value.isNaN)
    }
  }

  @Test func stagesThatMixTwoStepsSayWhich() throws {
    func index(_ stages: [Stage], _ residual: Residual? = nil) throws -> Int? {
      let error = #expect(throws: FrugalConvError.self) {
        try Self.plan(Convolution(channels: 4, stages: stages, residual: residual))
      }
      guard case .invalidStage(let index, let reason) = error, !reason.isEmpty else { return nil }
      return index
    }
    let (dense, plain) = (try ChannelMix.dense(4, 4), Stage(.none()))
    #expect(try index([Stage(.depthwise(Window(3)), dense)]) == 0)
    #expect(try index([plain, Stage(.window(Window(3)))]) == 1)
    #expect(try index([plain, plain, Stage(.globalAverage, dense)]) == 2)
    #expect(try index([Stage(.pool(.maximum, Window(2)), dense)]) == 0)
    let excited = Stage(.none(), squeezeExcite: SqueezeExcite(hidden: 1))
    #expect(try index([plain, excited], Residual(.input)) == 1)
  }

  @Test func nothingFollowsAResidual() throws {
    var convolution = Self.pointwise
    convolution.residual = Residual(.input)
    let error = #expect(throws: FrugalConvError.self) {
      try convolution.followed(by: Self.pointwise)
    }
    guard case .invalidStage(index: 1, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func everyErrorSaysItsNumbers() {
    for refusal in Self.channels + Self.steps {
      let words = refusal.error.description
      #expect(words.count > 10 && !words.contains("FrugalConvError"))
    }
    #expect(
      FrugalConvError.bufferTooShort(needed: 101, found: 99).description
        == "the buffer has 99 elements, the shape and strides need 101")
  }
}

import FrugalConv
import Testing

@Suite struct BlockTests {
  @Test(arguments: [(3, 3, 6), (4, 7, 2), (7, 7, 1), (1, 1, 3)], oddShapes)
  func mobileNetV2Block(_ sizes: (Int, Int, Int), _ extent: Extent) throws {
    for window in [Window(3), Window(5, stride: 2, padding: .sameTensorFlow)] {
      let convolution = try Convolution.mobileNetV2Block(
        sizes.0, sizes.1, expansion: sizes.2, window)
      try check(convolution, MapShape(sizes.0, extent, images: 2))
    }
  }

  @Test(arguments: [false, true], oddShapes)
  func dsBlockWithAndWithoutTheExtraPointwise(_ extra: Bool, _ extent: Extent) throws {
    for window in [Window(3), Window(5, stride: 2, padding: .sameTensorFlow)] {
      let convolution = try Convolution.dsBlock(
        4, 4, window, reduction: 8, beta: 1.25, extraPointwise: extra)
      try check(convolution, MapShape(4, extent, images: 2))
    }
  }

  @Test func dsBlockWithoutExpansionAndWithGivenHiddenChannels() throws {
    let convolution = try Convolution.dsBlock(7, 3, expansion: 1, hidden: 5, bias: false)
    #expect(convolution.stages.count == 2)
    try check(convolution, MapShape(7, Extent(5, 8), images: 5))
  }

  @Test func theInputIsAddedOnlyWhenItFits() throws {
    for (outputs, stride, adds) in [(4, 1, true), (5, 1, false), (4, 2, false)] {
      let window = Window(3, stride: Extent(stride))
      for block: Convolution in [
        try .mobileNetV2Block(4, outputs, window), try .dsBlock(4, outputs, window),
        try .igcv3Block(4, outputs * 2, groups: (2, 2), window),
      ] {
        let fits = adds && block.outputChannels == 4
        #expect(block.residual == (fits ? Residual(.input) : nil))
      }
    }
    #expect(try Convolution.igcv3Block(4, 4).residual == Residual(.input))
  }

  @Test(arguments: [1, 3, 33], oddShapes)
  func squeezeExciteAlone(_ channels: Int, _ extent: Extent) throws {
    for gate in [Activation.sigmoid, .identity, .hardSwish] {
      let squeezeExcite = SqueezeExcite(hidden: 2, activation: .swish(), gate: gate)
      try check(
        .squeezeExcite(channels, squeezeExcite), MapShape(channels, extent, images: 2))
    }
  }

  @Test func squeezeExciteAfterEachKindOfStage() throws {
    let squeezeExcite = SqueezeExcite(hidden: 3)
    let mix = try ChannelMix.dense(5, 6)
    let depthwise = SpatialStep.depthwise(Window(3, stride: 2))
    for (step, mix) in [
      (SpatialStep.none(), mix), (.window(Window(3)), mix), (depthwise, .none), (.none(), .none),
      (.pool(.maximum, Window(2)), .none),
    ] {
      let first = Stage(step, mix, activation: .relu, squeezeExcite: squeezeExcite)
      let last = Stage(.none(), .none, activation: .hardSwish)
      for stages in [[first], [first, last]] {
        try check(
          Convolution(channels: 5, stages: stages), MapShape(5, Extent(7, 6), images: 3))
      }
    }
  }

  @Test func squeezeExciteOfLargePlanes() throws {
    let block = try Convolution.dsBlock(2, 2, expansion: 3, hidden: 2)
    try check(block, MapShape(2, Extent(45, 44)))
    try check(.squeezeExcite(2, SqueezeExcite(hidden: 1)), MapShape(2, Extent(131, 129)))
  }

  @Test func aShiftAfterSqueezeExciteReadsTheScaledMap() throws {
    let first = Stage(
      .none(), try .dense(3, 4), activation: .relu, squeezeExcite: SqueezeExcite(hidden: 2))
    let shift = try Convolution.shift(.evenlySpread(channels: 4, kernel: 2), 3)
    let convolution = try Convolution(channels: 3, stages: [first]).followed(by: shift)
    try check(convolution, MapShape(3, Extent(5, 6), images: 2), forms: ShiftForm.allCases)
  }

  @Test func squeezeExciteOnAnIntermediateAndOnTheLastStage() throws {
    let squeezeExcite = SqueezeExcite(hidden: 2)
    let stages = [
      Stage(.none(), try .dense(3, 4), squeezeExcite: squeezeExcite),
      Stage(.depthwise(Window(3)), squeezeExcite: squeezeExcite),
      Stage(.none(), try .dense(4, 5), squeezeExcite: squeezeExcite),
    ]
    try check(Convolution(channels: 3, stages: stages), MapShape(3, Extent(4, 9), images: 2))
  }
}

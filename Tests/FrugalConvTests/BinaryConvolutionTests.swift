import ReferenceKernels
import Testing

@testable import FrugalConv

/// Products of one-bit numbers through plans: exactly the sums of plain loops, for every encoding,
/// padding, level and number of threads.
@Suite struct BinaryConvolutionTests {
  private static func checkAll(
    _ convolution: Convolution, _ shape: MapShape, _ level: Level,
    paddings: [BitPadding] = [.zero, .ones, .zeroBits],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    for weights in [BitValues.signs, .units] {
      for padding in paddings {
        let options = BinaryOptions(weights: weights, padding: padding)
        let signs = try BinaryExperiment<Signs>(convolution, shape, options)
        try signs.check(level, .tables, location)
        try signs.checkPlanesAndLanes(level, location)
        let units = try BinaryExperiment<Units>(convolution, shape, options)
        try units.check(level, .tables, location)
        try units.checkPlanesAndLanes(level, location)
      }
    }
  }

  @Test(arguments: Level.available, [1, 63, 64, 65, 127])
  func pointwiseSumsAreExact(_ level: Level, _ channels: Int) throws {
    for (outputs, extent) in [(1, Extent(1, 1)), (33, Extent(5, 3)), (64, Extent(7, 7))] {
      let convolution = try Convolution.pointwise(channels, outputs)
      try Self.checkAll(
        convolution, MapShape(channels, extent, images: 2), level, paddings: [.zero])
      for weights in [BitValues.signs, .units] {
        let options = BinaryOptions(weights: weights)
        let shape = MapShape(channels, extent, images: 2)
        try BinaryExperiment<Units>(convolution, shape, options).check(level, .words)
        if weights == .signs {
          try BinaryExperiment<Signs>(convolution, shape, options).check(level, .words)
        }
      }
    }
  }

  @Test(arguments: Level.available, [1984, 2047])
  func manyChannelsAreExact(_ level: Level, _ channels: Int) throws {
    let shape = MapShape(channels, Extent(2, 3))
    let convolution = try Convolution.pointwise(channels, 70)
    try BinaryExperiment<Signs>(convolution, shape, BinaryOptions()).check(level, .tables)
    try BinaryExperiment<Units>(convolution, shape, BinaryOptions()).check(level, .tables)
    try BinaryExperiment<Signs>(convolution, shape, BinaryOptions()).check(level, .lanes)
    try BinaryExperiment<Units>(convolution, shape, BinaryOptions()).check(level, .lanes)
    let connected = try Convolution.fullyConnected(channels, 65)
    let pixel = MapShape(channels, 1, images: 3)
    try BinaryExperiment<Signs>(connected, pixel, BinaryOptions()).check(level)
    try BinaryExperiment<Units>(connected, pixel, BinaryOptions()).check(level)
  }

  @Test(arguments: Level.available)
  func windowSumsAreExactWithEveryPadding(_ level: Level) throws {
    let windows = [
      Window(3), Window(3, stride: 2), Window(3, stride: 2, padding: .sameTensorFlow),
      Window(Extent(2, 5), dilation: 2, padding: .valid), Window(3, padding: .all(4)),
      Window(5, stride: 3),
    ]
    for (index, window) in windows.enumerated() {
      let channels = [4, 65, 7, 13, 64, 30][index]
      let shape = MapShape(channels, Extent(6, 9), images: 2)
      try Self.checkAll(.window(channels, [5, 64, 40, 33, 1, 70][index], window), shape, level)
    }
  }

  @Test(arguments: Level.available) func largeWindowsAreCutIntoStrips(_ level: Level) throws {
    let shape = MapShape(channels: 100, height: 21, width: 40)
    try BinaryExperiment<Signs>(.window(100, 66, Window(3)), shape, BinaryOptions()).check(level)
  }

  @Test func stripsCoverEveryRowOnce() throws {
    for channels in [64, 512] {
      let convolution = try Convolution.window(channels, 64, Window(3))
      for height in 1...60 {
        let shape = MapShape(channels, Extent(height, 40))
        let plan = try convolution.binaryPlan(for: shape, encoding: Signs.self)
        let product = try #require(plan.stages[0].product)
        let rows = (0..<product.strips).flatMap { product.cut.rows(of: $0) }
        #expect(rows == Array(0..<height))
      }
    }
  }

  @Test(arguments: Level.available) func groupedSumsAreExact(_ level: Level) throws {
    for (inputs, outputs, groups) in [(12, 8, 4), (66, 33, 3), (128, 256, 2)] {
      let shape = MapShape(inputs, Extent(5, 4))
      try Self.checkAll(.grouped(inputs, outputs, groups: groups, Window(3)), shape, level)
      try Self.checkAll(
        .grouped(inputs, outputs, groups: groups, Window(1, stride: 2)), shape, level)
    }
  }

  @Test(arguments: Level.available) func interleavedSumsAreExact(_ level: Level) throws {
    for (channels, outputs, groups) in [(12, 12, 3), (70, 35, 5), (128, 128, 32)] {
      let mix = ChannelMix.groups(
        inputs: try .interleaved(channels: channels, groups: groups),
        outputs: try .interleaved(channels: outputs, groups: groups))
      for step in [SpatialStep.none(), .window(Window(3))] {
        let convolution = try Convolution(channels: channels, stages: [Stage(step, mix)])
        try Self.checkAll(convolution, MapShape(channels, Extent(4, 5)), level)
      }
    }
  }

  @Test(arguments: Level.available) func shiftedSumsAreExact(_ level: Level) throws {
    for (channels, outputs) in [(5, 3), (64, 65), (130, 64)] {
      var displacements = [Displacement].evenlySpread(channels: channels, dilation: 2)
      displacements[channels / 2] = Displacement(dy: 3, dx: -100)
      displacements[channels - 1] = Displacement(dy: Int.min, dx: Int.max)
      for stride in [1, 2] as [Extent] {
        let shape = MapShape(channels, Extent(5, 7), images: 2)
        try Self.checkAll(.shift(displacements, outputs, stride: stride), shape, level)
      }
    }
  }

  /// Maps whose channels are displaced where they become bits: displacements within them and beyond,
  /// rows longer than a task and shorter, bits in the map's order and with gaps between groups.
  @Test(arguments: Level.available) func shiftsOfLargeMapsAreExact(_ level: Level) throws {
    for (channels, groups) in [(5, 1), (70, 1), (30, 2)] {
      var displacements = [Displacement].evenlySpread(channels: channels)
      displacements[0] = Displacement(dy: -3, dx: 2)
      displacements[channels / 2] = Displacement(dy: 40, dx: -40)
      displacements[channels - 1] = Displacement(dy: 1, dx: Int.min)
      let mix = ChannelMix.groups(
        inputs: try .interleaved(channels: channels, groups: groups),
        outputs: try .contiguous(channels: 3 * groups, groups: groups))
      let convolution = try Convolution(
        channels: channels, stages: [Stage(.shift(displacements), mix)])
      for extent in [Extent(32, 33), Extent(2, 1030), Extent(1040, 1)] {
        let shape = MapShape(channels, extent, images: 2)
        for (padding, weights) in [
          (BitPadding.zero, BitValues.signs), (.zeroBits, .units), (.ones, .signs),
        ] {
          let options = BinaryOptions(weights: weights, padding: padding)
          let plan = try convolution.binaryPlan(for: shape, encoding: Signs.self, options)
          let displacement = plan.stages[0].product?.packedDisplacement
          // What is outside is cleared.
          #expect((displacement == nil) == (padding == .ones))
          try BinaryExperiment<Signs>(convolution, shape, options).check(level, .tables)
          try BinaryExperiment<Signs>(convolution, shape, options).checkPlanesAndLanes(level)
          try BinaryExperiment<Units>(convolution, shape, options).checkPlanesAndLanes(level)
        }
      }
    }
  }

  @Test(arguments: Level.available) func onlyTheFirstStageIsPackedDisplaced(
    _ level: Level
  ) throws {
    let displacements = [Displacement].evenlySpread(channels: 9)
    for convolution: Convolution in try [
      .shift(displacements, 4, stride: 2),
      .pointwise(5, 9).followed(by: .shift(displacements, 4)),
    ] {
      let shape = MapShape(convolution.channels, Extent(32, 33))
      let plan = try convolution.binaryPlan(for: shape, encoding: Signs.self)
      #expect(plan.stages.allSatisfy { $0.product?.packedDisplacement == nil })
      try BinaryExperiment<Signs>(convolution, shape, BinaryOptions()).check(level)
    }
  }

  /// Sums that take all values of a byte, and channels that are always even in number outside.
  @Test(arguments: Level.available) func shiftsOfEvenlyManyChannelsAreExact(
    _ level: Level
  ) throws {
    let pairs = [Displacement].evenlySpread(channels: 126)
    let displacements = (0..<252).map { pairs[$0 / 2] }
    for extent in [Extent(5, 6), Extent(32, 33)] {
      try BinaryExperiment<Signs>(
        .shift(displacements, 3), MapShape(252, extent), BinaryOptions()
      ).check(level, .planes, threads: 1...1)
    }
    // All ones, and where all but the middle is outside.
    let convolution = try Convolution.shift(displacements, 2)
    let plan = try convolution.binaryPlan(
      for: MapShape(252, 4), encoding: Signs.self, BinaryOptions(kernel: .planes, level: level))
    let ones = try BitMap<Signs>(
      IntegerMap([Int](repeating: 1, count: 252 * 16), MapShape(252, 4)))
    let weights = [Float](repeating: 1, count: 252) + [Float](repeating: -1, count: 252)
    var sums = [Int32](repeating: 0, count: 32)
    try plan.run(plan.pack([BinaryParameters(weights: weights)]), ones, into: &sums)
    #expect(sums[5] == 252 && sums[21] == -252)
    #expect(sums[0] == 252 - 5 * 28 && sums[16] == 5 * 28 - 252)
  }

  /// Both read one tap of four, of a shift that of one channel.
  @Test func weightsOfAWindowDoNotFitAShift() throws {
    var displacements = [Displacement](repeating: Displacement(dy: 0, dx: 0), count: 4)
    displacements[0] = Displacement(dy: 1, dx: 1)
    let options = BinaryOptions(kernel: .tables)
    let shape = MapShape(4, 3)
    let shift = try Convolution.shift(displacements, 2)
      .binaryPlan(for: shape, encoding: Signs.self, options)
    let padding = Padding.explicit(top: 0, left: 0, bottom: 1, right: 1)
    let window = try Convolution.window(4, 2, Window(1, padding: padding))
      .binaryPlan(for: shape, encoding: Signs.self, options)
    let parameters = [BinaryParameters(weights: [Float](repeating: 1, count: 8))]
    let (ours, others) = try (shift.pack(parameters), window.pack(parameters))
    #expect(ours.packing != others.packing)
  }

  @Test(arguments: Level.available) func shiftInGroupsIsExact(_ level: Level) throws {
    let mix = ChannelMix.groups(
      inputs: try .contiguous(channels: 36, groups: 3),
      outputs: try .interleaved(channels: 6, groups: 3))
    let step = SpatialStep.shift(.evenlyGrouped(channels: 36))
    let convolution = try Convolution(channels: 36, stages: [Stage(step, mix)])
    try Self.checkAll(convolution, MapShape(36, Extent(4, 6)), level)
  }

  /// Channels around the ends of words, nibbles and bytes, of whole maps and of groups.
  @Test(arguments: Level.available, [1, 63, 64, 65, 127, 1984, 2047])
  func windowsShiftsAndGroupsAreExactAroundTheEndsOfWords(
    _ level: Level, _ channels: Int
  ) throws {
    let many = channels > 1000
    var displacements = [Displacement].evenlySpread(channels: channels)
    displacements[0] = Displacement(dy: -7, dx: 2)
    let outputs = many ? 2 : 65
    let interleaved = ChannelMix.groups(
      inputs: try .interleaved(channels: 2 * channels, groups: 2),
      outputs: try .interleaved(channels: 6, groups: 2))
    let convolutions: [Convolution] = try [
      .window(channels, many ? 1 : 3, Window(3, stride: Extent(1, 2))),
      .shift(displacements, outputs), .grouped(2 * channels, 6, groups: 2, Window(Extent(1, 2))),
      Convolution(channels: 2 * channels, stages: [Stage(.none(stride: 2), interleaved)]),
    ]
    for (index, convolution) in convolutions.enumerated() {
      let shape = MapShape(convolution.channels, Extent(3, 4), images: many ? 1 : 2)
      let weights = [BitValues.signs, .units][index % 2]
      for padding in [BitPadding.zero, .ones, .zeroBits] {
        let options = BinaryOptions(weights: weights, padding: padding)
        try BinaryExperiment<Signs>(convolution, shape, options).check(level, threads: 1...1)
        try BinaryExperiment<Units>(convolution, shape, options).check(level, threads: 2...2)
        try BinaryExperiment<Signs>(convolution, shape, options)
          .checkPlanesAndLanes(level, threads: 1...1)
        try BinaryExperiment<Units>(convolution, shape, options)
          .checkPlanesAndLanes(level, threads: 2...2)
      }
    }
  }

  @Test func planesTakeWhatTheyComputeExactly() throws {
    func kernel(_ convolution: Convolution) throws -> BinaryKernel? {
      let shape = MapShape(convolution.channels, Extent(6, 7))
      let options = BinaryOptions(kernel: .planes)
      do {
        return try convolution.binaryPlan(for: shape, encoding: Signs.self, options)
          .stages[0].product?.kernel
      } catch FrugalConvError.noBinaryForm { return nil }
    }
    #expect(try kernel(.window(3640, 1, Window(3))) == .planes)
    #expect(try kernel(.window(3641, 1, Window(3))) == nil)
    #expect(try kernel(.shift(.evenlySpread(channels: 36), 4)) == .planes)
    #expect(try kernel(.shift(.evenlySpread(channels: 36), 4, stride: 2)) == .planes)
    // A byte holds the sum of 124 products of ±1, and of 252 where those outside are even.
    #expect(try kernel(.shift(.evenlySpread(channels: 124), 4)) == .planes)
    #expect(try kernel(.shift(.evenlySpread(channels: 125), 4)) == nil)
    #expect(try kernel(.shift(.evenlySpread(channels: 252), 4)) == .planes)
    #expect(try kernel(.shift(.evenlySpread(channels: 254), 4)) == nil)
    // Sixteen kinds of pixels near the border.
    let wide = [Displacement].evenlySpread(channels: 50, kernel: 5)
    #expect(try kernel(.shift(wide, 4)) == nil)
    #expect(try kernel(.window(4, 9, Window(3, stride: 2))) == nil)
  }

  /// One group's channels are displaced alike, the other's all differently, some beyond the map.
  @Test(arguments: Level.available)
  func groupsOfUnequallyManyNibblesAreExact(_ level: Level) throws {
    for size in [1, 4, 5, 6] {
      for stride in [1, 2] {
        let inputs = try ChannelGroups(channels: 2 * size, size: size, stride: stride)
        let displacements = (0..<2 * size).map { channel in
          (channel / stride / size + channel % stride) % 2 == 0
            ? Displacement(dy: 1, dx: -2)
            : Displacement(dy: channel % 3 - 1, dx: channel == 3 ? 99 : 2 - channel / 2)
        }
        let convolution = try Convolution(
          channels: 2 * size,
          stages: [
            Stage(
              .shift(displacements),
              .groups(inputs: inputs, outputs: .contiguous(channels: 10, groups: 2)))
          ])
        for padding in [BitPadding.zero, .ones, .zeroBits] {
          let options = BinaryOptions(padding: padding, level: level)
          let shape = MapShape(2 * size, Extent(5, 34), images: 2)
          try BinaryExperiment<Signs>(convolution, shape, options).check(level, .planes)
          try BinaryExperiment<Units>(convolution, shape, options).check(level, .planes)
        }
      }
    }
  }

  @Test(arguments: Level.available) func theMostProductsOfPlanesAreExact(_ level: Level) throws {
    // All weights and pixels +1: sums come to both ends of a byte, and beyond.
    for (channels, ones) in [
      (28, true), (28, false), (14, true), (13, false), (30, true), (29, false), (400, false),
    ] {
      let convolution = try Convolution.window(channels, 5, Window(3))
      let shape = MapShape(channels, Extent(5, 6))
      let options = BinaryOptions(padding: .ones, level: level)
      var planes = options
      planes.kernel = .planes
      let weights = [Float](repeating: ones ? 1 : -1, count: channels * 9 * 5)
      let least = [-9 * channels, 9 * channels, 9 * channels + 1, 0, 1 - 9 * channels]
      let parameters = BinaryParameters(weights: weights, threshold: .atLeast(least))
      let input = try BitMap<Signs>(
        IntegerMap([Int](repeating: 1, count: shape.count), shape))
      let plan = try convolution.binaryPlan(for: shape, encoding: Signs.self, planes)
      var sums = [Int32](repeating: 0, count: plan.outputShape.count)
      try plan.run(plan.pack([parameters]), input, into: &sums)
      let sum = ones ? 9 * channels : -9 * channels
      #expect(sums.allSatisfy { $0 == sum })
      let expected = (0..<plan.outputShape.count).map { sum >= least[$0 / 30] ? 1 : 0 }
      #expect(
        try plan.run(plan.pack([parameters]), input)
          == BitMap<Signs>(IntegerMap(expected, plan.outputShape)))
    }
  }

  /// Filters around the ends of words and of the kernels' tiles.
  @Test(arguments: Level.available, [1, 31, 32, 33, 63, 64, 65, 127, 128, 129])
  func anyNumberOfFiltersIsExact(_ level: Level, _ filters: Int) throws {
    for (index, channels) in [5, 64].enumerated() {
      for extent in [Extent(1, 1), Extent(1, 5), Extent(3, 3)] {
        let options = BinaryOptions(padding: [.zero, .ones][index])
        let window = try BinaryExperiment<Signs>(
          .window(channels, filters, Window(3)), MapShape(channels, extent), options)
        try window.check(level, threads: 1...1)
        try window.checkPlanesAndLanes(level, threads: 1...1)
        let pointwise = try BinaryExperiment<Units>(
          .pointwise(channels, filters), MapShape(channels, extent), options)
        try pointwise.check(level, threads: 3...3)
        try pointwise.checkPlanesAndLanes(level, threads: 3...3)
      }
    }
  }

  @Test(arguments: Level.available) func randomProblemsAreExact(_ level: Level) throws {
    try tryRandomSeeds { try binaryStackHolds($0, products: 1...1, extent: 1...12, level) }
  }

  /// The same problems every time.
  @Test(arguments: Level.available, 0..<10 as Range<UInt64>)
  func knownProblemsAreExact(_ level: Level, _ seed: UInt64) throws {
    _ = try binaryStackHolds(seed, products: 1...1, extent: 1...12, level)
  }
}

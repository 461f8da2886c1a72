import FrugalConv
import ReferenceKernels
import Testing

@Suite struct ShiftTests {
  private func random(_ channels: Int, reach: Int, seed: UInt64 = 3) -> [Displacement] {
    var generator = Generator(seed: seed)
    return (0..<channels).map { _ in
      Displacement(
        dy: generator.integer(-reach...reach), dx: generator.integer(-reach...reach))
    }
  }

  @Test(arguments: [1, 3, 7, 33], oddShapes)
  func presetsMoveEachChannelItsOwnWay(_ channels: Int, _ extent: Extent) throws {
    let shape = MapShape(channels, extent, images: 2)
    try check(.shift(.evenlySpread(channels: channels), 3), shape)
    try check(.shift(.evenlyGrouped(channels: channels, dilation: 2), 3), shape)
  }

  @Test(arguments: [1, 2, Extent(1, 2), Extent(3, 2)] as [Extent], [1, 3, 40])
  func arbitraryDisplacementsWithStride(_ stride: Extent, _ reach: Int) throws {
    for extent in oddShapes {
      let convolution = try Convolution.shift(
        random(9, reach: reach), 4, stride: stride, activation: .relu)
      try check(convolution, MapShape(9, extent, images: 2))
    }
  }

  @Test(arguments: [Int.max, Int.min, Int(Int32.max) + 1, Int(Int32.min), 1 << 40])
  func displacementsFarBeyondTheMapGiveZeros(_ far: Int) throws {
    let displacements = [
      Displacement(dy: far, dx: 0), Displacement(dy: 0, dx: far), Displacement(dy: far, dx: far),
      Displacement(dy: 1, dx: -1),
    ]
    for stride in [1, 2] as [Extent] {
      try check(.shift(displacements, 3, stride: stride), MapShape(4, Extent(5, 6)))
    }
  }

  @Test(arguments: -20...20)
  func everyColumnDisplacementOfARow(_ dx: Int) throws {
    let displacements = [Displacement(dy: 0, dx: dx), Displacement(dy: -1, dx: -dx)]
    try check(.shift(displacements, 2), MapShape(2, Extent(2, 17)))
  }

  @Test(arguments: Array(1...41) + [63, 64, 65, 127, 130], [1, 2, 3])
  func everyWidthOfARow(_ width: Int, _ stride: Int) throws {
    let displacements = [0, 1, -1, 9, -8].map { Displacement(dy: $0 % 2, dx: $0) }
    let step = SpatialStep.shift(displacements, stride: Extent(1, stride))
    let convolution = try Convolution(channels: 5, stages: [Stage(step, bias: false)])
    try check(convolution, MapShape(5, Extent(2, width)))
  }

  @Test(arguments: oddShapes, [1, 2, Extent(2, 1)] as [Extent])
  func bothFormsAfterAPointwiseAreTheSameFunction(_ extent: Extent, _ stride: Extent) throws {
    let convolution = try Convolution.convShiftConv(3, 4, expansion: 5, stride: stride)
    try check(convolution, MapShape(3, extent, images: 2), forms: ShiftForm.allCases)
  }

  @Test func displacedWritesReachFromStripToStrip() throws {
    // Planes of several strips, displaced by more rows than a strip has, and beyond the map.
    let shift = try Convolution.shift(random(20, reach: 30), 3, activation: .relu)
    for extent in [Extent(45, 21), Extent(23, 40)] {
      let convolution = try Convolution.pointwise(2, 20, activation: .relu).followed(by: shift)
      try check(convolution, MapShape(2, extent), forms: ShiftForm.allCases)
    }
  }

  @Test func aShiftFollowsAGroupedAWindowAndAnotherShift() throws {
    let shift = try Convolution.shift(random(6, reach: 2), 5)
    for first: Convolution in [
      try .grouped(4, 6, groups: 2), try .window(4, 6, Window(3, stride: 2)),
      try .shift(random(4, reach: 1), 6), try .pointwise(4, 6, activation: .hardSwish),
    ] {
      try check(
        first.followed(by: shift), MapShape(4, Extent(7, 9), images: 2), forms: ShiftForm.allCases)
    }
  }

  @Test func shiftAloneAndShiftIntoGroups() throws {
    let displacements = random(6, reach: 2)
    let alone = try Convolution(
      channels: 6, stages: [Stage(.shift(displacements, stride: 2), activation: .relu)])
    let groups = try ChannelGroups(channels: 6, size: 3, stride: 2)
    let mixed = try Convolution(
      channels: 6, stages: [Stage(.shift(displacements), .groups(inputs: groups, outputs: groups))])
    for extent in oddShapes {
      try check(alone, MapShape(6, extent, images: 2))
      try check(mixed, MapShape(6, extent, images: 2))
    }
  }

  @Test func presetsSpreadEvenlyAndLeaveTheRestInPlace() {
    for (channels, kernel) in [(9, 3), (31, 3), (50, 5), (4, 3)] {
      for preset: [Displacement] in [
        .evenlySpread(channels: channels, kernel: kernel),
        .evenlyGrouped(channels: channels, kernel: kernel),
      ] {
        let each = channels / (kernel * kernel)
        let used = preset.prefix(each * kernel * kernel)
        let counts = Dictionary(used.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts.values.allSatisfy { $0 == each })
        #expect(counts.count == (each > 0 ? kernel * kernel : 0))
        #expect(counts.keys.allSatisfy { max(abs($0.dy), abs($0.dx)) <= kernel / 2 })
        #expect(preset.dropFirst(used.count).allSatisfy { $0 == Displacement(dy: 0, dx: 0) })
      }
    }
  }

  @Test func spreadPresetIsShiftNets() {
    // dx = d·(c mod k − ⌊k/2⌋), dy = d·(⌊c/k⌋ mod k − ⌊k/2⌋)
    for (c, d) in [Displacement].evenlySpread(channels: 27, kernel: 3, dilation: 2).enumerated() {
      #expect(d == Displacement(dy: 2 * (c / 3 % 3 - 1), dx: 2 * (c % 3 - 1)))
    }
  }

  /// What is asked for ahead ends with the plane, however far the stride goes: both of these read
  /// one row, and a loop over the larger stride takes a hundred thousand times as long.
  @Test func aStrideBeyondTheMapCostsNoMoreThanTheMap() throws {
    let displacements = [Displacement](repeating: Displacement(dy: 0, dx: 0), count: 6)
    let shape = MapShape(6, Extent(5, 9))
    func quickest(_ stride: Int) throws -> Duration {
      let convolution = try Convolution.shift(displacements, 4, stride: Extent(stride, 1))
      try check(convolution, shape)
      let plan = try convolution.plan(for: shape, PlanOptions(threads: 1, executor: .fused))
      let weights = try plan.pack([StageParameters(weights: [Float](repeating: 1, count: 24))])
      let input = try FeatureMap(shape)
      let clock = ContinuousClock()
      return try (0..<5).map { _ in
        try clock.measure { _ = try plan.run(weights, input) }
      }.min()!
    }
    #expect(try quickest(1 << 30) < quickest(5) * 1000)
  }
}

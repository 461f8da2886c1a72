import ReferenceKernels
import Testing

@testable import FrugalConv

@Suite struct ChainTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func everyStepFindsItsRowsInTheWindowAndComputesNoneTwice(_ seed: UInt64) throws {
    var generator = Generator(seed: seed)
    let count = generator.integer(2...4)
    let steps = (0..<count).map { _ -> SpatialStep in
      let stride = Extent(generator.integer(1...3))
      let window = Window(
        Extent(generator.integer(1...5)), stride: stride,
        dilation: Extent(generator.integer(1...2)), padding: .all(8))
      let displacement = Displacement(dy: generator.integer(-9...9), dx: 0)
      return generator.pick([
        .none(), .none(stride: stride), .depthwise(window), .shift([displacement], stride: stride),
      ])
    }
    var maps = [MapShape(channels: 1, height: generator.integer(1...90), width: 3)]
    for step in steps {
      let extent = try step.output(of: maps[maps.count - 1].extent)
      maps.append(MapShape(channels: 1, height: extent.height, width: extent.width))
    }
    let reach = ChainReach(steps: steps, maps: maps)
    let stripRows = generator.integer(1...8)
    let slabs = min(generator.integer(1...3), maps[count].height)
    let chain = try Chain(0..<count, reach, stripRows: stripRows, slabs: slabs)

    var written: [Range<Int>] = []
    for slab in chain.slabs {
      var held = [ClosedRange<Int>?](repeating: nil, count: count)
      var origins = [Int](repeating: 0, count: count)
      for step in slab {
        if step.stage > 0 {
          let needed = try steps[step.stage].rowsRead(for: step.rows, of: maps[step.stage].extent)
          let there = try #require(held[step.stage - 1])
          #expect(step.readOrigin == origins[step.stage - 1], "seed \(seed)")
          #expect(there.lowerBound <= needed.lowerBound, "seed \(seed): \(step)")
          #expect(there.upperBound >= needed.upperBound - 1, "seed \(seed): \(step)")
        }
        guard step.stage < count - 1 else {
          #expect(step.strip == written.count, "seed \(seed)")
          written.append(step.rows)
          continue
        }
        if let there = held[step.stage] {
          #expect(step.rows.lowerBound > there.upperBound, "seed \(seed): computed twice")
        }
        let moves = held[step.stage] != nil && step.writeOrigin != origins[step.stage]
        var first = held[step.stage]?.lowerBound ?? step.rows.lowerBound
        if moves { first = step.kept.isEmpty ? step.rows.lowerBound : step.kept.lowerBound }
        if !step.kept.isEmpty {
          #expect(step.keptOrigin == origins[step.stage], "seed \(seed)")
          #expect(
            step.kept.lowerBound - step.keptOrigin >= step.kept.count,
            "seed \(seed): a window moves over itself")
        }
        origins[step.stage] = step.writeOrigin
        held[step.stage] = first...step.rows.upperBound - 1
        #expect(step.writeOrigin <= first, "seed \(seed)")
        let capacity = chain.windows[step.stage].capacity
        #expect(step.rows.upperBound <= step.writeOrigin + capacity, "seed \(seed): \(step)")
      }
    }
    #expect(written.flatMap { $0 } == Array(0..<maps[count].height), "seed \(seed)")
    #expect(chain.strips == written.count, "seed \(seed)")
  }

  @Test func gatesStandBetweenChains() throws {
    let large = MapShape(channels: 16, height: 112, width: 112)
    let gated = try Convolution.dsBlock(16, 16)
      .plan(for: large, PlanOptions(executor: .fused, traversal: .stripByStrip))
    #expect(gated.description.contains("stages 1 to 2 strip by strip"))
    #expect(gated.description.contains("gates on the next stage's weights"))
  }

  private func chains(
    _ convolution: Convolution, _ shape: MapShape, _ format: WeightFormat = .float32
  ) throws -> [Chain] {
    let options = PlanOptions(executor: .fused, traversal: .blockByBlock, weightFormat: format)
    return try convolution.plan(for: shape, options).passes.compactMap(\.chain)
  }

  @Test(arguments: [1, 5, 11, 12, 20, 26, 61, 97, 390], [WeightFormat.float32, .binary, .ternary])
  func blocksEndWithPanelsAndCoverTheChannelsOnce(_ channels: Int, _ format: WeightFormat) throws {
    let convolution = try Convolution(
      channels: 3,
      stages: [Stage(.none(), .dense(3, channels)), Stage(.depthwise(Window(3)))])
    let shape = MapShape(channels: 3, height: 30, width: 31)
    let chain = try #require(try chains(convolution, shape, format).first)
    let blocks = chain.blocks.compactMap(\.self)
    #expect(blocks.flatMap { $0 } == Array(0..<channels))
    let panel = MatrixStage.panel(of: format)
    #expect(blocks.dropLast().allSatisfy { $0.upperBound % panel == 0 && !$0.isEmpty })
    #expect(chain.windows[0].shape.channels == blocks.map(\.count).max())
    // Panels behind the sixes are 4, 4 or the odd rest: no block may begin between the fours.
    #expect(blocks.dropFirst().allSatisfy { channels - $0.lowerBound != 2 })
  }

  @Test func blocksAreWholeGroupsOfNeighbours() throws {
    let shape = MapShape(channels: 48, height: 9, width: 9)
    let depthwise = Stage(.depthwise(Window(3)))
    let grouped = try Convolution.grouped(48, 96, groups: 6)
    let chain = try #require(
      try chains(Convolution(channels: 48, stages: grouped.stages + [depthwise]), shape).first)
    #expect(chain.blocks.allSatisfy { $0!.lowerBound % 16 == 0 && $0!.upperBound % 16 == 0 })
    let interleaved = Stage(
      .none(),
      .groups(
        inputs: try .interleaved(channels: 48, groups: 6),
        outputs: try .interleaved(channels: 96, groups: 6)))
    #expect(try chains(Convolution(channels: 48, stages: [interleaved, depthwise]), shape).isEmpty)
  }

  @Test func blocksOfLargeMapsRunInStrips() throws {
    let shape = MapShape(channels: 2, height: 150, width: 160)
    let block = try Convolution.dsBlock(2, 2, expansion: 12, Window(3), reduction: 6)
    let chain = try #require(try chains(block, shape).first)
    #expect(chain.strips > 1 && chain.blocks.count > 1)
    try check(block, shape)
  }

  @Test func blocksGiveWhatStagesGive() throws {
    let shape = MapShape(images: 2, channels: 8, height: 7, width: 9)
    try check(.dsBlock(8, 8, Window(3, stride: 2)), shape)
    let pooled = Stage(.pool(.maximum, Window(2, stride: 2)))
    let expansion = Stage(.none(), try .dense(8, 50), activation: .relu6)
    try check(
      Convolution(channels: 8, stages: [expansion, Stage(.depthwise(Window(3))), pooled]), shape)
    let grouped = try Convolution.grouped(8, 48, groups: 4)
    try check(
      Convolution(channels: 8, stages: grouped.stages + [Stage(.depthwise(Window(3)))]), shape)
  }

  @Test func stripsThroughLargeMapsGiveWhatStagesGive() throws {
    let shape = MapShape(images: 1, channels: 4, height: 61, width: 59)
    for window in [Window(3), Window(5), Window(3, stride: 2), Window(3, dilation: 3)] {
      try check(.mobileNetV2Block(4, 4, expansion: 3, window), shape)
    }
    try check(.igcv3Block(4, 4, expansion: 2), shape)
    try check(.convShiftConv(4, 4, expansion: 2, kernel: 5), shape)
  }
}

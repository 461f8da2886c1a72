import ReferenceKernels
import Testing

@testable import FrugalConv

/// How strips are cut for threads.
struct TaskCutTests {
  private func parts(
    _ strips: StripCut, images: Int = 1, most: Int = 8, producesRows: Bool = true, threads: Int
  ) -> Int {
    TaskCut(strips: strips, images: images, most: most, producesRows: producesRows)
      .parts(threads: threads)
  }

  private func parts(
    strips: Int, images: Int = 1, most: Int = 8, producesRows: Bool = true, threads: Int
  ) -> Int {
    parts(
      StripCut(strips, rows: 1), images: images, most: most, producesRows: producesRows,
      threads: threads)
  }

  @Test func oneThreadNeverPaysForParts() {
    for rows in 1...20 {
      #expect(parts(StripCut(rows, rows: 4, unit: 3), threads: 1) == 1)
    }
  }

  @Test func aSingleStripIsSharedByAllThreads() {
    #expect(parts(strips: 1, threads: 2) == 2)
    #expect(parts(strips: 1, threads: 4) == 4)
  }

  @Test func rowsThatAreNotProducedAreCutFiner() {
    #expect(parts(strips: 1, producesRows: false, threads: 2) == 4)
    #expect(parts(strips: 1, most: 3, producesRows: false, threads: 2) == 2)
    #expect(parts(strips: 1, producesRows: false, threads: 1) == 1)
  }

  @Test func thereAreNeverMorePartsThanAsked() {
    #expect(parts(strips: 1, most: 3, threads: 16) == 3)
    #expect(parts(strips: 1, most: 1, threads: 2) == 1)
  }

  @Test func aShortStripIsEvenedOut() {
    // 28 rows in strips of 8, 8, 4 and 8: uncut, one thread has 16 of them and one 12.
    #expect(parts(StripCut(28, rows: 8, unit: 4), threads: 2) > 1)
    // In strips of 8, 6, 6 and 8.
    #expect(parts(StripCut(28, rows: 8, unit: 2), threads: 2) == 1)
  }

  @Test func evenStripsStayWhole() {
    #expect(parts(strips: 4, threads: 2) == 1)
    #expect(parts(strips: 1, images: 2, threads: 2) == 1)
    #expect(parts(StripCut(1001, rows: 2), threads: 2) == 1)
  }

  /// 83, 83, 83 and 7 channels once left one of two threads idle.
  @Test(arguments: [7, 100, 256, 257, 333, 512, 1024], [1, 7, 14, 28, 200])
  func channelsAreCutEvenly(channels: Int, side: Int) throws {
    let shape = MapShape(channels: channels, height: side, width: side)
    let stage = try Convolution.depthwise(channels, Window(3)).stages[0]
    let blocks = try ChannelwiseStage(stage, from: shape, to: shape)
    let last = channels - (blocks.channelBlocks - 1) * blocks.blockChannels
    #expect(last > 0 && blocks.blockChannels * side * side <= max(16_384, side * side))
    #expect(2 * last >= blocks.blockChannels || blocks.channelBlocks > 8)
  }

  private func shift(_ channels: Int, _ extent: Extent, images: Int = 1, threads: Int = 1)
    throws -> MatrixStage
  {
    let convolution = try Convolution.shift(.evenlySpread(channels: channels), channels)
    let options = PlanOptions(threads: threads, executor: .fused)
    let plan = try convolution.plan(for: MapShape(channels, extent, images: images), options)
    let stage: MatrixStage? =
      if case .matrix(let stage) = plan.stages[0].work { stage } else { nil }
    return try #require(stage)
  }

  /// A strip that no task computes would leave what was in the output before.
  @Test(arguments: [1, 2, 3], [1, 3])
  func everyPartOfEveryStripIsOneTask(threads: Int, images: Int) throws {
    for extent in [28, 7, Extent(113, 40), Extent(1, 500), 56] as [Extent] {
      let stage = try shift(128, extent, images: images, threads: threads)
      let tasks = (0..<stage.tasks).map(stage.work)
      let found = Set(tasks.map { [$0.image, $0.strip, $0.part] })
      #expect(found.count == tasks.count, "\(extent)")
      #expect(
        tasks.allSatisfy {
          (0..<images).contains($0.image) && (0..<stage.strips).contains($0.strip)
            && (0..<stage.parts).contains($0.part)
        }, "\(extent)")
    }
  }

  /// In two parts of the outputs, shifted rows were produced twice.
  @Test func producedStripsAreEvenForThreads() throws {
    for (channels, side) in [(128, 28), (64, 56), (64, 28), (32, 112), (24, 20)] {
      let stage = try shift(channels, Extent(side), threads: 2)
      var strips = (0..<stage.strips).map { stage.cut.rows(of: $0).count }[...]
      var rows = [0, 0]
      while !strips.isEmpty {
        if rows[0] <= rows[1] {
          rows[0] += strips.removeFirst()
        } else {
          rows[1] += strips.removeLast()
        }
      }
      #expect(stage.parts == 1 && Double(rows.max()!) <= 0.53 * Double(side), "\(side): \(rows)")
    }
  }

  @Test func noStripIsCutForThreadsThatHaveImages() throws {
    for (images, threads, strips) in [(8, 16, 2), (8, 8, 2), (1, 2, 2), (1, 64, 2)] {
      #expect(try shift(128, 16, images: images, threads: threads).strips == strips)
    }
    #expect(try shift(128, Extent(24, 4), threads: 4).strips == 1)
  }

  @Test func outputsAreCutAtTheNearestPanel() throws {
    for channels in stride(from: 65, through: 400, by: 7) {
      let stage = try shift(channels, 14)
      for parts in 2...4 {
        for part in 1..<parts {
          let start = stage.members(ofPart: part, of: parts).lowerBound
          #expect(start % 6 == 0 && abs(start - channels * part / parts) <= 3, "\(channels)")
        }
      }
    }
  }

  /// Columns behind the last whole vector are summed in another order than in a vector.
  @Test(arguments: 1...33)
  func threadsMoveNoColumnOutOfAVector(width: Int) throws {
    for height in 1...40 {
      let one = try shift(128, Extent(height, width))
      for threads in 2...4 {
        let more = try shift(128, Extent(height, width), threads: threads)
        let starts = [one, more].map { stage in
          (0..<stage.strips).map { stage.cut.rows(of: $0).lowerBound * width }
        }
        #expect(
          starts[0] == starts[1]
            || height * width % 8 == 0 && starts.joined().allSatisfy { $0 % 8 == 0 },
          "\(height) rows, \(threads) threads")
      }
    }
  }

  @Test(arguments: [Extent(28), Extent(16), Extent(40, 8), Extent(24, 20)], WeightFormat.allCases)
  func stripsThatFollowTheThreadsGiveTheSameBits(extent: Extent, format: WeightFormat) throws {
    let shift = try Convolution.shift(.evenlySpread(channels: 7), 7, activation: .relu)
    let window = try Convolution.window(70, 5, Window(3))
    try check(shift, MapShape(7, extent), .reals, weightFormat: format)
    try check(window, MapShape(70, extent), .reals, weightFormat: format)
  }

  /// A mean is summed strip by strip.
  @Test func stripsWhoseMeansAreTakenDoNotFollowTheThreads() throws {
    let stage = Stage(
      .shift(.evenlySpread(channels: 9)), try .dense(9, 9), activation: .relu,
      squeezeExcite: SqueezeExcite(hidden: 2))
    let convolution = try Convolution(channels: 9, stages: [stage])
    for side in [16, 28, 48] {
      let shape = MapShape(9, Extent(side))
      let strips = try (1...3).map { threads in
        let plan = try convolution.plan(
          for: shape, PlanOptions(threads: threads, executor: .fused))
        let matrix = try #require(plan.stages[0].matrix)
        return (0..<matrix.strips).map { matrix.cut.rows(of: $0) }
      }
      #expect(strips[0] == strips[1] && strips[0] == strips[2], "\(side)")
      try check(convolution, shape, .reals)
    }
  }

  /// One row of 113 pixels was a strip: 1.35 times the time per multiply-add of 112, busy 1.67.
  @Test func producedStripsAreAsLongAtOddWidths() throws {
    for width in 90...130 {
      let pixels = try shift(32, Extent(width)).stripPixels
      #expect((360...512).contains(pixels), "\(width)")
    }
  }

  /// Four rows of any width, which make whole cache lines, were a strip.
  @Test func producedStripsOfWideMapsAreOneRow() throws {
    for width in [300, 1004, 4004] {
      #expect(try shift(128, Extent(5, width)).stripRows == 1, "\(width)")
    }
  }

  /// Eleven rows of 28 left a narrow tile to every strip.
  @Test func producedStripsEndWithWholeTiles() throws {
    for (channels, side) in [(64, 28), (32, 28), (48, 56), (32, 56), (128, 28)] {
      #expect(try shift(channels, Extent(side)).stripPixels % 16 == 0, "\(channels), \(side)")
    }
  }
}

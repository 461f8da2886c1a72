import FrugalConv
import ReferenceKernels
import Testing

/// What the cost model predicts, and what follows from it.
@Suite struct CostModelTests {
  @Test(arguments: 0..<100 as Range<UInt64>)
  func predictionsArePositiveAndTheLeastIsChosen(_ seed: UInt64) throws {
    var generator = Generator(seed: seed)
    let (convolution, shape) = try generator.problem()
    for level in Level.available {
      let options = PlanOptions(level: level)
      let plans = try convolution.candidates(for: shape, options)
      for plan in plans {
        #expect(plan.predictedTime.isFinite && plan.predictedTime > 0, "seed \(seed)")
        #expect(plan.predictedMicroseconds.isFinite && plan.predictedMicroseconds > 0)
      }
      let ranks = plans.map { $0.predictedTime * $0.candidate.handicap }
      #expect(ranks == ranks.sorted())
      let chosen = try convolution.plan(for: shape, options)
      #expect(chosen.candidate == plans[0].candidate)
      let next = plans.dropFirst().first
      #expect(
        chosen.choice == next.map { .predicted(next: $0.candidate, nextTime: $0.predictedTime) }
          ?? .only)
    }
  }

  @Test func whatServesManyThreadsWorseHasToBeFaster() throws {
    let shape = MapShape(channels: 8, height: 30, width: 30)
    let plans = try Convolution.depthwiseSeparable(8, 8).candidates(for: shape)
    let handicaps = plans.map { ($0.candidate.description, $0.candidate.handicap) }
    #expect(
      Dictionary(uniqueKeysWithValues: handicaps) == [
        "fused stageByStage": 1, "fused stripByStrip": 1.05, "openblas stageByStage": 1.1,
        "openblas stripByStrip": 1.1 * 1.05,
      ])
  }

  @Test(arguments: Level.available)
  func moreChannelsAreMoreWork(_ level: Level) throws {
    for executor in [Executor.fused, .openBLAS] {
      let times = try (1...32).map { count in
        let channels = 24 * count
        let shape = MapShape(channels: channels, height: 14, width: 14)
        return try Convolution.pointwise(channels, channels)
          .plan(for: shape, PlanOptions(level: level, executor: executor)).predictedTime
      }
      for (fewer, more) in zip(times, times.dropFirst()) { #expect(fewer < more, "\(executor)") }
    }
  }

  @Test(arguments: Level.available)
  func largeProductsReachMostOfThePeakAndSmallOnesLittle(_ level: Level) throws {
    func share(_ channels: Int, _ extent: Int) throws -> Double {
      let shape = MapShape(channels: channels, height: extent, width: extent)
      return try Convolution.pointwise(channels, channels)
        .plan(for: shape, PlanOptions(level: level)).predictedShareOfPeak
    }
    #expect(try (0.4...1.1).contains(share(256, 28)))
    #expect(try share(4, 3) < 0.2)
  }

  @Test(arguments: [1, 2, 3, 8, 64])
  func theNumberOfThreadsHasNoPartInIt(_ threads: Int) throws {
    for (convolution, extent) in try [
      (Convolution.pointwise(96, 96), 14), (.mobileNetV2Block(24, 24), 56),
      (.convShiftConv(32, 32, expansion: 3), 28), (.dsBlock(16, 16), 30),
      (.igcv1(primaries: 16, size: 4), 28), (.fullyConnected(256, 100), 1),
      (.shift(.evenlySpread(channels: 64), 64), 28),
      (.shift(.evenlySpread(channels: 512), 512), 28),
    ] {
      for images in [1, 5] {
        let shape = MapShape(
          images: images, channels: convolution.channels, height: extent, width: extent)
        let one = try convolution.candidates(for: shape, PlanOptions(threads: 1))
        let many = try convolution.candidates(for: shape, PlanOptions(threads: threads))
        #expect(one.map(\.candidate) == many.map(\.candidate))
        #expect(one.map(\.predictedTime) == many.map(\.predictedTime))
      }
    }
  }

  @Test func theWorkIsThatOfTheStages() throws {
    let shape = MapShape(channels: 12, height: 8, width: 16)
    let fused = try Convolution.pointwise(12, 18)
      .plan(for: shape, PlanOptions(executor: .fused)).workload
    #expect(fused[.tileMultiplyAdds] == 12 * 18 * 128)
    #expect(fused[.tiles] == 3 * 128 / 16)
    #expect(fused[.narrowMultiplyAdds] == 0 && fused[.sgemmMultiplyAdds] == 0)
    #expect(fused[.copiedFloats] == 0 && fused[.passes] == 1)

    // 7x7 pixels: three tiles of 16 columns, and one column that fills a vector of outputs.
    let narrow = try Convolution.pointwise(12, 18)
      .plan(for: MapShape(channels: 12, height: 7, width: 7), PlanOptions(executor: .fused))
    #expect(narrow.workload[.tileMultiplyAdds] == 12 * 18 * 48)
    #expect(narrow.workload[.narrowMultiplyAdds] == 12 * 3 * 8)

    let shift = try Convolution.shift(.evenlySpread(channels: 12), 18)
      .plan(for: shape, PlanOptions(executor: .openBLAS)).workload
    #expect(shift[.sgemmMultiplyAdds] >= 12 * 18 * 128)
    #expect(shift[.tileMultiplyAdds] == 0)
    #expect(shift[.copiedFloats] >= 12 * 128)

    let sampled = try Convolution.shift(.evenlySpread(channels: 12), 18, stride: 2)
      .plan(for: shape, PlanOptions(executor: .fused)).workload
    #expect(sampled[.sampledFloats] == 12 * 32 && sampled[.copiedFloats] == 0)

    let swish = try Convolution.depthwise(12, Window(3), activation: .swish())
      .plan(for: shape).workload
    #expect(swish[.tapMultiplyAdds] == 12 * 128 * 9)
    #expect(swish[.exponentials] == 12 * 128)
  }

  @Test func allImagesAreWork() throws {
    func work(_ images: Int) throws -> Double {
      let shape = MapShape(images: images, channels: 8, height: 9, width: 9)
      return try Convolution.pointwise(8, 8)
        .plan(for: shape, PlanOptions(executor: .fused)).workload[.tileMultiplyAdds]
    }
    #expect(try work(3) == 3 * work(1))
  }

  @Test func aChainCountsTheRowsThatItComputesTwice() throws {
    let shape = MapShape(channels: 8, height: 112, width: 112)
    let block = try Convolution.mobileNetV2Block(8, 8)
    func work(_ traversal: Traversal) throws -> Workload {
      try block.plan(for: shape, PlanOptions(executor: .fused, traversal: traversal)).workload
    }
    let (whole, strips) = try (work(.stageByStage), work(.stripByStrip))
    #expect(strips[.tileMultiplyAdds] > whole[.tileMultiplyAdds])
    #expect(strips[.tileMultiplyAdds] < 1.1 * whole[.tileMultiplyAdds])
    #expect(strips[.writtenBeyondSecond] < whole[.writtenBeyondSecond])
    #expect(strips[.passes] == 1 && whole[.passes] == 3)
  }

  @Test func descriptionsSayWhatWhyAndHowFast() throws {
    let shape = MapShape(channels: 64, height: 28, width: 28)
    let plan = try Convolution.pointwise(64, 64).plan(for: shape)
    let lines = plan.description.split(separator: "\n")
    let chosen = try #require(lines.first { $0.hasPrefix("  chosen: ") })
    #expect(chosen.contains("chosen: \(plan.candidate), predicted to take "))
    #expect(chosen.contains(plan.candidate.executor == .fused ? "openblas" : "fused"))
    if plan.candidate.executor == .fused {
      #expect(chosen.hasSuffix(" of the time of openblas, which has to be 10 % faster"))
    }
    let predicted = try #require(lines.first { $0.hasPrefix("  predicted on one thread: ") })
    #expect(predicted.contains(" µs, "))
    let share = Int((100 * plan.predictedShareOfPeak).rounded())
    #expect(predicted.hasSuffix(" \(share) % of the peak"))
    #expect(!plan.description.contains("measured"))

    let only = try Convolution.pointwise(64, 64).plan(for: shape, PlanOptions(executor: .fused))
    #expect(only.description.contains("chosen: fused, the only way that the options leave"))
    let pooling = try Convolution.globalAverage(64).plan(for: shape)
    #expect(pooling.description.contains("predicted on one thread: "))
    #expect(!pooling.description.contains("of the peak"))
  }
}

import ReferenceKernels
import Testing

@testable import FrugalConv

/// Which kernels the planner chooses for products of one-bit numbers, and what wisdom remembers.
@Suite struct BinaryCandidateTests {
  private let pixel = MapShape(channels: 512, height: 1, width: 1)
  private let map = MapShape(channels: 64, height: 14, width: 14)

  private func candidates(
    _ convolution: Convolution, _ shape: MapShape, _ options: BinaryOptions = BinaryOptions()
  ) throws -> [BinaryPlan<Signs>] {
    try convolution.binaryCandidates(for: shape, encoding: Signs.self, options)
  }

  @Test func everyKernelIsACandidateAndTheFirstIsPredictedFastest() throws {
    for (channels, shape) in [(512, pixel), (64, map)] {
      let plans = try candidates(.pointwise(channels, 64), shape)
      let kernels = Set(plans.map { $0.candidate.description })
      let hasLanes = try Level.fromEnvironment() != .avx2
      #expect(kernels == Set(["planes", "tables", "words"] + (hasLanes ? ["lanes"] : [])))
      let times = plans.map(\.predictedTime)
      #expect(times == times.sorted() && times.allSatisfy { $0.isFinite && $0 > 0 })
      let plan = try Convolution.pointwise(channels, 64).binaryPlan(
        for: shape, encoding: Signs.self)
      #expect(plan.candidate == plans[0].candidate)
      #expect(
        plan.choice == .predicted(next: plans[1].candidate, nextTime: plans[1].predictedTime))
    }
  }

  @Test(arguments: Level.available) func onePixelIsCountedAndAMapInLanesOrLookedUp(
    _ level: Level
  ) throws {
    let options = BinaryOptions(level: level)
    #expect(
      try candidates(.pointwise(512, 512), pixel, options)[0].candidate.kernels == [
        level == .avx512 ? .lanes : .words
      ])
    guard level != .portable else { return }
    let wide = MapShape(channels: 256, height: 14, width: 14)
    #expect(
      try candidates(.pointwise(256, 256), wide, options)[0].candidate.kernels == [
        level == .avx512 ? .lanes : .tables
      ])
  }

  @Test(arguments: Level.available)
  func narrowGroupsAreLookedUpInPlanes(_ level: Level) throws {
    let options = BinaryOptions(level: level)
    let grouped = try Convolution.grouped(64, 64, groups: 16, Window(3))
    #expect(try candidates(grouped, map, options)[0].candidate.kernels == [.planes])
    let strided = try Convolution.grouped(64, 64, groups: 16, Window(3, stride: 2))
    #expect(try candidates(strided, map, options)[0].candidate.kernels == [.tables])
  }

  @Test func stagesChooseTheirKernelsByThemselves() throws {
    let chain = try Convolution.window(64, 512, Window(14, padding: .valid))
      .followed(by: .pointwise(512, 10))
    let plans = try candidates(chain, map, BinaryOptions(level: .portable))
    #expect(plans[0].candidate.description == "lanes words")
    #expect(plans.map(\.candidate.description).contains("tables tables"))
    #expect(plans[0].description.contains("chosen") == false)
    #expect(try chain.binaryPlan(for: map, encoding: Signs.self).description.contains("chosen: "))
  }

  @Test func optionsLeaveOneKernel() throws {
    let convolution = try Convolution.pointwise(512, 64)
    for kernel in [BinaryKernel.tables, .lanes, .words] {
      let plan = try convolution.binaryPlan(
        for: pixel, encoding: Signs.self, BinaryOptions(kernel: kernel))
      #expect(plan.candidate.kernels == [kernel] && plan.choice == .only)
    }
  }

  @Test func measuredKernelsAreRememberedForEncodingAndPadding() throws {
    let convolution = try Convolution.pointwise(512, 64)
    var wisdom = Wisdom()
    let plan = try convolution.binaryPlan(for: pixel, encoding: Signs.self, measuring: &wisdom)
    #expect(wisdom.count == 1)
    guard case .measured(let time, _, _) = plan.choice else {
      Issue.record("not measured: \(plan)")
      return
    }
    #expect(time > 0 && time.isFinite)
    let known = try convolution.binaryPlan(
      for: pixel, encoding: Signs.self, BinaryOptions(threads: 3), knowing: wisdom)
    #expect(known.choice == .known(time: time) && known.candidate == plan.candidate)
    for options in [
      BinaryOptions(weights: .units), BinaryOptions(padding: .ones), BinaryOptions(kernel: .words),
    ] {
      let other = try convolution.binaryPlan(
        for: pixel, encoding: Units.self, options, knowing: wisdom)
      if case .known = other.choice { Issue.record("known for other numbers: \(other)") }
    }
  }

  @Test func wisdomOverridesThePrediction() throws {
    let convolution = try Convolution.pointwise(512, 64)
    let plans = try candidates(convolution, pixel)
    var wisdom = Wisdom()
    wisdom[WisdomKey(plans[0], BinaryOptions())] = Wisdom.Entry(
      candidate: plans[1].candidate.description, time: 123)
    let plan = try convolution.binaryPlan(for: pixel, encoding: Signs.self, knowing: wisdom)
    #expect(plan.candidate == plans[1].candidate && plan.choice == .known(time: 123))
    let experiment = try BinaryExperiment<Signs>(convolution, pixel, BinaryOptions())
    let packed = try plan.pack(experiment.parameters)
    let bits = try BitMap<Signs>(experiment.input.ones)
    #expect(try plan.run(packed, bits) == BitMap(experiment.ones))
  }
}

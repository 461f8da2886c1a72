import FrugalConv
import ReferenceKernels
import Testing

/// Which ways of running a convolution there are, and what the options leave of them.
@Suite struct CandidateTests {
  private func names(
    _ convolution: Convolution, _ shape: MapShape, _ options: PlanOptions = PlanOptions()
  ) throws -> Set<String> {
    let plans = try convolution.candidates(for: shape, options)
    let names = Set(plans.map(\.candidate.description))
    #expect(names.count == plans.count, "a candidate stands twice")
    return names
  }

  private let shape = MapShape(channels: 16, height: 28, width: 28)

  @Test func stagesWithoutAMixHaveOne() throws {
    #expect(try names(.depthwise(16, Window(3)), shape) == ["direct"])
    #expect(try names(.globalAverage(16), shape) == ["direct"])
  }

  @Test func aProductHasTwoExecutors() throws {
    #expect(try names(.pointwise(16, 8), shape) == ["fused", "openblas"])
    #expect(try names(.shift(.evenlySpread(channels: 16), 8), shape) == ["fused", "openblas"])
  }

  @Test func stagesThatJoinHaveUpToThreeOrders() throws {
    let all = Set(
      ["fused", "openblas"].flatMap { executor in
        ["stageByStage", "stripByStrip", "blockByBlock"].map { "\(executor) \($0)" }
      })
    #expect(try names(.mobileNetV2Block(16, 16), shape) == all)
    #expect(try names(.dsBlock(16, 16), shape) == all)
    let depthwise = try Convolution.depthwise(16, Window(3))
    #expect(
      try names(depthwise.followed(by: depthwise), shape)
        == ["stageByStage", "stripByStrip", "blockByBlock"])
    #expect(
      try names(.depthwiseSeparable(16, 16), shape)
        == all.filter { !$0.contains("blockByBlock") })
  }

  @Test func stagesAroundASqueezeExciteDoNotJoin() throws {
    let gated = try Convolution(
      channels: 16,
      stages: [
        Stage(.depthwise(Window(3)), squeezeExcite: SqueezeExcite(hidden: 4)),
        Stage(.none(), try .dense(16, 16)),
      ])
    #expect(try names(gated, shape) == ["fused", "openblas"])
  }

  @Test func aShiftBetweenProductsHasTwoFormsOnWholeMaps() throws {
    let convolution = try Convolution.convShiftConv(16, 16, expansion: 2)
    let forms = [
      "tileCopy stageByStage", "displacedWrite stageByStage", "stripByStrip",
    ]
    let all = Set(["fused ", "openblas "].flatMap { executor in forms.map { executor + $0 } })
    #expect(try names(convolution, shape) == all)
    #expect(
      try names(convolution, shape, PlanOptions(executor: .fused, shiftForm: .displacedWrite))
        == ["fused displacedWrite stageByStage"])
    #expect(
      try names(convolution, shape, PlanOptions(executor: .openBLAS, traversal: .stripByStrip))
        == ["openblas stripByStrip"])
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func givenOptionsLeaveOneAndEveryCandidateIsAPlanOfItsOwn(_ seed: UInt64) throws {
    var generator = Generator(seed: seed)
    let (convolution, shape) = try generator.problem()
    let plans = try convolution.candidates(for: shape)
    #expect(Set(plans.map(\.howItRuns)).count == plans.count, "seed \(seed)")
    for plan in plans {
      let candidate = plan.candidate
      let options = PlanOptions(
        executor: candidate.executor, shiftForm: candidate.shiftForm,
        traversal: candidate.traversal)
      let again = try convolution.candidates(for: shape, options)
      #expect(again.map(\.candidate) == [candidate], "seed \(seed)")
      #expect(again.map(\.howItRuns) == [plan.howItRuns], "seed \(seed)")
      #expect(again.map(\.predictedTime) == [plan.predictedTime], "seed \(seed)")
    }
  }

  @Test func whatOpenBLASCannotIndexIsLeftOutUnlessAskedFor() throws {
    let far = MapShape(channels: 2, height: 1, width: 1 << 31)
    let pointwise = try Convolution.pointwise(2, 2)
    #expect(try names(pointwise, far) == ["fused"])
    #expect(throws: FrugalConvError.self) {
      _ = try names(pointwise, far, PlanOptions(executor: .openBLAS))
    }
  }
}

extension Plan {
  /// The lines of the description that say how stages run.
  fileprivate var howItRuns: String {
    description.split(separator: "\n").filter { $0.contains("stage") && !$0.contains("chosen") }
      .joined(separator: "\n")
  }
}

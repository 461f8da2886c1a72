extension Convolution {
  /// Every way to run the convolution on an input that the options allow, the one that the cost
  /// model predicts to be fastest first; see `Candidate.handicap`.
  ///
  /// Options that are `.automatic` take each of their values that makes a difference. What OpenBLAS
  /// cannot index is left out as long as something is left. Every plan is ready to run, so OpenBLAS
  /// is set to one thread where one of them calls it. Throws as `plan(for:_:)` does.
  public func candidates(
    for input: MapShape, _ options: PlanOptions = PlanOptions()
  ) throws(FrugalConvError) -> [Plan] {
    let plans = try rankedPlans(for: input, options)
    for plan in plans { plan.prepareOpenBLAS() }
    return plans
  }

  /// The same, with nothing done to OpenBLAS yet.
  func rankedPlans(
    for input: MapShape, _ options: PlanOptions
  ) throws(FrugalConvError) -> [Plan] {
    let problem = try PlannedProblem(self, input, options)
    var plans: [Plan] = []
    var refusal: FrugalConvError?
    for (candidate, passes) in try candidates(problem, options) {
      do {
        plans.append(try Plan(problem, candidate, passes))
      } catch {
        refusal = refusal ?? error
      }
    }
    guard !plans.isEmpty else { throw refusal ?? .noStages }
    // Stable: of equals the first stays first.
    let times = plans.map { $0.predictedTime * $0.candidate.handicap }
    let order = plans.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    return order.map { plans[$0] }
  }

  /// The combinations of options that make different plans, with the passes of each.
  private func candidates(
    _ problem: PlannedProblem, _ options: PlanOptions
  ) throws(FrugalConvError) -> [(Candidate, [Pass])] {
    var candidates: [(Candidate, [Pass])] = []
    for (traversal, passes) in try traversals(problem, options) {
      let hasForms = stages.indices.contains { canWriteDisplaced($0, passes) }
      for form in hasForms ? options.shiftForm.choices : [.automatic] {
        for executor in mixesChannels ? options.executors : [.automatic] {
          candidates.append(
            (Candidate(executor: executor, shiftForm: form, traversal: traversal), passes))
        }
      }
    }
    return candidates
  }

  /// The orders in which stages can go over the maps.
  private func traversals(
    _ problem: PlannedProblem, _ options: PlanOptions
  ) throws(FrugalConvError) -> [(Traversal, [Pass])] {
    let shapes = problem.shapes
    let whole = stages.indices.map { Pass(stages: $0..<$0 + 1, chain: nil) }
    guard stages.indices.dropLast().contains(where: { joins($0, shapes) }) else {
      return [(.automatic, whole)]
    }
    // A displaced write that is asked for needs whole maps to write to.
    let needsWholeMaps =
      options.shiftForm == .displacedWrite
      && stages.indices.contains { canWriteDisplaced($0, whole) }
    let byBlocks = try blockPasses(shapes, problem.weightFormat)
    let hasBlocks = byBlocks.contains { $0.chain != nil }
    switch options.traversal {
    case .stripByStrip: return [(.stripByStrip, try stripPasses(shapes))]
    case .blockByBlock where hasBlocks: return [(.blockByBlock, byBlocks)]
    case .automatic where !needsWholeMaps:
      return [(.stageByStage, whole), (.stripByStrip, try stripPasses(shapes))]
        + (hasBlocks ? [(.blockByBlock, byBlocks)] : [])
    case .automatic, .stageByStage, .blockByBlock: return [(.stageByStage, whole)]
    }
  }

  private var mixesChannels: Bool { stages.contains { $0.mix != .none } }

  /// Whether a stage can write its channels to where the shift of the next one wants them.
  func canWriteDisplaced(_ index: Int, _ passes: [Pass]) -> Bool {
    stages[index].mix != .none && stages[index].squeezeExcite == nil && shift(at: index + 1) != nil
      && passes.contains { $0.stages.upperBound == index + 1 }
  }

  /// The displacements of a stage that shifts and mixes.
  func shift(at index: Int) -> ([Displacement], Extent)? {
    guard index < stages.count, case .shift(let displacements, let stride) = stages[index].spatial,
      case .groups = stages[index].mix
    else { return nil }
    return (displacements, stride)
  }
}

extension PlanOptions {
  /// What the options allow.
  fileprivate var executors: [Executor] {
    guard executor == .automatic else { return [executor] }
    return weightFormat == .float32 ? [.fused, .openBLAS] : [.fused]
  }
}

extension ShiftForm {
  /// What an option allows.
  fileprivate var choices: [ShiftForm] {
    self == .automatic ? [.tileCopy, .displacedWrite] : [self]
  }
}

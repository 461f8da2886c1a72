import FrugalConv

/// Equal convolutions one after another, each with weights of its own, as they follow one another
/// in a network.
final class PlanChain<Weights, Map>: Contestant {
  /// One run of the plan.
  private typealias Link = (Weights, Map, inout Map, inout Workspace) throws -> Void

  private let weights: [Weights]
  private let input: Map
  private var even, odd: Map
  private var workspace: Workspace
  private let link: Link

  private init(
    _ weights: [Weights], _ input: Map, _ outputs: [Map], _ workspace: consuming Workspace,
    link: @escaping Link
  ) {
    self.weights = weights
    self.input = input
    (even, odd) = (outputs[0], outputs[1])
    self.workspace = workspace
    self.link = link
  }

  func run() throws {
    for (index, weights) in weights.enumerated() {
      if index == 0 {
        try link(weights, input, &even, &workspace)
      } else if index.isMultiple(of: 2) {
        try link(weights, odd, &even, &workspace)
      } else {
        try link(weights, even, &odd, &workspace)
      }
    }
  }

  /// What the last run computed.
  var output: Map { weights.count.isMultiple(of: 2) ? odd : even }
}

extension PlanChain where Weights == PackedWeights, Map == FeatureMap {
  /// A convolution per weights; it must give as many channels as it takes.
  convenience init(_ plan: Plan, _ weights: [PackedWeights], _ input: FeatureMap) throws {
    checkLink(plan.inputShape, plan.outputShape)
    self.init(
      weights, input, try (0..<2).map { _ in try FeatureMap(plan.outputShape) },
      plan.makeWorkspace()
    ) { weights, input, output, workspace in
      try plan.run(weights, input, into: &output, workspace: &workspace)
    }
  }
}

extension PlanChain where Weights == PackedBinaryWeights, Map == BitMap<Signs> {
  /// The same in one bit, from bits to bits.
  convenience init(
    _ plan: BinaryPlan<Signs>, _ weights: [PackedBinaryWeights], _ input: BitMap<Signs>
  ) throws {
    checkLink(plan.inputShape, plan.outputShape)
    self.init(
      weights, input, try (0..<2).map { _ in try BitMap<Signs>(plan.outputShape) },
      plan.makeWorkspace()
    ) { weights, input, output, workspace in
      try plan.run(weights, input, into: &output, workspace: &workspace)
    }
  }
}

private func checkLink(_ input: MapShape, _ output: MapShape) {
  precondition(input == output, "the next link must take the last one's map")
}

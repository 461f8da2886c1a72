import FrugalConv

/// Equal convolutions one after another, each with weights of its own, as they follow one another
/// in a network.
final class PlanChain: Contestant {
  private let plan: Plan
  private let weights: [PackedWeights]
  private let input: FeatureMap
  private var even, odd: FeatureMap
  private var workspace: Workspace

  /// A convolution per weights; it must give as many channels as it takes.
  init(_ plan: Plan, _ weights: [PackedWeights], _ input: FeatureMap) throws {
    precondition(plan.inputShape == plan.outputShape, "the next link must take the last one's map")
    self.plan = plan
    self.weights = weights
    self.input = input
    even = try FeatureMap(plan.outputShape)
    odd = try FeatureMap(plan.outputShape)
    workspace = plan.makeWorkspace()
  }

  func run() throws {
    for (index, weights) in weights.enumerated() {
      if index == 0 {
        try plan.run(weights, input, into: &even, workspace: &workspace)
      } else if index.isMultiple(of: 2) {
        try plan.run(weights, odd, into: &even, workspace: &workspace)
      } else {
        try plan.run(weights, even, into: &odd, workspace: &workspace)
      }
    }
  }

  /// What the last run computed.
  var output: FeatureMap { weights.count.isMultiple(of: 2) ? odd : even }
}

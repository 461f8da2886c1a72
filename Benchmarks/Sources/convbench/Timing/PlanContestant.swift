import FrugalConv

/// A planned convolution with random weights and maps, ready to run.
///
/// With several copies of its maps and weights, each run takes the next: more copies than the cache
/// holds make every run find its operands in memory.
final class PlanContestant: Contestant {
  let plan: Plan
  private let weights: [PackedWeights]
  private let inputs: [FeatureMap]
  private var outputs: [FeatureMap]
  private var workspace: Workspace
  private var next = 0

  var copies: Int { inputs.count }

  /// Copies until maps of `coldBytes` bytes are in turn; 0 keeps one.
  init(_ plan: Plan, coldBytes: Int = 0) throws {
    self.plan = plan
    var random = RandomNumbers(seed: 1)
    let parameters = try random.parameters(for: plan)
    let first = try plan.pack(parameters)
    let bytes = 4 * (plan.inputShape.count + plan.outputShape.count) + first.bytes
    let copies = max(1, (coldBytes + bytes - 1) / bytes)
    let input = try FeatureMap(random.floats(plan.inputShape.count), shape: plan.inputShape)
    weights = try [first] + (1..<copies).map { _ in try plan.pack(parameters) }
    inputs = try (0..<copies).map { _ in try input.copied() }
    outputs = try (0..<copies).map { _ in try FeatureMap(plan.outputShape) }
    workspace = plan.makeWorkspace()
  }

  func run() throws {
    try plan.run(weights[next], inputs[next], into: &outputs[next], workspace: &workspace)
    next = next + 1 == inputs.count ? 0 : next + 1
  }
}

extension FeatureMap {
  /// The same numbers in memory of their own.
  fileprivate func copied() throws -> FeatureMap { try FeatureMap(array(), shape: shape) }
}

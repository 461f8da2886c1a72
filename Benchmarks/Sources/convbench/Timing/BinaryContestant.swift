import FrugalConv

/// A plan of one-bit numbers with random weights and maps, from float maps to bits, which may become
/// float maps again.
///
/// With several copies of its maps and weights, each run takes the next, as in `PlanContestant`.
final class BinaryContestant: Contestant {
  private let plan: BinaryPlan<Signs>
  private let weights: [PackedBinaryWeights]
  private let inputs: [FeatureMap]
  private var outputs: [BitMap<Signs>]
  private let unpacks: Bool
  /// What the bits of an output stand for.
  private var numbers: FeatureMap
  private var workspace: Workspace
  private var next = 0

  /// Copies until maps of `coldBytes` bytes are in turn; 0 keeps one.
  init(_ plan: BinaryPlan<Signs>, coldBytes: Int = 0, unpacks: Bool = false) throws {
    self.plan = plan
    var random = RandomNumbers(seed: 1)
    let parameters = random.parameters(for: plan.convolution).map {
      BinaryParameters(weights: $0.weights)
    }
    let first = try plan.pack(parameters)
    let bytes = 4 * plan.inputShape.count + first.bytes
    let copies = max(1, (coldBytes + bytes - 1) / bytes)
    let elements = random.floats(plan.inputShape.count)
    weights = try [first] + (1..<copies).map { _ in try plan.pack(parameters) }
    inputs = try (0..<copies).map { _ in try FeatureMap(elements, shape: plan.inputShape) }
    outputs = try (0..<copies).map { _ in try BitMap<Signs>(plan.outputShape) }
    self.unpacks = unpacks
    numbers = try FeatureMap(plan.outputShape)
    workspace = plan.makeWorkspace()
  }

  func run() throws {
    let input = inputs[next]
    try plan.run(weights[next], input.view, .sign, into: &outputs[next], workspace: &workspace)
    if unpacks { try outputs[next].unpack(into: &numbers, level: plan.level) }
    next = next + 1 == inputs.count ? 0 : next + 1
  }
}

/// A plan with weights and maps to run it on.
final class FloatTrial: PlanTrial {
  private let plan: Plan
  private let weights: PackedWeights
  private let input: FeatureMap
  private let residual: FeatureMap?
  private var output: FeatureMap
  private var workspace: Workspace

  init(_ plan: Plan) throws(FrugalConvError) {
    let plan = try plan.onOneThread()
    plan.prepareOpenBLAS()
    self.plan = plan
    var numbers = TrialNumbers()
    weights = try plan.pack(numbers.parameters(of: plan))
    input = try FeatureMap(numbers.floats(plan.inputShape.count), shape: plan.inputShape)
    let takesMap = plan.convolution.residual?.source == .map
    residual = takesMap ? try FeatureMap(plan.outputShape) : nil
    output = try FeatureMap(plan.outputShape)
    workspace = plan.makeWorkspace()
  }

  func run() throws(FrugalConvError) {
    if let residual {
      try plan.run(weights, input, residual: residual, into: &output, workspace: &workspace)
    } else {
      try plan.run(weights, input, into: &output, workspace: &workspace)
    }
  }
}

extension Plan {
  /// The same candidate for one thread.
  fileprivate func onOneThread() throws(FrugalConvError) -> Plan {
    let options = PlanOptions(
      threads: 1, level: level, executor: candidate.executor, shiftForm: candidate.shiftForm,
      traversal: candidate.traversal, weightFormat: weightFormat, flushesDenormals: flushesDenormals
    )
    return try convolution.rankedPlans(for: inputShape, options)[0]
  }
}

/// A plan of one-bit numbers with weights and maps to run it on.
final class BinaryTrial<Encoding: BitEncoding>: PlanTrial {
  private let plan: BinaryPlan<Encoding>
  private let weights: PackedBinaryWeights
  private let input: FeatureMap
  private var output: BitMap<Encoding>
  private var workspace: Workspace

  init(_ plan: BinaryPlan<Encoding>) throws(FrugalConvError) {
    let plan = try plan.onOneThread()
    self.plan = plan
    var numbers = TrialNumbers()
    weights = try plan.pack(numbers.binaryParameters(of: plan))
    input = try FeatureMap(numbers.floats(plan.inputShape.count), shape: plan.inputShape)
    output = try BitMap(plan.outputShape)
    workspace = plan.makeWorkspace()
  }

  func run() throws(FrugalConvError) {
    let input = input
    try plan.run(weights, input.view, .sign, into: &output, workspace: &workspace)
  }
}

extension BinaryPlan: RankedPlan {
  func chosen(_ choice: PlanChoice<BinaryCandidate>) -> BinaryPlan {
    var plan = self
    plan.choice = choice
    return plan
  }

  func trial() throws(FrugalConvError) -> any PlanTrial { try BinaryTrial(self) }

  /// The same kernels for one thread.
  fileprivate func onOneThread() throws(FrugalConvError) -> BinaryPlan {
    let options = BinaryOptions(weights: weights, padding: padding, threads: 1, level: level)
    let plans: [BinaryPlan] = try convolution.binaryCandidates(
      for: inputShape, encoding: Encoding.self, options)
    return plans.first { $0.candidate == candidate } ?? plans[0]
  }
}

/// Numbers between −1 and 1, the same every time: none so small that it slows a processor down.
struct TrialNumbers {
  private var state: UInt64 = 1

  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
  }

  mutating func binaryParameters<Encoding>(of plan: BinaryPlan<Encoding>) -> [BinaryParameters] {
    plan.convolution.weightCounts.map { BinaryParameters(weights: floats($0)) }
  }

  /// Sums of so many products as each output has stay around one.
  mutating func parameters(of plan: Plan) throws(FrugalConvError) -> [StageParameters] {
    let convolution = plan.convolution
    var parameters: [StageParameters] = []
    var channels = convolution.channels
    for stage in convolution.stages {
      let count = try stage.weightCount(channels)
      channels = stage.outputChannels(channels)
      let scale = (3 * Float(channels) / Float(max(1, count))).squareRoot()
      var given = StageParameters(
        weights: floats(count).map { $0 * scale }, bias: floats(stage.bias ? channels : 0))
      if stage.mix != .none {
        given.weights = try plan.weightFormat.quantised(given.weights, filters: channels)
      }
      if let hidden = stage.squeezeExcite?.hidden {
        given.squeezeExcite = SqueezeExciteParameters(
          reduce: floats(hidden * channels), reduceBias: floats(hidden),
          expand: floats(hidden * channels), expandBias: floats(channels))
      }
      parameters.append(given)
    }
    return parameters
  }
}

/// Times candidates in turns, on one thread.
enum PlanMeasurement {
  /// Candidates that are timed: those predicted to be fastest.
  private static let most = 3
  /// Another than the predicted best must take at most this share of its time. Noise of the median
  /// of so many rounds stays below it (Zen 1, both cores busy).
  private static let clearWin = 0.95
  private static let rounds = 11
  /// Shorter runs are repeated until a sample takes so long.
  private static let sampleNanoseconds = 200_000.0
  private static let mostRepetitions = 64.0

  /// The place of the plan to take, and what the timing says about it; the plans come ranked.
  static func best(of plans: [Plan]) throws(FrugalConvError) -> (Int, PlanChoice) {
    var trials: [Trial] = []
    for plan in plans.prefix(most) { trials.append(try Trial(plan)) }
    let burst = try PeakBurst(plans[0].level)
    let repetitions = try trials.map { trial throws(FrugalConvError) in
      let once = try trial.time(repetitions: 1)
      return Int(min(mostRepetitions, max(1, sampleNanoseconds / once)))
    }
    var ratios = [[Double]](repeating: [], count: trials.count)
    var times = ratios
    for _ in 0..<rounds {
      let peak = burst.gflops() / 2
      var first = 0.0
      for index in trials.indices {
        let time = try trials[index].time(repetitions: repetitions[index])
        if index == 0 { first = time }
        ratios[index].append(time / first)
        times[index].append(time * peak)
      }
    }
    let medians = ratios.map(median)
    let fastest = medians.indices.min { medians[$0] < medians[$1] }!
    let best = medians[fastest] < clearWin ? fastest : 0
    return (
      best,
      .measured(
        time: median(times[best]), predictedBest: plans[0].candidate, gain: 1 / medians[best])
    )
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// A plan with weights and maps to run it on.
private final class Trial {
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

  /// Nanoseconds of one run, the mean of several after one that is not timed.
  func time(repetitions: Int) throws(FrugalConvError) -> Double {
    try run()
    let start = monotonicNanoseconds()
    for _ in 0..<repetitions { try run() }
    return Double(max(1, monotonicNanoseconds() - start)) / Double(repetitions)
  }

  private func run() throws(FrugalConvError) {
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

/// Numbers between −1 and 1, the same every time: none so small that it slows a processor down.
private struct TrialNumbers {
  private var state: UInt64 = 1

  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
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

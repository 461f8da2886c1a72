import FrugalConv

/// Reproducible numbers.
struct RandomNumbers {
  private var numbers: SplitMix64

  init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

  /// Between −1 and 1.
  mutating func float() -> Float { Float(Int64(bitPattern: numbers.next()) >> 40) / Float(1 << 23) }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

  /// Parameters that keep values around one: each output is a sum of `fan` products.
  mutating func parameters(for convolution: Convolution) -> [StageParameters] {
    var channels = convolution.channels
    return zip(convolution.stages, convolution.weightCounts).map { stage, weights in
      if case .groups(_, let outputs) = stage.mix { channels = outputs.channels }
      let fan = max(1, weights / channels)
      let scale = (3 / Float(fan)).squareRoot()
      var parameters = StageParameters(
        weights: floats(weights).map { $0 * scale },
        bias: stage.bias ? floats(channels) : [])
      if let hidden = stage.squeezeExcite?.hidden {
        parameters.squeezeExcite = SqueezeExciteParameters(
          reduce: floats(hidden * channels), reduceBias: floats(hidden),
          expand: floats(hidden * channels), expandBias: floats(channels))
      }
      return parameters
    }
  }

  /// The same, quantised to what the plan packs.
  mutating func parameters(for plan: Plan) throws -> [StageParameters] {
    var parameters = parameters(for: plan.convolution)
    for (index, stage) in plan.convolution.stages.enumerated() {
      guard case .groups(_, let outputs) = stage.mix else { continue }
      parameters[index].weights = try plan.weightFormat.quantised(
        parameters[index].weights, filters: outputs.channels)
    }
    return parameters
  }
}

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
    return convolution.stages.map { stage in
      let sizes = stage.parameterCounts(inputs: channels)
      channels = sizes.outputs
      let scale = (3 / Float(max(1, sizes.fan))).squareRoot()
      var parameters = StageParameters(
        weights: floats(sizes.weights).map { $0 * scale },
        bias: stage.bias ? floats(sizes.outputs) : [])
      if let hidden = stage.squeezeExcite?.hidden {
        parameters.squeezeExcite = SqueezeExciteParameters(
          reduce: floats(hidden * sizes.outputs), reduceBias: floats(hidden),
          expand: floats(hidden * sizes.outputs), expandBias: floats(sizes.outputs))
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

extension Stage {
  /// Weights, output channels, and products in each output value.
  fileprivate func parameterCounts(inputs: Int) -> (weights: Int, outputs: Int, fan: Int) {
    switch (mix, spatial) {
    case (.groups(let inputs, let outputs), .window(let window)):
      let fan = inputs.size * window.kernel.area
      return (outputs.channels * fan, outputs.channels, fan)
    case (.groups(let inputs, let outputs), _):
      return (outputs.channels * inputs.size, outputs.channels, inputs.size)
    case (.none, .depthwise(let window)):
      return (inputs * window.kernel.area, inputs, window.kernel.area)
    case (.none, _): return (0, inputs, 1)
    }
  }
}

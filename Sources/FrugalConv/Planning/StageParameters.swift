/// The numbers of one stage, as a trained model has them.
public struct StageParameters: Hashable, Sendable {
  /// As many as `Convolution.weightCounts` says, in the order the stage's operator documents; empty
  /// where it has none.
  public var weights: [Float]
  /// One factor per output channel, multiplied into the weights; empty for none.
  public var scale: [Float]
  /// One per output channel, where the stage has a bias; empty for zeros.
  public var bias: [Float]
  /// Of the stage's squeeze-excite, where it has one.
  public var squeezeExcite: SqueezeExciteParameters?

  public init(
    weights: [Float] = [], scale: [Float] = [], bias: [Float] = [],
    squeezeExcite: SqueezeExciteParameters? = nil
  ) {
    self.weights = weights
    self.scale = scale
    self.bias = bias
    self.squeezeExcite = squeezeExcite
  }

  /// Weights, and a bias of their own if there is one, followed by a batch norm, folded:
  /// `w' = w·s`, `b' = β + (b − m)·s` with `s = γ/√(v + ε)` (Ioffe and Szegedy 2015). The stage
  /// needs a bias. Throws when the bias is neither empty nor as long as the batch norm.
  public init(
    weights: [Float], bias: [Float] = [], batchNorm: BatchNorm
  ) throws(FrugalConvError) {
    let scale = batchNorm.scale
    guard bias.isEmpty || bias.count == scale.count else {
      throw .wrongLength(of: "bias", expected: scale.count, found: bias.count)
    }
    self.init(
      weights: weights, scale: scale,
      bias: scale.indices.map { channel in
        let own = bias.isEmpty ? 0 : bias[channel]
        return batchNorm.beta[channel] + (own - batchNorm.mean[channel]) * scale[channel]
      })
  }
}

/// The parameters of a trained batch norm, one of each per channel.
public struct BatchNorm: Hashable, Sendable {
  public let gamma, beta, mean, variance: [Float]
  public let epsilon: Float

  /// Throws when the lengths differ, and when a variance with epsilon is not positive.
  public init(
    gamma: [Float], beta: [Float], mean: [Float], variance: [Float], epsilon: Float = 1e-5
  ) throws(FrugalConvError) {
    for (name, values) in [("beta", beta), ("mean", mean), ("variance", variance)] {
      guard values.count == gamma.count else {
        throw .wrongLength(of: name, expected: gamma.count, found: values.count)
      }
    }
    for variance in variance where !(variance + epsilon > 0) {
      throw .notFinite(what: "one over the square root of a variance and epsilon", value: variance)
    }
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  /// γ/√(v + ε)
  var scale: [Float] {
    gamma.indices.map { gamma[$0] / (variance[$0] + epsilon).squareRoot() }
  }
}

/// The two layers of a squeeze-excite.
public struct SqueezeExciteParameters: Hashable, Sendable {
  /// `[hidden][C]`
  public var reduce: [Float]
  /// `[hidden]`
  public var reduceBias: [Float]
  /// `[C][hidden]`
  public var expand: [Float]
  /// `[C]`
  public var expandBias: [Float]

  public init(reduce: [Float], reduceBias: [Float], expand: [Float], expandBias: [Float]) {
    self.reduce = reduce
    self.reduceBias = reduceBias
    self.expand = expand
    self.expandBias = expandBias
  }
}

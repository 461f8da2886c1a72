/// The numbers of one stage, as a trained model has them.
public struct StageParameters: Hashable, Sendable {
  /// In the order the stage's operator documents; empty where it has none.
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

  /// Weights followed by a batch norm, folded: `w' = w·γ/√(v + ε)`, `b' = β − m·γ/√(v + ε)`
  /// (Ioffe and Szegedy 2015). The stage needs a bias.
  public init(weights: [Float], batchNorm: BatchNorm) {
    let scale = batchNorm.scale
    self.init(
      weights: weights, scale: scale,
      bias: scale.indices.map { batchNorm.beta[$0] - batchNorm.mean[$0] * scale[$0] })
  }
}

/// The parameters of a trained batch norm, one of each per channel.
public struct BatchNorm: Hashable, Sendable {
  public let gamma, beta, mean, variance: [Float]
  public let epsilon: Float

  /// Throws when the lengths differ.
  public init(
    gamma: [Float], beta: [Float], mean: [Float], variance: [Float], epsilon: Float = 1e-5
  ) throws(FrugalConvError) {
    for (name, values) in [("beta", beta), ("mean", mean), ("variance", variance)] {
      guard values.count == gamma.count else {
        throw .wrongLength(of: name, expected: gamma.count, found: values.count)
      }
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

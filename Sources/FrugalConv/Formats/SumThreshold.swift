/// When a sum becomes the bit 1.
public enum SumThreshold: Hashable, Sendable {
  /// `sum >= t`, one t per channel.
  case atLeast([Int])
  /// The sign of a batch norm of the sum: with x = scale·sum + bias,
  /// `γ·(x − μ)/√(v + ε) + β > 0`, or `>= 0` where a tie becomes one, computed in Double. Scale and
  /// bias, one per channel or empty, are those of the convolution (XNOR-Net's α, say).
  ///
  /// It is folded into one whole threshold per channel; negative, zero and infinite γ included. A
  /// NaN result is the bit 0.
  case batchNorm(BatchNorm, scale: [Float] = [], bias: [Float] = [], tie: BitThreshold.Tie = .one)

  /// The bit is `sum >= least`, or its opposite.
  struct Folded: Hashable {
    let least: Int
    let isInverted: Bool
  }

  /// Throws when a length is not the channels', and when a parameter is NaN.
  func check(_ channels: Int) throws(FrugalConvError) {
    func check(_ count: Int, _ name: String, optional: Bool = false) throws(FrugalConvError) {
      guard count == channels || (optional && count == 0) else {
        throw .wrongLength(of: name, expected: channels, found: count)
      }
    }
    switch self {
    case .atLeast(let least): try check(least.count, "thresholds")
    case .batchNorm(let norm, let scale, let bias, _):
      try check(norm.gamma.count, "batch norm")
      try check(scale.count, "scale", optional: true)
      try check(bias.count, "bias", optional: true)
      for values in [norm.gamma, norm.beta, norm.mean, norm.variance, scale, bias] {
        for value in values where value.isNaN {
          throw .notFinite(what: "a parameter of a batch norm", value: value)
        }
      }
    }
  }

  /// The threshold of a channel whose sums are within ±limit.
  func folded(_ channel: Int, limit: Int) -> Folded {
    guard case .batchNorm(let norm, let scale, let bias, let tie) = self else {
      guard case .atLeast(let least) = self else { preconditionFailure() }
      return Folded(least: least[channel], isInverted: false)
    }
    let gamma = Double(norm.gamma[channel])
    let beta = Double(norm.beta[channel])
    let mean = Double(norm.mean[channel])
    let deviation = (Double(norm.variance[channel]) + Double(norm.epsilon)).squareRoot()
    let factor = scale.isEmpty ? 1 : Double(scale[channel])
    let constant = bias.isEmpty ? 0 : Double(bias[channel])
    func isOne(_ sum: Int) -> Bool {
      let y = gamma * (factor * Double(sum) + constant - mean) / deviation + beta
      return tie == .one ? y >= 0 : y > 0
    }
    // Every operation is monotone, rounded or not, so the bit changes once at most.
    let first = isOne(-limit)
    guard isOne(limit) != first else {
      return Folded(least: first ? -limit : limit + 1, isInverted: false)
    }
    var (same, other) = (-limit, limit)
    while other - same > 1 {
      let middle = (same + other) / 2
      if isOne(middle) == first { same = middle } else { other = middle }
    }
    return Folded(least: other, isInverted: first)
  }
}

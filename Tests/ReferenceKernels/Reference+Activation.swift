internal import FrugalConv

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Number {
  static func + (a: Number, b: Number) -> Number {
    let value = a.value + b.value
    return Number(value, error: a.error + b.error + epsilon * abs(value))
  }

  static func * (a: Number, b: Number) -> Number {
    let value = a.value * b.value
    return Number(
      value,
      error: abs(a.value) * b.error + abs(b.value) * a.error + a.error * b.error
        + epsilon * abs(value))
  }
}

extension Activation {
  /// The error grows by at most the steepest slope; a transcendental adds a few roundings, and
  /// those of its argument.
  func applied(to x: Number) -> Number {
    switch self {
    case .identity: return x
    case .clamp(let low, let high):
      if x.value.isNaN { return x }
      return Number(min(max(x.value, Double(low)), Double(high)), error: x.error)
    case .hardSwish:
      let value = x.value * min(max(x.value + 3, 0), 6) / 6
      return Number(value, error: 1.5 * x.error + 4 * Number.epsilon * abs(x.value))
    case .sigmoid:
      let value = sigmoid(x.value)
      let argument = 1 + abs(x.value) * sigmoid(-x.value)
      return Number(value, error: x.error / 4 + 4 * Number.epsilon * value * argument + tiny)
    case .swish(let beta):
      let slope = Double(beta) * x.value
      let value = x.value * sigmoid(slope)
      let argument = 1 + abs(slope) * sigmoid(-slope)
      return Number(
        value, error: 1.1 * x.error + 4 * Number.epsilon * abs(value) * argument + tiny)
    }
  }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Below the smallest normal float, digits are lost.
  private var tiny: Double { Double(Float.leastNormalMagnitude) }
}

public import FrugalConv

/// Random test data: the same for the same seed, everywhere.
public struct Generator: RandomNumberGenerator {
  private var numbers: SplitMix64

  public init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

  public mutating func next() -> UInt64 { numbers.next() }

  /// A number from `range`.
  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// A number from [-1, 1).
  public mutating func real() -> Float { (Float(next() >> 40) - 0x1p23) * 0x1p-23 }

  public mutating func pick<T>(_ choices: [T]) -> T { choices[integer(0...choices.count - 1)] }
}

/// The kind of numbers in random data.
public enum DataKind: String, Sendable {
  /// Small whole numbers: float32 sums of their products are exact.
  case integers
  /// Numbers between -1 and 1.
  case reals
}

extension Generator {
  public mutating func values(_ kind: DataKind, _ count: Int, upTo limit: Int = 4) -> [Float] {
    (0..<count).map { _ in
      kind == .integers ? Float(integer(-limit...limit)) : real()
    }
  }

  /// Parameters for each stage; scales are powers of two for whole numbers.
  public mutating func parameters(
    for convolution: Convolution, _ kind: DataKind, scaled: Bool = true
  ) -> [StageParameters] {
    var channels = convolution.channels
    return zip(convolution.stages, convolution.weightCounts).map { stage, weights in
      if case .groups(_, let outputs) = stage.mix { channels = outputs.channels }
      var parameters = StageParameters(weights: values(kind, weights, upTo: 2))
      if scaled, weights > 0 {
        parameters.scale = (0..<channels).map { _ in
          kind == .integers ? pick([1, 2, -1]) : 1 + real() / 2
        }
      }
      if stage.bias { parameters.bias = values(kind, channels) }
      if let hidden = stage.squeezeExcite?.hidden {
        parameters.squeezeExcite = SqueezeExciteParameters(
          reduce: values(kind, hidden * channels), reduceBias: values(kind, hidden),
          expand: values(kind, channels * hidden), expandBias: values(kind, channels))
      }
      return parameters
    }
  }
}

extension Convolution {
  /// Whether whole numbers, with displacements in quarters, stay exact in float32 while sums are
  /// small enough.
  public var isExactOnIntegers: Bool { stages.allSatisfy(\.isExactOnIntegers) }
}

extension Stage {
  fileprivate var isExactOnIntegers: Bool {
    guard squeezeExcite == nil else { return false }
    switch activation {
    case .identity, .clamp: break
    case .swish, .hardSwish, .sigmoid: return false
    }
    switch spatial {
    case .none, .shift, .depthwise, .window, .pool(.maximum, _): return true
    case .pool(.average, _), .globalAverage: return false
    case .activeShift(let displacements, _):
      return displacements.allSatisfy {
        ($0.dy * 4).rounded() == $0.dy * 4 && ($0.dx * 4).rounded() == $0.dx * 4
      }
    }
  }
}

import ReferenceKernels
import Testing

@testable import FrugalConv

/// Batch norm and sign, folded into one whole threshold per channel.
@Suite struct SumThresholdTests {
  private struct Channel {
    let gamma, beta, mean, variance, scale, bias: Float

    /// The sign in Double, as the definition says.
    func isOne(_ sum: Int, _ tie: BitThreshold.Tie) -> Bool {
      let x = Double(scale) * Double(sum) + Double(bias)
      let deviation = (Double(variance) + Double(Float(1e-5))).squareRoot()
      let y = Double(gamma) * (x - Double(mean)) / deviation + Double(beta)
      return tie == .one ? y >= 0 : y > 0
    }
  }

  /// Whether all were right.
  @discardableResult private func check(
    _ channels: [Channel], limit: Int, _ words: Comment = ""
  ) throws -> Bool {
    var holds = true
    for tie in [BitThreshold.Tie.one, .zero] {
      let norm = try BatchNorm(
        gamma: channels.map(\.gamma), beta: channels.map(\.beta), mean: channels.map(\.mean),
        variance: channels.map(\.variance))
      let threshold = SumThreshold.batchNorm(
        norm, scale: channels.map(\.scale), bias: channels.map(\.bias), tie: tie)
      try threshold.check(channels.count)
      for (index, channel) in channels.enumerated() {
        let folded = threshold.folded(index, limit: limit)
        let wrong = (-limit...limit).first { sum in
          (sum >= folded.least) != folded.isInverted
            ? !channel.isOne(sum, tie) : channel.isOne(sum, tie)
        }
        holds = holds && wrong == nil
        #expect(wrong == nil, "\(channel), tie \(tie) \(words)")
      }
    }
    return holds
  }

  @Test func randomParametersFoldExactly() throws {
    try tryRandomSeeds(for: .seconds(1)) { seed in
      var generator = Generator(seed: seed)
      let reals = (0..<20).map { _ in
        Channel(
          gamma: generator.real(), beta: generator.real(), mean: 20 * generator.real(),
          variance: abs(generator.real()) * 50, scale: generator.real(), bias: generator.real())
      }
      // Whole numbers, so that there are ties.
      let wholes = (0..<20).map { _ in
        Channel(
          gamma: generator.pick([1, -1, 2, -0.5, 0, -0.0]), beta: generator.pick([0, -0.0]),
          mean: Float(generator.integer(-20...20)), variance: generator.pick([0, 1, 4]),
          scale: generator.pick([1, -1, 2, 0.5, 0]), bias: Float(generator.integer(-20...20)))
      }
      return try check(reals + wholes, limit: 100, "FRUGALCONV_SEED=\(seed)")
    }
  }

  @Test func adversarialParametersFoldExactly() throws {
    let numbers: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 3.5,
      -3.5, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]
    var channels: [Channel] = []
    for gamma in numbers {
      for beta in numbers {
        for mean in numbers {
          for scale in [1, -1, 0, 0.5, .infinity, -.infinity] as [Float] {
            channels.append(
              Channel(
                gamma: gamma, beta: beta, mean: mean, variance: gamma == 1 ? 0 : .infinity,
                scale: scale, bias: 0))
            for bias in [-2, .infinity, -.infinity] as [Float] {
              channels.append(
                Channel(
                  gamma: gamma, beta: beta, mean: mean, variance: 1, scale: scale, bias: bias))
            }
          }
        }
      }
    }
    try check(channels, limit: 9)
  }

  @Test func tiesAtWholeSumsGoWhereTheRuleSays() throws {
    // 2·(s − 3) + 0: zero at s = 3.
    let norm = try BatchNorm(
      gamma: [2, -2], beta: [0, 0], mean: [3, 3], variance: [1, 1], epsilon: 0)
    func folded(_ tie: BitThreshold.Tie) -> [SumThreshold.Folded] {
      (0..<2).map { SumThreshold.batchNorm(norm, tie: tie).folded($0, limit: 5) }
    }
    #expect(
      folded(.one) == [.init(least: 3, isInverted: false), .init(least: 4, isInverted: true)])
    #expect(
      folded(.zero) == [.init(least: 4, isInverted: false), .init(least: 3, isInverted: true)])
  }

  /// The same through a plan, whose counts have 16 bits: all channels read the same bits.
  @Test(arguments: Level.available) func adversarialParametersHoldInPlans(_ level: Level) throws {
    let numbers: [Float] = [0, -0.0, 1, -1, .infinity, -.infinity, 1e30, -1e-30, 3.5]
    let channels = numbers.flatMap { gamma in
      numbers.flatMap { beta in
        numbers.map { mean in
          Channel(gamma: gamma, beta: beta, mean: mean, variance: 1, scale: 1, bias: 0)
        }
      }
    }
    let inputs = 9
    let convolution = try Convolution.pointwise(inputs, channels.count)
    let shape = MapShape(inputs, Extent(1, inputs + 1))
    // Pixel x has x ones: sums from −9 to 9.
    var input = try BitMap<Signs>(shape)
    for x in 0...inputs { for c in 0..<x { input[0, c, 0, x] = true } }
    let norm = try BatchNorm(
      gamma: channels.map(\.gamma), beta: channels.map(\.beta), mean: channels.map(\.mean),
      variance: channels.map(\.variance))
    for tie in [BitThreshold.Tie.one, .zero] {
      for kernel in [BinaryKernel.tables, .lanes, .words] {
        let plan = try convolution.binaryPlan(
          for: shape, encoding: Signs.self, BinaryOptions(kernel: kernel, level: level))
        let weights = try plan.pack([
          BinaryParameters(
            weights: [Float](repeating: 1, count: inputs * channels.count),
            threshold: .batchNorm(norm, tie: tie))
        ])
        let bits = try plan.run(weights, input)
        for (index, channel) in channels.enumerated() {
          let wrong = (0...inputs).first {
            bits[0, index, 0, $0] != channel.isOne(2 * $0 - inputs, tie)
          }
          #expect(wrong == nil, "\(channel), tie \(tie), \(kernel)")
        }
      }
    }
  }

  @Test func badThresholdsAreRefused() throws {
    let norm = try BatchNorm(gamma: [.nan], beta: [0], mean: [0], variance: [1])
    #expect(throws: FrugalConvError.self) { try SumThreshold.batchNorm(norm).check(1) }
    #expect(throws: FrugalConvError.wrongLength(of: "thresholds", expected: 2, found: 0)) {
      try SumThreshold.atLeast([]).check(2)
    }
  }
}

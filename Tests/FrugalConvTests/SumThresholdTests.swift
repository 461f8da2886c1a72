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

  private func check(_ channels: [Channel], limit: Int) throws {
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
        #expect(wrong == nil, "\(channel), tie \(tie)")
      }
    }
  }

  @Test func randomParametersFoldExactly() throws {
    var generator = Generator(seed: 77)
    let channels = (0..<300).map { _ in
      Channel(
        gamma: generator.real(), beta: generator.real(), mean: 20 * generator.real(),
        variance: abs(generator.real()) * 50, scale: generator.real(), bias: generator.real())
    }
    try check(channels, limit: 576)
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
          for scale in [1, -1, 0, 0.5] as [Float] {
            channels.append(
              Channel(
                gamma: gamma, beta: beta, mean: mean, variance: gamma == 1 ? 0 : .infinity,
                scale: scale, bias: 0))
            channels.append(
              Channel(gamma: gamma, beta: beta, mean: mean, variance: 1, scale: scale, bias: -2))
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

  @Test func badThresholdsAreRefused() throws {
    let norm = try BatchNorm(gamma: [.nan], beta: [0], mean: [0], variance: [1])
    #expect(throws: FrugalConvError.self) { try SumThreshold.batchNorm(norm).check(1) }
    #expect(throws: FrugalConvError.wrongLength(of: "thresholds", expected: 2, found: 0)) {
      try SumThreshold.atLeast([]).check(2)
    }
  }
}

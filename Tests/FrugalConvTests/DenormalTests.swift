import CKernels
import FrugalConv
import Testing

/// Numbers below the normal ones: exact without the option, zeros with it, and no thread stays
/// changed.
@Suite struct DenormalTests {
  private static let hasMode = frugal_flushing_denormals(0) != 0

  struct Variant: Sendable, CustomTestStringConvertible {
    let level: Level
    let executor: Executor
    let threads: Int
    var testDescription: String { "\(level), \(executor), \(threads)" }

    static let all = Level.available.flatMap { level in
      [Executor.fused, .openBLAS].flatMap { executor in
        [1, 2].map { Variant(level: level, executor: executor, threads: $0) }
      }
    }
  }

  private static let shape = MapShape(channels: 16, height: 40, width: 40)

  private static func convolutions() throws -> [Convolution] {
    try [
      .depthwise(16, Window(3), bias: false), .pointwise(16, 16, bias: false),
      .depthwiseSeparable(16, 16, bias: false),
    ]
  }

  /// The result for a map of 0, 1, 2, 3, 4 times a unit, in units; all weights are 1. The calling
  /// thread computes in `mode` during the run.
  private func multiples(
    of unit: Float, _ convolution: Convolution, _ options: PlanOptions,
    mode: UInt64 = frugal_float_mode()
  ) throws -> [Float] {
    let plan = try convolution.plan(for: Self.shape, options)
    let weights = try plan.pack(
      convolution.stages.map { stage in
        StageParameters(weights: [Float](repeating: 1, count: stage.mix == .none ? 144 : 256))
      })
    let input = try FeatureMap(
      (0..<Self.shape.count).map { Float($0 % 5) * unit }, shape: Self.shape)
    let before = frugal_float_mode()
    frugal_set_float_mode(mode)
    let result = Result { try plan.run(weights, input) }
    let after = frugal_float_mode()
    frugal_set_float_mode(before)
    // Above the lowest bits, which say what has happened so far.
    #expect(after >> 6 == mode >> 6, "the calling thread computes as before")
    return try result.get().array().map { Float(Double($0) / Double(unit)) }
  }

  private func options(_ variant: Variant, flushes: Bool = false) -> PlanOptions {
    PlanOptions(
      threads: variant.threads, level: variant.level, executor: variant.executor,
      flushesDenormals: flushes)
  }

  private static let denormal = Float.leastNonzeroMagnitude

  @Test(arguments: Variant.all) func areExactUnlessFlushed(_ variant: Variant) throws {
    for convolution in try Self.convolutions() {
      let expected = try multiples(of: 0x1p-10, convolution, options(variant))
      #expect(expected.max()! >= 16)
      #expect(try multiples(of: Self.denormal, convolution, options(variant)) == expected)
      guard Self.hasMode else { continue }
      let flushing = options(variant, flushes: true)
      let flushed = try multiples(of: Self.denormal, convolution, flushing)
      #expect(flushed.allSatisfy { $0 == 0 })
      #expect(try multiples(of: 0x1p-10, convolution, flushing) == expected)
      // Nor does a worker keep the mode.
      #expect(try multiples(of: Self.denormal, convolution, options(variant)) == expected)
    }
  }

  @Test(.enabled(if: hasMode), arguments: Variant.all)
  func workersComputeAsTheCallingThreadDoes(_ variant: Variant) throws {
    let mode = frugal_flushing_denormals(frugal_float_mode())
    for convolution in try Self.convolutions() {
      let result = try multiples(of: Self.denormal, convolution, options(variant), mode: mode)
      #expect(result.allSatisfy { $0 == 0 })
    }
  }
}

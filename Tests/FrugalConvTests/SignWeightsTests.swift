import FrugalConv
import ReferenceKernels
import Testing

/// Weights made into signs: the papers' formulas, and what happens at their edges.
@Suite struct SignWeightsTests {
  private let weights: [Float] = [0.5, -1.5, 1, -0.0, 0, 4, -2, 2]

  @Test func scalesAreMeansOfFiltersOrOfTheLayer() throws {
    let filters = try BinaryWeights(meanOf: weights, filters: 2)
    #expect(filters.scales == [0.75, 2])
    #expect(filters.floats == [0.75, -0.75, 0.75, 0.75, 2, 2, -2, 2])
    let layer = try BinaryWeights(meanOf: weights, filters: 2, per: .layer)
    #expect(layer.scales == [1.375, 1.375])
  }

  @Test func theMeanIsTheBestScaleOfSigns() throws {
    var generator = Generator(seed: 3)
    let weights = generator.values(.reals, 77)
    let binary = try BinaryWeights(meanOf: weights, filters: 1)
    func squaredError(_ scale: Float) -> Double {
      zip(weights, binary.floats).reduce(0) {
        let difference = Double($1.0) - Double($1.1 / binary.scales[0] * scale)
        return $0 + difference * difference
      }
    }
    let best = squaredError(binary.scales[0])
    #expect(best < squaredError(binary.scales[0] * 1.01))
    #expect(best < squaredError(binary.scales[0] * 0.99))
  }

  @Test func signsOfZerosArePositive() throws {
    let binary = try BinaryWeights(signsOf: weights, filters: 1, magnitude: 3)
    #expect(binary.floats == [3, -3, 3, 3, 3, 3, -3, 3])
  }

  @Test func stochasticSignsFollowTheirProbabilityAndSeed() throws {
    let count = 20_000
    for (weight, share) in [(Float(0.5), 0.75), (0, 0.5), (-0.8, 0.1), (-2, 0), (1, 1), (7, 1)] {
      var (first, second) = (Generator(seed: 5), Generator(seed: 5))
      let weights = [Float](repeating: weight, count: count)
      let binary = try BinaryWeights(stochasticSignsOf: weights, filters: 2, using: &first)
      #expect(binary == (try BinaryWeights(stochasticSignsOf: weights, filters: 2, using: &second)))
      let found = Double(binary.floats.count { $0 > 0 }) / Double(count)
      let deviation = (share * (1 - share) / Double(count)).squareRoot()
      #expect(abs(found - share) <= 5 * deviation, "\(weight): \(found)")
    }
  }

  @Test func ternaryThresholdsAreSharesOfTheMean() throws {
    // Mean 1, Δ = 0.5 with factor 0.5: the weights at ±Δ are zeros.
    let weights: [Float] = [0.5, -0.5, 1, -2, 0, 2]
    let layer = try TernaryWeights(thresholdOf: weights, filters: 2, factor: 0.5)
    let scale = Float(5.0 / 3)
    #expect(layer.floats == [0, 0, scale, -scale, 0, scale])
    // Δ = 0.47 and 0.93 with the paper's factor.
    let filters = try TernaryWeights(thresholdOf: weights, filters: 2, per: .filter)
    let third = Float(2.0 / 3)
    #expect(filters.scales == [third, 2])
    #expect(filters.floats == [third, -third, third, -2, 0, 2])
    let zeros = try TernaryWeights(thresholdOf: [0, 0], filters: 1)
    #expect(zeros.floats == [0, 0] && zeros.scales == [0])
  }

  @Test(arguments: [1, 63, 64, 65, 127, 1984, 2047])
  func packingTakesABitOrTwo(_ size: Int) throws {
    var generator = Generator(seed: UInt64(size))
    let weights = generator.values(.reals, 3 * size)
    let binary = try BinaryWeights(signsOf: weights, filters: 3)
    let words = 3 * ((size + 63) / 64)
    #expect(binary.bytes == 8 * words + 12)
    let signs: [Float] = weights.map { $0 < 0 ? -1 : 1 }
    #expect(binary.floats == signs)
    let ternary = try TernaryWeights(thresholdOf: weights, filters: 3)
    #expect(ternary.bytes == 16 * words + 12)
    let sum = weights.reduce(0.0) { $0 + Double(abs($1)) }
    let delta = 0.7 * Float(sum / Double(weights.count))
    let scale = ternary.scales[0]
    let expected: [Float] = weights.map { abs($0) <= delta ? 0 : $0 < 0 ? -scale : scale }
    #expect(ternary.floats == expected)
  }

  @Test func whatIsNoWeightIsRefused() {
    #expect(throws: FrugalConvError.notPositive(what: "filters", value: 0)) {
      try BinaryWeights(meanOf: [1], filters: 0)
    }
    #expect(throws: FrugalConvError.wrongLength(of: "weights of 2 filters", expected: 2, found: 3))
    {
      try TernaryWeights(thresholdOf: [1, 2, 3], filters: 2)
    }
    #expect(throws: FrugalConvError.self) { try BinaryWeights(signsOf: [], filters: 1) }
    #expect(throws: FrugalConvError.self) { try BinaryWeights(meanOf: [.nan], filters: 1) }
    #expect(throws: FrugalConvError.self) { try BinaryWeights(meanOf: [.infinity], filters: 1) }
    #expect(throws: FrugalConvError.self) {
      try BinaryWeights(signsOf: [1], filters: 1, magnitude: -1)
    }
    #expect(throws: FrugalConvError.self) {
      try TernaryWeights(thresholdOf: [1], filters: 1, factor: -0.7)
    }
  }

  @Test func quantisedWeightsRunAsFloatOnesDo() throws {
    var generator = Generator(seed: 11)
    let convolution = try Convolution.window(7, 10, Window(3), bias: false)
    let shape = MapShape(7, Extent(5, 9))
    let weights = generator.values(.reals, 10 * 63)
    let input = try FeatureMap(generator.values(.reals, shape.count), shape: shape)
    let held: [(WeightFormat, [Float])] = [
      (.binary, try BinaryWeights(meanOf: weights, filters: 10).floats),
      (.ternary, try TernaryWeights(thresholdOf: weights, filters: 10).floats),
    ]
    for (format, weights) in held {
      let parameters = [StageParameters(weights: weights)]
      let plan = try convolution.plan(for: shape, PlanOptions(weightFormat: format))
      let float = try convolution.plan(for: shape)
      let result = try plan.run(plan.pack(parameters), input).array()
      let expected = try float.run(float.pack(parameters), input).array()
      #expect(zip(result, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(format)")
    }
  }
}

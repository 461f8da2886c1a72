import ReferenceKernels
import Testing

@testable import FrugalConv

/// Bit maps and what makes bits of numbers.
@Suite struct BitMapTests {
  private let shape = MapShape(images: 2, channels: 67, height: 3, width: 5)

  @Test func bitsStandWhereTheFormatSays() throws {
    var map = try BitMap<Signs>(shape)
    map[1, 66, 2, 4] = true
    map[0, 3, 0, 1] = true
    #expect(map.words[2] == 8 && map.words[(29) * 2 + 1] == 4)
    #expect(map.words.count { $0 != 0 } == 2)
    let copy = map
    map[0, 3, 0, 1] = false
    #expect(copy[0, 3, 0, 1] && !map[0, 3, 0, 1] && map[1, 66, 2, 4])
    #expect(try BitMap<Signs>(words: copy.words, shape: shape) == copy)
  }

  @Test func bitsBehindTheLastChannelAreRefused() throws {
    var words = [UInt64](repeating: 0, count: 60)
    words[1] = 8
    #expect(throws: FrugalConvError.padBits(word: 1, channels: 67)) {
      try BitMap<Units>(words: words, shape: shape)
    }
    #expect(throws: FrugalConvError.wrongLength(of: "words", expected: 60, found: 59)) {
      try BitMap<Units>(words: Array(words.dropLast()), shape: shape)
    }
  }

  @Test(arguments: [BitThreshold.Tie.zero, .one])
  func mapsBecomeBitsAndNumbersAgain(_ tie: BitThreshold.Tie) throws {
    var generator = Generator(seed: 2)
    var numbers = generator.values(.integers, shape.count)
    for place in stride(from: 0, to: numbers.count, by: 9) {
      numbers[place] = generator.pick([.nan, -0.0, .infinity])
    }
    var limits = generator.values(.integers, shape.channels)
    limits[5] = .infinity
    limits[6] = -.infinity
    for threshold in [BitThreshold(0, tie: tie), BitThreshold(perChannel: limits, tie: tie)] {
      let canvas = Canvas(shape, .channelMajorWithGaps, elements: numbers)
      let view = try MapView(canvas.memory.span, shape: shape, layout: canvas.layout)
      let ones = numbers.enumerated().map { place, number in
        let limit =
          threshold.values.count == 1
          ? 0 : limits[place / shape.planeSize % shape.channels]
        return tie == .one ? number >= limit : number > limit
      }
      let signs = try BitMap<Signs>(view, threshold)
      #expect(try signs.unpacked().array() == ones.map { $0 ? 1 : -1 })
      #expect(try BitMap<Units>(view, threshold).unpacked().array() == ones.map { $0 ? 1 : 0 })
    }
  }

  @Test func wholeNumbersBecomeBits() throws {
    var generator = Generator(seed: 3)
    let numbers = (0..<shape.count).map { _ in Int32(generator.integer(-3...3)) }
    let limits = (0..<shape.channels).map { Int32($0 % 5 - 2) }
    let expected = numbers.enumerated().map { place, number in
      number >= limits[place / shape.planeSize % shape.channels] ? Float(1) : 0
    }
    let shorts = numbers.map(Int16.init)
    let long = try BitMap<Units>(numbers.span, shape: shape, atLeast: limits)
    let short = try BitMap<Units>(shorts.span, shape: shape, atLeast: limits.map(Int16.init))
    let found = try long.unpacked().array()
    #expect(found == expected && short == long)
  }

  @Test func wholeNumbersNeedThresholds() throws {
    let numbers = [Int32](repeating: 0, count: shape.count)
    #expect(throws: FrugalConvError.wrongLength(of: "thresholds", expected: 67, found: 0)) {
      try BitMap<Units>(numbers.span, shape: shape, atLeast: [])
    }
  }

  @Test func thresholdsThatMeanNothingAreRefused() throws {
    let map = try FeatureMap(shape)
    #expect(throws: FrugalConvError.self) { try BitMap<Signs>(map.view, BitThreshold(.nan)) }
    #expect(throws: FrugalConvError.wrongLength(of: "thresholds", expected: 67, found: 0)) {
      try BitMap<Signs>(map.view, BitThreshold(perChannel: []))
    }
  }

  @Test func dynamicThresholdsFollowTheInput() throws {
    let shape = MapShape(images: 2, channels: 2, height: 1, width: 3)
    let map = try FeatureMap([1, 2, 6, 0, 0, 0, 3, 8, 4, 0, 9, 0], shape: shape)
    #expect(DynamicThreshold.mean.threshold(of: map.view, perChannel: true).values == [4, 1.5])
    #expect(DynamicThreshold.median.threshold(of: map.view, perChannel: true).values == [3.5, 0])
    #expect(DynamicThreshold.mean.threshold(of: map.view).values == [2.75])
    #expect(DynamicThreshold.median.threshold(of: map.view).values == [1.5])
  }

  @Test func conversionsGiveTheSameAtEveryLevel() throws {
    var generator = Generator(seed: 6)
    let map = try FeatureMap(generator.values(.integers, shape.count), shape: shape)
    let numbers = map.array().map { Int32($0) }
    for level in Level.available {
      let bits = try BitMap<Signs>(map.view, .sign, level: level)
      let signs: [Float] = map.array().map { $0 >= 0 ? 1 : -1 }
      #expect(try bits.unpacked(level: level).array() == signs)
      let found = try BitMap<Signs>(numbers.span, shape: shape, atLeast: [0], level: level)
      #expect(found == bits, "\(level)")
    }
  }

  @Test func stochasticBitsHaveTheNumberAsMean() throws {
    var generator = SplitMix64(seed: 5)
    let count = 40_000
    for (number, values, share) in [
      (Float(0.5), BitValues.signs, 0.75), (-0.2, .signs, 0.4), (0.3, .units, 0.3),
    ] {
      let numbers = [Float](repeating: number, count: count)
      let bits = StochasticRounding.bits(of: numbers, as: values, using: &generator)
      #expect(abs(Double(bits.count { $0 }) / Double(count) - share) < 0.01)
    }
    let ends: [Float] = [1, 2, -1, -7, .nan]
    #expect(
      StochasticRounding.bits(of: ends, as: .signs, using: &generator)
        == [true, true, false, false, false])
  }

  @Test func stochasticBitsFollowTheirGenerator() throws {
    var numbers = Generator(seed: 1)
    let map = try FeatureMap(numbers.values(.reals, shape.count), shape: shape)
    var (first, second) = (SplitMix64(seed: 8), SplitMix64(seed: 8))
    let bits = try StochasticRounding.bits(of: map.view, as: Signs.self, using: &first)
    let same = try StochasticRounding.bits(of: map.view, as: Signs.self, using: &second)
    let other = try StochasticRounding.bits(of: map.view, as: Signs.self, using: &first)
    #expect(bits == same && bits != other)
    // One draw a number, as the weights of one bit take them; other generators do.
    var (third, fourth) = (Generator(seed: 8), SplitMix64(seed: 8))
    let weights = try BinaryWeights(
      stochasticSignsOf: map.array(), filters: shape.images, using: &third)
    let signs: [Float] = StochasticRounding.bits(of: map.array(), as: .signs, using: &fourth)
      .map { $0 ? 1 : -1 }
    let (next, alike) = (third.next(), fourth.next())
    #expect(weights.floats == signs && next == alike)
    #expect(try bits.unpacked().array() == signs)
  }

  /// Of generators whose draws are all zeros or all ones, too.
  @Test func aUnitIsNeverOne() {
    struct Constant: RandomNumberGenerator {
      let draw: UInt64
      func next() -> UInt64 { draw }
    }
    var (least, most) = (Constant(draw: 0), Constant(draw: .max))
    #expect(least.unit() == 0 && most.unit() == 1 - 0x1p-53)
    let above: [Float] = [.leastNonzeroMagnitude, 1 - 0x1p-24, 1]
    #expect(
      StochasticRounding.bits(of: [0, -0.0], as: .units, using: &least) == [false, false])
    #expect(
      StochasticRounding.bits(of: above, as: .units, using: &least) == [true, true, true])
    #expect(
      StochasticRounding.bits(of: above, as: .units, using: &most) == [false, false, true])
  }

  @Test func scalesOfXNORNetAreMeans() throws {
    #expect(try XNORScales.filters([1, -3, 0, 0.5, 0.5, -2], count: 2) == [4 / 3, 1])
    let shape = MapShape(channels: 2, height: 2, width: 2)
    let map = try FeatureMap([1, -2, 3, 4, 3, 0, -5, 2], shape: shape)
    // Means of |x|: 2 1 4 3; the window sums all four.
    let scales = try XNORScales.activations(map.view, Window(3)).array()
    #expect(scales.allSatisfy { abs($0 - 10 / 9) < 1e-6 })
  }

  @Test func numbersOfKBitsAreDoReFas() throws {
    let two = try KBitNumbers(bits: 2)
    let one = try KBitNumbers(bits: 1)
    #expect([-1, 0, 0.2, 0.5, 0.6, 1, 9, .nan].map(two.level) == [0, 0, 1, 2, 2, 3, 3, 0])
    #expect([0.5, 0.51].map(one.activation) == [0, 1])
    #expect(one.weights([1, -2, 0]) == [1, -1, 1])
    let quarters = zip(two.weights([5, -5, 0]), [1, -1, 1 / 3] as [Float])
    #expect(quarters.allSatisfy { abs($0 - $1) < 1e-6 })
    var generator = SplitMix64(seed: 3)
    var mean: Float = 0
    for _ in 0..<20_000 {
      let gradients = one.gradients([0.7, 1], using: &generator)
      #expect(gradients.allSatisfy { abs($0) == 1 })
      mean += gradients[0] / 20_000
    }
    #expect(abs(mean - 0.7) < 0.02)
    let planes = try two.planes([0, 1, 2, 3], shape: MapShape(channels: 1, height: 1, width: 4))
    #expect(planes.map(\.words) == [[0, 1, 0, 1], [0, 0, 1, 1]])
    #expect(throws: FrugalConvError.self) { try KBitNumbers(bits: 0) }
    #expect(throws: FrugalConvError.tooLarge(what: "a level of 2 bits", value: 4, limit: 3)) {
      try two.planes([4], shape: MapShape(channels: 1, height: 1, width: 1))
    }
  }
}

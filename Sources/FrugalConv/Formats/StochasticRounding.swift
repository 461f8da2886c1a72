/// Bits drawn at random, so that a bit's mean is the number: P(1) = clip((x + 1)/2, 0, 1) for
/// {−1, +1} (BinaryConnect, Courbariaux et al. 2015), clip(x, 0, 1) for {0, 1}.
///
/// One number is drawn an element, in order, so that equal generators (`SplitMix64` of one seed, say)
/// give equal bits. Numbers at or beyond the ends are never drawn wrong; NaN becomes the bit 0.
public enum StochasticRounding {
  /// One bit per number.
  public static func bits(
    of numbers: [Float], as values: BitValues, using generator: inout some RandomNumberGenerator
  ) -> [Bool] {
    bits(of: numbers, dividedBy: 1, as: values, using: &generator)
  }

  /// A bit map of a map, drawn image by image, channel by channel, row by row.
  public static func bits<Encoding>(
    of map: borrowing MapView, as encoding: Encoding.Type = Encoding.self,
    using generator: inout some RandomNumberGenerator
  ) throws(FrugalConvError) -> BitMap<Encoding> {
    let ones = bits(of: map.array(), as: Encoding.values, using: &generator)
      .map { $0 ? Int32(1) : 0 }
    return try BitMap(ones.span, shape: map.shape, atLeast: [1])
  }

  static func bits(
    of numbers: [Float], dividedBy magnitude: Float, as values: BitValues,
    using generator: inout some RandomNumberGenerator
  ) -> [Bool] {
    numbers.map { number in
      let x = Double(number) / Double(magnitude)
      return generator.unit() < (values == .signs ? (x + 1) / 2 : x)
    }
  }
}

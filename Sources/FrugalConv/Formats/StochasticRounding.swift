/// Bits drawn at random, so that a bit's mean is the number: P(1) = clip((x + 1)/2, 0, 1) for
/// {−1, +1} (BinaryConnect, Courbariaux et al. 2015), clip(x, 0, 1) for {0, 1}.
///
/// The same bits for the same seed. Numbers at or beyond the ends are never drawn wrong; NaN becomes
/// the bit 0.
public struct StochasticRounding: Hashable, Sendable {
  private var generator: SplitMix64

  public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// One bit per number.
  public mutating func bits(of numbers: [Float], as values: BitValues) -> [Bool] {
    numbers.map { number in
      // One draw per number, whatever it is, so that numbers do not depend on their neighbours.
      generator.unit() < (values == .signs ? (number + 1) / 2 : number)
    }
  }

  /// A bit map of a map, drawn image by image, channel by channel, row by row.
  public mutating func bits<Encoding>(
    of map: borrowing MapView, as encoding: Encoding.Type = Encoding.self
  ) throws(FrugalConvError) -> BitMap<Encoding> {
    let ones = bits(of: map.array(), as: Encoding.values).map { $0 ? Int32(1) : 0 }
    return try BitMap(ones.span, shape: map.shape, atLeast: [1])
  }
}

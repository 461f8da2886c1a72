/// Throws when weights do not divide into filters, or one is not finite.
func checkFilters(_ weights: [Float], _ filters: Int) throws(FrugalConvError) {
  try requirePositive(filters, "filters")
  guard !weights.isEmpty, weights.count.isMultiple(of: filters) else {
    throw .wrongLength(
      of: "weights of \(filters) filters",
      expected: max(1, weights.count / filters) * filters, found: weights.count)
  }
  for weight in weights where !weight.isFinite { throw .notFinite(what: "a weight", value: weight) }
}

/// Throws when the magnitude of all weights is no positive number.
func checkMagnitude(_ magnitude: Float) throws(FrugalConvError) {
  guard magnitude > 0, magnitude.isFinite else {
    throw .notFinite(what: "the magnitude of weights, which is above 0", value: magnitude)
  }
}

/// The filters that share a scale.
func groups(_ filters: Int, _ scope: ScaleScope) -> [Range<Int>] {
  scope == .layer ? [0..<filters] : (0..<filters).map { $0..<$0 + 1 }
}

/// The mean of |w| that each filter's scale is, of checked weights; throws as `checkFilters`.
func meanMagnitudes(
  _ weights: [Float], filters: Int, per scope: ScaleScope
) throws(FrugalConvError) -> [Float] {
  try checkFilters(weights, filters)
  let size = weights.count / filters
  return groups(filters, scope).flatMap { group in
    let part = weights[group.lowerBound * size..<group.upperBound * size]
    let mean = Float(part.reduce(0) { $0 + Double(abs($1)) } / Double(part.count))
    return group.map { _ in mean }
  }
}

/// One bit a weight; each filter begins with a word of its own.
func packedBits(_ bits: [Bool], filters: Int) -> [UInt64] {
  let size = bits.count / filters
  let wordsOfFilter = (size + 63) / 64
  var words = [UInt64](repeating: 0, count: filters * wordsOfFilter)
  for (index, bit) in bits.enumerated() where bit {
    let (filter, weight) = index.quotientAndRemainder(dividingBy: size)
    words[filter * wordsOfFilter + weight / 64] |= 1 << UInt64(weight % 64)
  }
  return words
}

/// The weights of all filters, each by its filter and where its bit is.
func unpackedFloats(
  filters: Int, filterSize: Int, _ weight: (_ filter: Int, _ word: Int, _ bit: Int) -> Float
) -> [Float] {
  let wordsOfFilter = (filterSize + 63) / 64
  return (0..<filters).flatMap { filter in
    (0..<filterSize).map { weight(filter, filter * wordsOfFilter + $0 / 64, $0 % 64) }
  }
}

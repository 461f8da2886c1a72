extension HTML.StringInterpolation {
  /// A share of the drawing's width or height.
  mutating func appendInterpolation(percent fraction: Double) {
    appendInterpolation(SVGCoordinate.text(100 * fraction) + "%")
  }

  /// A length in pixels.
  mutating func appendInterpolation(pixels length: Double) {
    appendInterpolation(SVGCoordinate.text(length))
  }
}

/// Numbers in drawings.
enum SVGCoordinate {
  /// Two decimals; never infinite, nor in exponent form.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let hundredths = Int((100 * min(max(value, -100_000), 100_000)).rounded())
    return hundredths.isMultiple(of: 100) ? "\(hundredths / 100)" : "\(Double(hundredths) / 100)"
  }
}

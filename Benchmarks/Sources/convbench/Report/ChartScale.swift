import Foundation

/// Where values lie along an axis.
struct ChartScale {
  /// A value with a line and a label.
  struct Tick {
    let label: String
    let fraction: Double
  }

  private let isLogarithmic: Bool
  private let lower: Double
  private let upper: Double
  let ticks: [Tick]

  /// From zero to a little beyond the largest value, with lines at round steps.
  init(fromZeroTo values: [Double], mostTicks: Int, label: (Double) -> String) {
    let largest = min(max(values.filter(\.isFinite).max() ?? 1, 1e-3), 1e15)
    let rough = largest / Double(mostTicks)
    let power = pow(10, log10(rough).rounded(.down))
    let step = power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
    let upper = 1.02 * largest
    isLogarithmic = false
    lower = 0
    self.upper = upper
    ticks = (0...Int(upper / step)).map { index in
      let value = step * Double(index)
      return Tick(label: label(value), fraction: value / upper)
    }
  }

  /// From a little below the least value to a little above the largest, with lines at no more
  /// than so many powers of two.
  init(powersOfTwoAround values: [Double], mostTicks: Int, unit: String = "") {
    let exponents = values.filter { $0.isFinite && $0 > 0 }.map { min(max(log2($0), -40), 40) }
    var lower = (exponents.min() ?? 0) - 0.25
    var upper = (exponents.max() ?? 0) + 0.25
    if lower.rounded(.up) > upper { (lower, upper) = (lower.rounded(.down), upper.rounded(.up)) }
    let powers = Int(lower.rounded(.up))...Int(upper.rounded(.down))
    let step = (powers.count + mostTicks - 1) / mostTicks
    isLogarithmic = true
    self.lower = lower
    self.upper = upper
    ticks = powers.filter { $0.isMultiple(of: step) }.map { exponent in
      let power = NumberText.grouped(1 << abs(exponent))
      return Tick(
        label: (exponent < 0 ? "1/\(power)" : power) + unit,
        fraction: (Double(exponent) - lower) / (upper - lower))
    }
  }

  /// The values at both ends.
  var start: Double { isLogarithmic ? exp2(lower) : lower }
  var end: Double { isLogarithmic ? exp2(upper) : upper }

  /// 0 at the lower end, 1 at the upper; nil for what has no place.
  func fraction(_ value: Double) -> Double? {
    guard value.isFinite, value >= 0, !isLogarithmic || value > 0 else { return nil }
    let place = isLogarithmic ? log2(value) : value
    return min(max((place - lower) / (upper - lower), 0), 1)
  }
}

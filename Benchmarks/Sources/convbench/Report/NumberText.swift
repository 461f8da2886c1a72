import Foundation

/// Numbers as text for people: narrow spaces between thousands, a point before decimals.
enum NumberText {
  private static let narrowSpace = "\u{202F}"
  /// What stands for a number that there is not.
  static let none = "–"

  /// 1 234 567.
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += narrowSpace }
      text.append(digit)
    }
    return number < 0 ? "−" + text : text
  }

  /// A fixed number of decimals.
  static func fixed(_ number: Double, decimals: Int) -> String {
    guard number.isFinite else { return none }
    guard number.magnitude < 1e12 else { return "\(number)" }
    let scale = Int(pow(10, Double(decimals)))
    let scaled = Int((number.magnitude * Double(scale)).rounded())
    let sign = number < 0 && scaled > 0 ? "−" : ""
    guard decimals > 0 else { return sign + grouped(scaled) }
    let fraction = String(scaled % scale)
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(sign)\(grouped(scaled / scale)).\(zeros)\(fraction)"
  }

  /// At least so many digits that mean something, and at most four decimals.
  static func significant(_ number: Double, digits: Int = 3) -> String {
    guard number != 0, number.magnitude < 1e12 else { return fixed(number, decimals: 0) }
    // Half a unit of the last digit up, so that 9.996 counts as 10.
    let rounded = number.magnitude * (1 + 0.5 * pow(10, -Double(digits)))
    let exponent = Int(log10(rounded).rounded(.down))
    return fixed(number, decimals: min(4, max(0, digits - 1 - exponent)))
  }

  /// 12.3 µs, 1.23 ms, 1.23 s.
  static func time(microseconds: Double) -> String {
    guard microseconds.isFinite else { return none }
    return switch microseconds.magnitude {
    case ..<999.5: significant(microseconds) + narrowSpace + "µs"
    case ..<999_500: significant(microseconds / 1e3) + narrowSpace + "ms"
    default: significant(microseconds / 1e6) + narrowSpace + "s"
    }
  }

  /// 0, 50 ms, 1.5 ms: without needless zeros, for axes.
  static func axisTime(microseconds: Double) -> String {
    guard microseconds != 0 else { return "0" }
    let parts = time(microseconds: microseconds).components(separatedBy: narrowSpace)
    guard var number = parts.first, let unit = parts.last, number.contains(".") else {
      return time(microseconds: microseconds)
    }
    while number.last == "0" { number.removeLast() }
    if number.last == "." { number.removeLast() }
    return number + narrowSpace + unit
  }

  /// 9 408, 95.6 k, 4.23 M, 1.81 G.
  static func count(_ number: Int) -> String {
    let value = Double(number)
    return switch value.magnitude {
    case ..<10_000: grouped(number)
    case ..<999_500: significant(value / 1e3) + narrowSpace + "k"
    case ..<999_500_000: significant(value / 1e6) + narrowSpace + "M"
    default: significant(value / 1e9) + narrowSpace + "G"
    }
  }

  /// 63 %, 6.3 %.
  static func share(_ share: Double) -> String {
    guard share.isFinite else { return none }
    return fixed(100 * share, decimals: share.magnitude < 0.0995 ? 1 : 0) + narrowSpace + "%"
  }

  /// 1.32×, 0.21×.
  static func ratio(_ ratio: Double?) -> String {
    guard let ratio, ratio.isFinite else { return none }
    let isMiddling = (0.1..<100).contains(ratio)
    return (isMiddling ? fixed(ratio, decimals: 2) : significant(ratio, digits: 2)) + "×"
  }

  /// 32 MiB, 512 KiB.
  static func size(bytes: Int) -> String {
    let kibibytes = Double(bytes) / 1024
    return kibibytes < 1024
      ? significant(kibibytes, digits: 2) + narrowSpace + "KiB"
      : significant(kibibytes / 1024, digits: 2) + narrowSpace + "MiB"
  }

  /// 1 thread, 2 threads.
  static func threads(_ count: Int) -> String { "\(count) thread\(count == 1 ? "" : "s")" }
}

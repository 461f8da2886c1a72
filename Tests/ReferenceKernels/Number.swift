/// A real number, and how far a float32 computation of it may be off.
///
/// Every step of the reference carries the bound along, so a result of many stages is held to the
/// error its own arithmetic allows, whatever the order of additions.
public struct Number: Sendable {
  public var value: Double
  public var error: Double

  public init(_ value: Double, error: Double = 0) {
    self.value = value
    self.error = error
  }

  /// Whether `result` is this number as float32 may compute it.
  public func allows(_ result: Float) -> Bool {
    if value.isNaN { return result.isNaN }
    return Double(result) == value || abs(Double(result) - value) <= error
  }

  /// Twice the rounding error of one float32 operation on 1.
  static let epsilon = Double(Float.ulpOfOne)
}

/// A sum of products as it grows.
struct Sum {
  private(set) var value = 0.0
  private(set) var magnitude = 0.0
  private var error = 0.0
  private var terms = 0

  mutating func add(_ weight: Double, _ x: Number) {
    value += weight * x.value
    magnitude += abs(weight * x.value)
    error += abs(weight) * x.error
    terms += 1
  }

  mutating func add(_ constant: Double) { add(1, Number(constant)) }

  /// The sum with the bound of Higham's γ: each product, and the sum in any order, is off by at
  /// most (terms + a few)·ε·Σ|product|. The few are the factors folded into weights and divisions.
  var number: Number {
    Number(value, error: error + Double(terms + 4) * Number.epsilon * magnitude)
  }
}

/// Feature maps, compact `[N][C][H][W]`, surrounded by zeros.
public struct ReferenceMap {
  public let images, channels, height, width: Int
  public var elements: [Number]
  /// The largest sum of |products| on the way here: integer data is exact while it is below 2²⁴.
  public var largestMagnitude = 0.0

  init(images: Int, channels: Int, height: Int, width: Int) {
    (self.images, self.channels, self.height, self.width) = (images, channels, height, width)
    elements = Array(repeating: Number(0), count: images * channels * height * width)
  }

  /// Zero beyond the rows and columns.
  subscript(image: Int, channel: Int, row: Int, column: Int) -> Number {
    get {
      guard row >= 0, row < height, column >= 0, column < width else { return Number(0) }
      return elements[((image * channels + channel) * height + row) * width + column]
    }
    set { elements[((image * channels + channel) * height + row) * width + column] = newValue }
  }

  /// A map whose element (n, c, y, x) is `value(n, c, y, x)`.
  func made(
    channels: Int? = nil, height: Int? = nil, width: Int? = nil,
    _ value: (Int, Int, Int, Int) -> Number
  ) -> ReferenceMap {
    var map = ReferenceMap(
      images: images, channels: channels ?? self.channels, height: height ?? self.height,
      width: width ?? self.width)
    map.largestMagnitude = largestMagnitude
    for n in 0..<map.images {
      for c in 0..<map.channels {
        for y in 0..<map.height {
          for x in 0..<map.width { map[n, c, y, x] = value(n, c, y, x) }
        }
      }
    }
    return map
  }

  /// As `made`, from sums.
  func summed(
    channels: Int? = nil, height: Int? = nil, width: Int? = nil,
    _ sum: (Int, Int, Int, Int) -> Sum
  ) -> ReferenceMap {
    var largest = largestMagnitude
    var map = made(channels: channels, height: height, width: width) { n, c, y, x in
      let sum = sum(n, c, y, x)
      largest = max(largest, sum.magnitude)
      return sum.number
    }
    map.largestMagnitude = largest
    return map
  }
}

/// Two numbers along the axes of a plane: rows (height) first, then columns (width).
public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral {
  public var height: Int
  public var width: Int

  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The same along both axes.
  public init(integerLiteral value: Int) { self.init(value, value) }

  /// The same along both axes.
  public init(_ both: Int) { self.init(both, both) }

  public var area: Int { height * width }

  func check(_ what: String) throws(FrugalConvError) {
    try requirePositive(height, "\(what) height")
    try requirePositive(width, "\(what) width")
    try requireAtMost(Self.most, max(height, width), what)
  }

  /// Kernels, strides, dilations and paddings beyond this are a mistake, and would overflow.
  static let most = Int(Int32.max)

  /// Output pixels when every stride-th pixel is used, starting with the first.
  func sampled(by stride: Extent) -> Extent {
    Extent((height - 1) / stride.height + 1, (width - 1) / stride.width + 1)
  }
}

extension Extent: CustomStringConvertible {
  public var description: String { "\(height)x\(width)" }
}

/// What surrounds a map when a window reaches over its border. Padding is zero.
public enum Padding: Hashable, Sendable {
  /// ⌊d(k−1)/2⌋ before, the rest behind, whatever the stride: what PyTorch calls "same".
  case same
  /// As much as ⌈size/stride⌉ outputs need, the odd row at the bottom, the odd column at the right:
  /// what TensorFlow calls "SAME".
  case sameTensorFlow
  /// None.
  case valid
  /// Rows and columns on each side.
  case explicit(top: Int, left: Int, bottom: Int, right: Int)

  /// The same number on all four sides.
  public static func all(_ size: Int) -> Padding {
    .explicit(top: size, left: size, bottom: size, right: size)
  }
}

/// A window that slides over the planes of a map: kernel, stride, dilation, padding.
///
/// Output pixel (y, x), tap (i, j) reads input row `y·stride − top + i·dilation` and the column
/// alike.
public struct Window: Hashable, Sendable {
  public var kernel: Extent
  public var stride: Extent
  public var dilation: Extent
  public var padding: Padding

  public init(
    _ kernel: Extent, stride: Extent = 1, dilation: Extent = 1, padding: Padding = .same
  ) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// A square window.
  public init(_ kernel: Int, stride: Int = 1, dilation: Int = 1, padding: Padding = .same) {
    self.init(
      Extent(kernel), stride: Extent(stride), dilation: Extent(dilation), padding: padding)
  }

  /// Rows and columns from the first tap to the last.
  func spanned() throws(FrugalConvError) -> Extent {
    try kernel.check("kernel")
    try stride.check("stride")
    try dilation.check("dilation")
    // Neither product overflows: each factor is below 2³¹.
    let reach = Extent(
      dilation.height * (kernel.height - 1), dilation.width * (kernel.width - 1))
    try requireAtMost(Extent.most, max(reach.height, reach.width), "the span of the kernel")
    return Extent(reach.height + 1, reach.width + 1)
  }

  /// Rows and columns added on each side of a map.
  func borders(of map: Extent) throws(FrugalConvError) -> (
    top: Int, left: Int, bottom: Int, right: Int
  ) {
    let span = try spanned()
    switch padding {
    case .valid: return (0, 0, 0, 0)
    case .explicit(let top, let left, let bottom, let right):
      guard min(top, left, bottom, right) >= 0 else {
        throw .negativePadding(top: top, left: left, bottom: bottom, right: right)
      }
      try requireAtMost(Extent.most, max(top, left, bottom, right), "padding")
      return (top, left, bottom, right)
    case .same:
      let (rows, columns) = (span.height - 1, span.width - 1)
      return (rows / 2, columns / 2, rows - rows / 2, columns - columns / 2)
    case .sameTensorFlow:
      func total(_ size: Int, _ stride: Int, _ span: Int) -> Int {
        max((size - 1) / stride * stride + span - size, 0)
      }
      let rows = total(map.height, stride.height, span.height)
      let columns = total(map.width, stride.width, span.width)
      return (rows / 2, columns / 2, rows - rows / 2, columns - columns / 2)
    }
  }

  /// The size of the output for a map; throws when the kernel spans more than the padded map.
  func output(of map: Extent) throws(FrugalConvError) -> Extent {
    let span = try spanned()
    let border = try borders(of: map)
    let padded = Extent(
      map.height + border.top + border.bottom, map.width + border.left + border.right)
    guard span.height <= padded.height, span.width <= padded.width else {
      throw .kernelExceedsMap(kernel: span, map: padded)
    }
    return Extent(
      (padded.height - span.height) / stride.height + 1,
      (padded.width - span.width) / stride.width + 1)
  }
}

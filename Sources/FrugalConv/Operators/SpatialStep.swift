/// A displacement by whole pixels: `y[h, w] = x[h + dy, w + dx]`, zero outside the map.
public struct Displacement: Hashable, Sendable {
  public var dy: Int
  public var dx: Int

  public init(dy: Int, dx: Int) {
    self.dy = dy
    self.dx = dx
  }
}

/// A displacement by a real number of pixels; values between pixels are interpolated bilinearly.
public struct RealDisplacement: Hashable, Sendable {
  public var dy: Float
  public var dx: Float

  public init(dy: Float, dx: Float) {
    self.dy = dy
    self.dx = dx
  }
}

/// How a window of pixels becomes one.
public enum Pooling: Hashable, Sendable {
  /// The largest; padding does not count.
  case maximum
  /// The mean; the divisor is the whole window, or only its pixels inside the map.
  case average(countsPadding: Bool)
}

extension [Displacement] {
  /// An even split over the k×k offsets of a kernel, neighbouring channels apart
  /// (ShiftNet, Wu et al. 2018): `dx = d·(c mod k − ⌊k/2⌋)`, `dy = d·(⌊c/k⌋ mod k − ⌊k/2⌋)`.
  ///
  /// Channels from ⌊C/k²⌋·k² on stay where they are.
  public static func evenlySpread(channels: Int, kernel: Int = 3, dilation: Int = 1) -> Self {
    evenSplit(channels, kernel, dilation) { channel, area in channel % area }
  }

  /// An even split over the k×k offsets of a kernel, ⌊C/k²⌋ neighbouring channels to each offset,
  /// row by row from the top left. The remaining channels stay where they are.
  public static func evenlyGrouped(channels: Int, kernel: Int = 3, dilation: Int = 1) -> Self {
    evenSplit(channels, kernel, dilation) { channel, area in channel / (channels / area) }
  }

  private static func evenSplit(
    _ channels: Int, _ kernel: Int, _ dilation: Int, offset: (Int, Int) -> Int
  ) -> Self {
    precondition(channels >= 1 && kernel >= 1, "channels and kernel must be positive")
    let still = Displacement(dy: 0, dx: 0)
    let (area, overflow) = kernel.multipliedReportingOverflow(by: kernel)
    guard !overflow, area <= channels else { return Self(repeating: still, count: channels) }
    func scaled(_ offset: Int) -> Int {
      // Any displacement beyond the map does the same, so the largest stands for all of them.
      let (product, overflow) = dilation.multipliedReportingOverflow(by: offset)
      return overflow ? Int.max : product
    }
    return (0..<channels).map { channel in
      guard channel < channels / area * area else { return still }
      let (row, column) = offset(channel, area).quotientAndRemainder(dividingBy: kernel)
      return Displacement(dy: scaled(row - kernel / 2), dx: scaled(column - kernel / 2))
    }
  }
}

/// What a stage does within each channel before it mixes channels.
public enum SpatialStep: Hashable, Sendable {
  /// Nothing; takes every stride-th pixel.
  case none(stride: Extent = 1)
  /// Moves each channel by its own whole displacement, then takes every stride-th pixel.
  case shift([Displacement], stride: Extent = 1)
  /// Moves each channel by its own real displacement, then takes every stride-th pixel.
  case activeShift([RealDisplacement], stride: Extent = 1)
  /// A weighted sum over a window of the channel's own plane; weights `[C][k][k]`.
  case depthwise(Window)
  /// All taps of a window, for the channel mix to weigh; its weights are `[D][C/G][k][k]`.
  case window(Window)
  /// One value per window.
  case pool(Pooling, Window)
  /// The mean of the plane.
  case globalAverage

  /// Rows of the matrix product that one channel becomes.
  var tapsPerChannel: Int {
    if case .window(let window) = self { window.kernel.area } else { 1 }
  }

  /// Throws what is wrong with the step whatever the size of the map.
  func check(_ channels: Int) throws(FrugalConvError) {
    func checkCount(_ displacements: Int) throws(FrugalConvError) {
      guard displacements == channels else {
        throw .displacementCount(channels: channels, displacements: displacements)
      }
    }
    switch self {
    case .none(let stride): try stride.check("stride")
    case .shift(let displacements, let stride):
      try stride.check("stride")
      try checkCount(displacements.count)
    case .activeShift(let displacements, let stride):
      try stride.check("stride")
      try checkCount(displacements.count)
      for (channel, d) in displacements.enumerated() where !(d.dy.isFinite && d.dx.isFinite) {
        throw .displacementNotFinite(channel: channel, dy: d.dy, dx: d.dx)
      }
    case .depthwise(let window), .window(let window), .pool(_, let window):
      _ = try window.borders(of: 1)
    case .globalAverage: break
    }
  }

  /// The size of the output for a map; throws when a window does not fit it.
  func output(of map: Extent) throws(FrugalConvError) -> Extent {
    switch self {
    case .none(let stride), .shift(_, let stride), .activeShift(_, let stride):
      map.sampled(by: stride)
    case .depthwise(let window), .window(let window), .pool(_, let window):
      try window.output(of: map)
    case .globalAverage: 1
    }
  }
}

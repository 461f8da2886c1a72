/// Images as cameras and decoders give them: channels of a pixel side by side.
extension FeatureMap {
  /// Converts one `[H][W][C]` image of bytes: `map[c, y, x] = (pixels[y, x, c] − mean[c])·scale[c]`.
  ///
  /// `mean` and `scale` hold one value per channel, or are empty for 0 and 1. Throws when a length
  /// does not fit, or the shape is empty or overflows.
  public init(
    pixels: Span<UInt8>, height: Int, width: Int, channels: Int, mean: [Float] = [],
    scale: [Float] = []
  ) throws(FrugalConvError) {
    try self.init(MapShape(channels: channels, height: height, width: width))
    try convert(pixels, mean: mean, scale: scale) { Float($0) }
  }

  /// Converts one `[H][W][C]` image of floats, as the initialiser from bytes does.
  public init(
    pixels: Span<Float>, height: Int, width: Int, channels: Int, mean: [Float] = [],
    scale: [Float] = []
  ) throws(FrugalConvError) {
    try self.init(MapShape(channels: channels, height: height, width: width))
    try convert(pixels, mean: mean, scale: scale) { $0 }
  }

  @inline(__always)
  private mutating func convert<Pixel: BitwiseCopyable>(
    _ pixels: Span<Pixel>, mean: [Float], scale: [Float], _ value: (Pixel) -> Float
  ) throws(FrugalConvError) {
    let (channels, planeSize) = (shape.channels, shape.planeSize)
    let normalisation = try Normalisation(mean: mean, scale: scale, channels: channels)
    guard pixels.count == shape.count else {
      throw .wrongLength(of: "pixels", expected: shape.count, found: pixels.count)
    }
    pixels.withUnsafeBufferPointer { source in
      forEachPlane { channel, plane in
        for i in 0..<planeSize {
          plane[i] = normalisation.apply(value(source[i * channels + channel]), channel)
        }
      }
    }
  }
}

/// A mean and a scale per channel.
private struct Normalisation {
  let mean, scale: [Float]

  init(mean: [Float], scale: [Float], channels: Int) throws(FrugalConvError) {
    guard mean.isEmpty || mean.count == channels else {
      throw .wrongLength(of: "mean", expected: channels, found: mean.count)
    }
    guard scale.isEmpty || scale.count == channels else {
      throw .wrongLength(of: "scale", expected: channels, found: scale.count)
    }
    self.mean = mean.isEmpty ? [Float](repeating: 0, count: channels) : mean
    self.scale = scale.isEmpty ? [Float](repeating: 1, count: channels) : scale
  }

  func apply(_ value: Float, _ channel: Int) -> Float { (value - mean[channel]) * scale[channel] }
}

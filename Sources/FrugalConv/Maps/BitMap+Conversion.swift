internal import CKernels

extension BitMap {
  /// One bit per element: `element > threshold`, or `>=` where the threshold says so; NaN gives 0.
  ///
  /// Throws when the thresholds are neither one nor one per channel, and when one is NaN; with a
  /// `level` (nil for `Level.fromEnvironment()`), as all conversions, when there is no such level.
  public init(
    _ map: borrowing MapView, _ threshold: BitThreshold = BitThreshold(), level: Level? = nil
  ) throws(FrugalConvError) {
    let kernels = try Level.kernels(level)
    try threshold.check(map.shape.channels)
    try self.init(map.shape)
    let (shape, layout, target) = (map.shape, map.layout, storage.start)
    map.withPlanes { start in
      for image in 0..<shape.images {
        threshold.withPacking(
          start + image * layout.imageStride, channelStride: layout.channelStride,
          channels: shape.channels, order: nil
        ) { packing in
          kernels.pointee.pack_bits(
            packing, 0, shape.planeSize, target + image * shape.planeSize * shape.wordsPerPixel)
        }
      }
    }
  }

  /// One bit per whole number of a compact `[N][C][H][W]` array: `number >= threshold` of its
  /// channel.
  ///
  /// Throws when their number is not the shape's, and when the thresholds are neither one nor one
  /// per channel.
  public init(
    _ numbers: Span<Int32>, shape: MapShape, atLeast thresholds: [Int32], level: Level? = nil
  ) throws(FrugalConvError) {
    try self.init(numbers: numbers, shape, thresholds, FRUGAL_INT32, level)
  }

  /// The same for numbers of 16 bits.
  public init(
    _ numbers: Span<Int16>, shape: MapShape, atLeast thresholds: [Int16], level: Level? = nil
  ) throws(FrugalConvError) {
    try self.init(numbers: numbers, shape, thresholds, FRUGAL_INT16, level)
  }

  private init<Number: BitwiseCopyable>(
    numbers: Span<Number>, _ shape: MapShape, _ thresholds: [Number], _ kind: frugal_number,
    _ level: Level?
  ) throws(FrugalConvError) {
    let kernels = try Level.kernels(level)
    try self.init(shape)
    guard numbers.count == shape.count else {
      throw .wrongLength(of: "numbers", expected: shape.count, found: numbers.count)
    }
    guard thresholds.count == 1 || thresholds.count == shape.channels else {
      throw .wrongLength(of: "thresholds", expected: shape.channels, found: thresholds.count)
    }
    let target = storage.start
    numbers.withUnsafeBufferPointer { numbers in
      thresholds.withUnsafeBufferPointer { thresholds in
        for image in 0..<shape.images {
          var packing = frugal_bit_packing(
            map: numbers.baseAddress! + image * shape.channels * shape.planeSize, number: kind,
            channel_stride: shape.planeSize, bits: shape.channels, channels: nil,
            offsets: nil, thresholds: thresholds.baseAddress,
            threshold_stride: thresholds.count == 1 ? 0 : 1,
            or_equal: 1, pixel_words: shape.wordsPerPixel)
          kernels.pointee.pack_bits(
            &packing, 0, shape.planeSize, target + image * shape.planeSize * shape.wordsPerPixel)
        }
      }
    }
  }

  /// The numbers that the bits stand for.
  ///
  /// Throws, and writes nothing, when the shapes differ.
  public func unpack(
    into map: inout MutableMapView, level: Level? = nil
  ) throws(FrugalConvError) {
    let kernels = try Level.kernels(level)
    guard map.shape == shape else { throw .shapeMismatch(expected: shape, found: map.shape) }
    let (values, layout) = (Encoding.values, map.layout)
    map.withPlanes { start in
      for image in 0..<shape.images {
        kernels.pointee.unpack_bits(
          storage.start + image * shape.planeSize * wordsPerPixel, wordsPerPixel, shape.planeSize,
          shape.channels, Float(values.zero), Float(values.one), start + image * layout.imageStride,
          layout.channelStride)
      }
    }
  }

  /// The numbers that the bits stand for. Throws as above.
  public func unpack(into map: inout FeatureMap, level: Level? = nil) throws(FrugalConvError) {
    var view = map.mutableView
    try unpack(into: &view, level: level)
  }

  /// The numbers that the bits stand for, as a new map.
  public func unpacked(level: Level? = nil) throws(FrugalConvError) -> FeatureMap {
    var map = try FeatureMap(shape)
    try unpack(into: &map, level: level)
    return map
  }
}

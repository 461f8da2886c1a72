/// Feature maps in somebody else's memory, for reading: a span, a shape and strides. No copy.
///
/// Groups, slices and interleavings of channels are views of a view.
public struct MapView: ~Escapable {
  let elements: Span<Float>
  public let shape: MapShape
  public let layout: MapLayout

  /// Views elements as maps of `shape`, compact `[N][C][H][W]` unless a layout says otherwise.
  ///
  /// Throws when the shape is empty or overflows, when planes would overlap, and when the elements
  /// do not suffice.
  @_lifetime(copy elements)
  public init(_ elements: Span<Float>, shape: MapShape, layout: MapLayout? = nil)
    throws(FrugalConvError)
  {
    try shape.check()
    let layout = (layout ?? .compact(shape)).normalised(for: shape)
    let needed = try layout.span(of: shape)
    guard elements.count >= needed else {
      throw .bufferTooShort(needed: needed, found: elements.count)
    }
    self.elements = elements
    self.shape = shape
    self.layout = layout
  }

  /// The channels `range`, every `step`-th of them.
  ///
  /// `channels(g..<C, step: G)` is member list g of an interleaving of C channels in G groups.
  @_lifetime(copy self)
  public func channels(_ range: Range<Int>, step: Int = 1) throws(FrugalConvError) -> MapView {
    let part = try ChannelSlice(range, step: step, of: shape, layout)
    return try MapView(
      elements.extracting(part.offset...), shape: part.shape, layout: part.layout)
  }

  /// The images `range`.
  @_lifetime(copy self)
  public func images(_ range: Range<Int>) throws(FrugalConvError) -> MapView {
    let part = try ImageSlice(range, of: shape, layout)
    return try MapView(elements.extracting(part.offset...), shape: part.shape, layout: layout)
  }

  /// The element of an image, channel, row and column.
  public subscript(image: Int, channel: Int, row: Int, column: Int) -> Float {
    precondition((0..<shape.images).contains(image) && (0..<shape.channels).contains(channel))
    precondition((0..<shape.height).contains(row) && (0..<shape.width).contains(column))
    return elements[
      image * layout.imageStride + channel * layout.channelStride + row * shape.width + column]
  }

  /// The elements as a compact `[N][C][H][W]` array.
  public func array() -> [Float] {
    let plane = shape.planeSize
    return elements.withUnsafeBufferPointer { source in
      [Float](unsafeUninitializedCapacity: shape.count) { target, count in
        for image in 0..<shape.images {
          for channel in 0..<shape.channels {
            let start = image * layout.imageStride + channel * layout.channelStride
            let place = (image * shape.channels + channel) * plane
            (target.baseAddress! + place).initialize(
              from: source.baseAddress! + start, count: plane)
          }
        }
        count = shape.count
      }
    }
  }

  /// Calls `body` with the address of the first element.
  func withPlanes<R, E: Error>(_ body: (UnsafePointer<Float>) throws(E) -> R) throws(E) -> R {
    try elements.withUnsafeBufferPointer { (buffer) throws(E) -> R in
      try body(buffer.baseAddress!)
    }
  }
}

/// Feature maps in somebody else's memory, for writing. As `MapView`.
public struct MutableMapView: ~Copyable, ~Escapable {
  var elements: MutableSpan<Float>
  public let shape: MapShape
  public let layout: MapLayout

  /// Views elements as maps of `shape`, compact `[N][C][H][W]` unless a layout says otherwise.
  ///
  /// Throws when the shape is empty or overflows, when planes would overlap, and when the elements
  /// do not suffice.
  @_lifetime(copy elements)
  public init(_ elements: consuming MutableSpan<Float>, shape: MapShape, layout: MapLayout? = nil)
    throws(FrugalConvError)
  {
    try shape.check()
    let layout = (layout ?? .compact(shape)).normalised(for: shape)
    let needed = try layout.span(of: shape)
    guard elements.count >= needed else {
      throw .bufferTooShort(needed: needed, found: elements.count)
    }
    self.elements = elements
    self.shape = shape
    self.layout = layout
  }

  /// The channels `range`, every `step`-th of them, for writing.
  @_lifetime(&self)
  public mutating func channels(_ range: Range<Int>, step: Int = 1) throws(FrugalConvError)
    -> MutableMapView
  {
    let part = try ChannelSlice(range, step: step, of: shape, layout)
    return try MutableMapView(
      elements._mutatingExtracting(part.offset...), shape: part.shape, layout: part.layout)
  }

  /// The images `range`, for writing.
  @_lifetime(&self)
  public mutating func images(_ range: Range<Int>) throws(FrugalConvError) -> MutableMapView {
    let part = try ImageSlice(range, of: shape, layout)
    return try MutableMapView(
      elements._mutatingExtracting(part.offset...), shape: part.shape, layout: layout)
  }

  /// Calls `body` with the address of the first element.
  mutating func withPlanes<R, E: Error>(
    _ body: (UnsafeMutablePointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    try elements.withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in
      try body(buffer.baseAddress!)
    }
  }
}

/// Every `step`-th channel of a range: where it starts, its shape and strides.
private struct ChannelSlice {
  let offset: Int
  let shape: MapShape
  let layout: MapLayout

  init(_ range: Range<Int>, step: Int, of shape: MapShape, _ layout: MapLayout)
    throws(FrugalConvError)
  {
    try requirePositive(step, "the step between channels")
    guard range.lowerBound >= 0, range.upperBound <= shape.channels else {
      throw .rangeOutside(
        lower: range.lowerBound, upper: range.upperBound, count: shape.channels)
    }
    var part = shape
    part.channels = range.isEmpty ? 0 : (range.count - 1) / step + 1
    guard part.channels >= 1 else { throw .emptyShape(part) }
    offset = range.lowerBound * layout.channelStride
    self.shape = part
    // The stride of a single channel means nothing, and its product could overflow.
    self.layout = MapLayout(
      imageStride: layout.imageStride,
      channelStride: layout.channelStride * (part.channels == 1 ? 1 : step))
  }
}

/// A run of images: where it starts and its shape.
private struct ImageSlice {
  let offset: Int
  let shape: MapShape

  init(_ range: Range<Int>, of shape: MapShape, _ layout: MapLayout) throws(FrugalConvError) {
    guard range.lowerBound >= 0, range.upperBound <= shape.images else {
      throw .rangeOutside(lower: range.lowerBound, upper: range.upperBound, count: shape.images)
    }
    var part = shape
    part.images = range.count
    guard part.images >= 1 else { throw .emptyShape(part) }
    offset = range.lowerBound * layout.imageStride
    self.shape = part
  }
}

/// A batch of float32 feature maps in storage of our own: planar, 64-byte aligned, a value.
///
/// Element (n, c, y, x) stands at `n·imageStride + c·channelStride + y·width + x`; planes are
/// never a multiple of 4096 bytes apart.
public struct FeatureMap: Sendable {
  var storage: AlignedStorage<Float>
  public let shape: MapShape
  public let layout: MapLayout

  /// Zeros. Throws when the shape is empty or overflows.
  public init(_ shape: MapShape) throws(FrugalConvError) {
    try shape.check()
    layout = .spread(shape)
    storage = AlignedStorage(zeros: try layout.span(of: shape))
    self.shape = shape
  }

  /// A copy of compact `[N][C][H][W]` elements. Throws when their number is not the shape's.
  public init(_ elements: [Float], shape: MapShape) throws(FrugalConvError) {
    try self.init(shape)
    guard elements.count == shape.count else {
      throw .wrongLength(of: "elements", expected: shape.count, found: elements.count)
    }
    let plane = shape.planeSize
    elements.withUnsafeBufferPointer { source in
      forEachPlane { index, target in
        target.update(from: source.baseAddress! + index * plane, count: plane)
      }
    }
  }

  /// The map for reading, without a copy.
  public var view: MapView {
    @_lifetime(borrow self)
    get {
      let elements = Span(_unsafeStart: UnsafePointer(storage.start), count: storage.count)
      // The storage was made for this shape and layout.
      let view = try! MapView(elements, shape: shape, layout: layout)
      return _overrideLifetime(view, borrowing: self)
    }
  }

  /// The map for writing; storage that another value shares is copied first.
  public var mutableView: MutableMapView {
    @_lifetime(&self)
    mutating get {
      makeUnique()
      let elements = MutableSpan(_unsafeStart: storage.start, count: storage.count)
      let view = try! MutableMapView(elements, shape: shape, layout: layout)
      return _overrideLifetime(view, mutating: &self)
    }
  }

  public subscript(image: Int, channel: Int, row: Int, column: Int) -> Float {
    get { view[image, channel, row, column] }
    set {
      precondition((0..<shape.images).contains(image) && (0..<shape.channels).contains(channel))
      precondition((0..<shape.height).contains(row) && (0..<shape.width).contains(column))
      makeUnique()
      let plane = image * layout.imageStride + channel * layout.channelStride
      storage.start[plane + row * shape.width + column] = newValue
    }
  }

  /// The elements as a compact `[N][C][H][W]` array.
  public func array() -> [Float] { view.array() }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = AlignedStorage(copying: storage) }
  }

  /// Calls `body` with the number and the address of each plane, image by image.
  mutating func forEachPlane(_ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
    makeUnique()
    for image in 0..<shape.images {
      for channel in 0..<shape.channels {
        let offset = image * layout.imageStride + channel * layout.channelStride
        body(image * shape.channels + channel, storage.start + offset)
      }
    }
  }
}

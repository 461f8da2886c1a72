/// The extents of a batch of feature maps: images, channels, rows and columns.
public struct MapShape: Hashable, Sendable {
  public var images: Int
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(images: Int = 1, channels: Int, height: Int, width: Int) {
    self.images = images
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Rows and columns.
  public var extent: Extent { Extent(height, width) }

  /// Pixels of one plane.
  public var planeSize: Int { height * width }

  /// Elements of all images.
  public var count: Int { images * channels * height * width }

  /// Throws when an extent is below 1, or when there are more than 2⁴⁴ elements: no address space
  /// holds them, and below that no sum of sizes overflows.
  func check() throws(FrugalConvError) {
    guard images >= 1, channels >= 1, height >= 1, width >= 1 else { throw .emptyShape(self) }
    var count = 1
    for extent in [images, channels, height, width] {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= 1 << 44 else { throw .shapeOverflows(self) }
      count = product
    }
  }
}

extension MapShape: CustomStringConvertible {
  /// "64x56x56" for one image, "8x64x56x56" for eight.
  public var description: String {
    (images == 1 ? "" : "\(images)x") + "\(channels)x\(height)x\(width)"
  }
}

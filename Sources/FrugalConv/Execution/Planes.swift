/// The planes of a map for reading: an address and strides.
struct SourcePlanes {
  var start: UnsafePointer<Float>
  var layout: MapLayout

  func plane(_ image: Int, _ channel: Int) -> UnsafePointer<Float> {
    start + (image * layout.imageStride + channel * layout.channelStride)
  }
}

/// The planes of a map for writing.
struct TargetPlanes {
  var start: UnsafeMutablePointer<Float>
  var layout: MapLayout

  func plane(_ image: Int, _ channel: Int) -> UnsafeMutablePointer<Float> {
    start + (image * layout.imageStride + channel * layout.channelStride)
  }

  var readable: SourcePlanes { SourcePlanes(start: start, layout: layout) }
}

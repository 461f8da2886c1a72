internal import CKernels

/// A window over each channel's own plane, with one origin for all channels or one for each.
struct TapWindow: Sendable {
  let kernel: Extent
  let stride: Extent
  let dilation: Extent
  let origins: [frugal_tap_origin]

  init(_ window: Window, border: (top: Int, left: Int, bottom: Int, right: Int)) {
    kernel = window.kernel
    stride = window.stride
    dilation = window.dilation
    origins = [frugal_tap_origin(top: -border.top, left: -border.left)]
  }

  init(bilinear displacements: [RealDisplacement], stride: Extent) {
    kernel = 2
    self.stride = stride
    dilation = 1
    origins = displacements.map { frugal_tap_origin(top: $0.floor.dy, left: $0.floor.dx) }
  }

  /// Calls `body` with the window over the planes at `map`.
  func withDescription<R>(
    _ shape: MapShape, layout: MapLayout, map: UnsafePointer<Float>?, outWidth: Int,
    _ body: (UnsafePointer<frugal_depthwise>) -> R
  ) -> R {
    origins.withUnsafeBufferPointer { origins in
      var description = frugal_depthwise(
        map: map, channel_stride: layout.channelStride, height: shape.height, width: shape.width,
        kernel_height: kernel.height, kernel_width: kernel.width, stride_y: stride.height,
        stride_x: stride.width, dilation_y: dilation.height, dilation_x: dilation.width,
        out_width: outWidth, origins: origins.baseAddress,
        origin_stride: origins.count > 1 ? 1 : 0)
      return body(&description)
    }
  }
}

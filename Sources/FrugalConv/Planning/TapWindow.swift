internal import CKernels

/// A window over each channel's own plane, with one origin for all channels or one for each.
struct TapWindow: Sendable {
  let kernel: Extent
  let stride: Extent
  let dilation: Extent
  let origins: [frugal_tap_origin]
  /// Of the four neighbours of each channel's real displacement; empty where weights are packed.
  let bilinearWeights: [Float]

  init(_ window: Window, border: (top: Int, left: Int, bottom: Int, right: Int)) {
    kernel = window.kernel
    stride = window.stride
    dilation = window.dilation
    origins = [frugal_tap_origin(top: -border.top, left: -border.left)]
    bilinearWeights = []
  }

  init(bilinear displacements: [RealDisplacement], stride: Extent) {
    kernel = 2
    self.stride = stride
    dilation = 1
    origins = displacements.map { frugal_tap_origin(top: $0.floor.dy, left: $0.floor.dx) }
    bilinearWeights = displacements.flatMap(\.bilinearWeights)
  }

  /// Calls `body` with the window over the planes at `map`, and with its bilinear weights.
  func withDescription<R>(
    _ shape: MapShape, layout: MapLayout, map: UnsafePointer<Float>?, outWidth: Int,
    _ body: (UnsafePointer<frugal_depthwise>, UnsafePointer<Float>?) -> R
  ) -> R {
    origins.withUnsafeBufferPointer { origins in
      bilinearWeights.withUnsafeBufferPointer { weights in
        var description = frugal_depthwise(
          map: map, channel_stride: layout.channelStride, height: shape.height,
          width: shape.width, kernel_height: kernel.height, kernel_width: kernel.width,
          stride_y: stride.height, stride_x: stride.width, dilation_y: dilation.height,
          dilation_x: dilation.width, out_width: outWidth, origins: origins.baseAddress,
          origin_stride: origins.count > 1 ? 1 : 0)
        return body(&description, weights.isEmpty ? nil : weights.baseAddress)
      }
    }
  }

  /// Floats of scratch that the kernel needs.
  func scratch(_ shape: MapShape, outWidth: Int) -> Int {
    withDescription(shape, layout: .compact(shape), map: nil, outWidth: outWidth) { taps, _ in
      frugal_depthwise_scratch(taps)
    }
  }
}

extension RealDisplacement {
  /// The pixel up and left of the displaced position. Displacements beyond any map stop at ±2³¹.
  var floor: Displacement {
    func whole(_ value: Float) -> Int {
      Int(min(max(value.rounded(.down), -2_147_483_648), 2_147_483_648))
    }
    return Displacement(dy: whole(dy), dx: whole(dx))
  }

  /// `(1−a)(1−b), (1−a)b, a(1−b), ab` for the fractions a of dy and b of dx.
  fileprivate var bilinearWeights: [Float] {
    let a = Double(dy) - Double(dy.rounded(.down))
    let b = Double(dx) - Double(dx.rounded(.down))
    return [(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b].map(Float.init)
  }
}

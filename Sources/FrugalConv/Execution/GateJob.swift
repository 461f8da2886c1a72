internal import CKernels

/// Where the numbers of one image's squeeze-excite stand in the workspace: the means come first.
struct GateLayout {
  let channels: Int
  let hidden: Int

  var hiddenLayer: Int { WorkspaceLayout.aligned(channels) }
  var gates: Int { hiddenLayer + WorkspaceLayout.aligned(hidden) }
  var count: Int { gates + WorkspaceLayout.aligned(channels) }
}

/// One run of a stage's squeeze-excite over the map the stage has written: means, two small
/// layers, then each plane times its gate.
struct GateJob {
  let squeezeExcite: SqueezeExcite
  let shape: MapShape
  let kernels: UnsafePointer<frugal_kernels>
  let weights: UnsafePointer<Float>
  let part: WeightPacking.Part
  let map: TargetPlanes
  let scratch: UnsafeMutablePointer<Float>

  private var layout: GateLayout {
    GateLayout(channels: shape.channels, hidden: squeezeExcite.hidden)
  }

  private static let blockFloats = 16_384
  private var blockChannels: Int { max(1, Self.blockFloats / shape.planeSize) }
  private var blocks: Int { (shape.channels + blockChannels - 1) / blockChannels }
  var tasks: Int { shape.images * blocks }

  private func block(_ task: Int) -> (image: Int, channels: Range<Int>) {
    let (image, block) = task.quotientAndRemainder(dividingBy: blocks)
    let first = block * blockChannels
    return (image, first..<min(shape.channels, first + blockChannels))
  }

  /// Means of some planes.
  func squeeze(task: Int) {
    let (image, channels) = block(task)
    kernels.pointee.mean_rows(
      map.plane(image, channels.lowerBound), map.layout.channelStride, channels.count,
      shape.planeSize, scratch + (image * layout.count + channels.lowerBound))
  }

  /// The two layers of one image.
  func gate(image: Int) {
    let start = scratch + image * layout.count
    let hidden = start + layout.hiddenLayer
    let gates = start + layout.gates
    layer(
      start, hidden, inputs: shape.channels, outputs: squeezeExcite.hidden,
      weights + part.reduce, weights + part.reduceBias, squeezeExcite.activation)
    layer(
      hidden, gates, inputs: squeezeExcite.hidden, outputs: shape.channels, weights + part.expand,
      weights + part.expandBias, squeezeExcite.gate)
  }

  private func layer(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, inputs: Int, outputs: Int,
    _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ activation: Activation
  ) {
    OpenBLAS.multiplyTransposed(
      rows: 1, n: outputs, k: inputs, x, ldx: inputs, weights, beta: 0, y, ldy: outputs)
    EpilogueWork(activation, bias: bias, residual: nil, placement: nil, kernels: kernels).run(
      y, ld: 1, y, ld: 1, image: 0, channel: 0, step: 1, count: outputs, pixel: 0, n: 1)
  }

  /// Some planes times their gates.
  func excite(task: Int) {
    let (image, channels) = block(task)
    kernels.pointee.scale_rows(
      scratch + (image * layout.count + layout.gates + channels.lowerBound),
      map.plane(image, channels.lowerBound), map.layout.channelStride, channels.count,
      shape.planeSize)
  }
}

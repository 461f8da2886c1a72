internal import CKernels

/// How a gated map reaches the next stage.
enum Excitation: Sendable {
  /// Each plane is multiplied by its gate, where it stands.
  case planes
  /// The weights of the product that reads the planes are, one copy for each image.
  case weights
}

/// Where the numbers of one image's squeeze-excite stand in the workspace.
struct GateLayout {
  let channels: Int
  let hidden: Int

  var gates: Int { WorkspaceLayout.aligned(hidden) }
  var count: Int { gates + WorkspaceLayout.aligned(channels) }
}

/// One run of a stage's squeeze-excite: two small layers over the means of the planes, then the
/// planes, or the weights that meet them, times their gates.
struct GateJob {
  let squeezeExcite: SqueezeExcite
  let shape: MapShape
  let kernels: UnsafePointer<frugal_kernels>
  let weights: UnsafePointer<Float>
  let part: WeightPacking.Part
  let means: PlaneMeans
  let map: TargetPlanes
  /// Hidden layers and gates.
  let scratch: UnsafeMutablePointer<Float>
  let scaled: ScaledWeights?

  private var layout: GateLayout {
    GateLayout(channels: shape.channels, hidden: squeezeExcite.hidden)
  }

  private static let blockFloats = 16_384
  private var blockChannels: Int { max(1, Self.blockFloats / shape.planeSize) }
  private var blocks: Int { (shape.channels + blockChannels - 1) / blockChannels }
  var exciteTasks: Int { shape.images * blocks }

  private func gates(_ image: Int) -> UnsafeMutablePointer<Float> {
    scratch + (image * layout.count + layout.gates)
  }

  /// The two layers of one image, and its weights where they are scaled.
  func gate(image: Int) {
    let hidden = scratch + image * layout.count
    layer(
      means.sum(image: image), hidden, inputs: shape.channels, outputs: squeezeExcite.hidden,
      weights + part.reduce, weights + part.reduceBias, squeezeExcite.activation)
    layer(
      hidden, gates(image), inputs: squeezeExcite.hidden, outputs: shape.channels,
      weights + part.expand, weights + part.expandBias, squeezeExcite.gate)
    scaled?.scale(image: image, gates(image), kernels)
  }

  private func layer(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, inputs: Int, outputs: Int,
    _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ activation: Activation
  ) {
    let epilogue = EpilogueWork(
      activation, bias: bias, residual: nil, placement: nil, kernels: kernels)
    var product = frugal_product()
    (product.weights, product.depth, product.outputs) = (weights, inputs, outputs)
    (product.k0, product.k1) = (0, inputs)
    (product.rows, product.row_stride, product.columns) = (x, 1, 1)
    (product.out, product.out_stride) = (y, 1)
    if epilogue.fitsRegisters {
      epilogue.describe(
        &product, isFirst: true, isLast: true, image: 0, channel: 0, step: 1, pixel: 0)
    }
    kernels.pointee.multiply(&product)
    guard !epilogue.fitsRegisters else { return }
    epilogue.run(y, ld: 1, y, ld: 1, image: 0, channel: 0, step: 1, count: outputs, pixel: 0, n: 1)
  }

  /// Some planes times their gates.
  func excite(task: Int) {
    let (image, block) = task.quotientAndRemainder(dividingBy: blocks)
    let first = block * blockChannels
    let count = min(shape.channels, first + blockChannels) - first
    kernels.pointee.scale_rows(
      gates(image) + first, map.plane(image, first), map.layout.channelStride, count,
      shape.planeSize)
  }
}

/// The panels of a matrix stage times the gates of its input channels, one copy for each image.
struct ScaledWeights {
  let stage: MatrixStage
  let weights: UnsafePointer<Float>
  let scaled: UnsafeMutablePointer<Float>

  /// Floats of one image's copy; what vectors read and write behind the last panel among them.
  static func count(_ stage: MatrixStage) throws(FrugalConvError) -> Int {
    WorkspaceLayout.aligned(
      try product(stage.outputs.channels, stage.rows) + WeightPacking.readable)
  }

  func scale(
    image: Int, _ gates: UnsafePointer<Float>, _ kernels: UnsafePointer<frugal_kernels>
  ) {
    let copy = scaled + image * stage.weightsPerImage
    let taps = stage.rows / stage.inputs.size
    for group in 0..<stage.outputs.count {
      let first = group * stage.outputs.size * stage.rows
      kernels.pointee.scale_panels(
        weights + first, stage.rows, stage.outputs.size, gates + stage.inputs.first(of: group),
        taps, stage.inputs.stride, copy + first)
    }
  }
}

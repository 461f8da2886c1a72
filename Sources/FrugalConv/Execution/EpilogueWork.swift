internal import CKernels

/// What runs over a stage's result while it is in cache: bias, residual, activation.
struct EpilogueWork {
  let kernels: UnsafePointer<frugal_kernels>
  var description: frugal_epilogue
  let bias: UnsafePointer<Float>?
  let residual: SourcePlanes?

  init(
    _ activation: Activation, bias: UnsafePointer<Float>?, residual: SourcePlanes?,
    placement: Residual.Placement?, kernels: UnsafePointer<frugal_kernels>
  ) {
    self.kernels = kernels
    self.bias = bias
    self.residual = residual
    description = frugal_epilogue(
      activation: FRUGAL_IDENTITY, beta: 1, low: -.infinity, high: .infinity,
      residual: FRUGAL_RESIDUAL_NONE)
    switch activation {
    case .identity: break
    case .clamp(let low, let high):
      description.low = low
      description.high = high
    case .swish(let beta):
      description.activation = FRUGAL_SWISH
      description.beta = beta
    case .hardSwish: description.activation = FRUGAL_HARD_SWISH
    case .sigmoid: description.activation = FRUGAL_SIGMOID
    }
    if residual != nil {
      description.residual =
        placement == .afterActivation ? FRUGAL_RESIDUAL_AFTER : FRUGAL_RESIDUAL_BEFORE
    }
  }

  /// Whether there is anything to compute.
  var isIdentity: Bool {
    bias == nil && residual == nil && description.activation == FRUGAL_IDENTITY
      && description.low == -.infinity && description.high == .infinity
  }

  /// Whether it is no more than a bias, a residual and a clamp, in this order.
  var fitsRegisters: Bool {
    let clamps = description.low != -.infinity || description.high != .infinity
    return description.activation == FRUGAL_IDENTITY
      && (description.residual != FRUGAL_RESIDUAL_AFTER || !clamps)
  }

  /// All of it, when it is no more than a bias and a clamp.
  var finish: frugal_finish? {
    guard residual == nil, description.activation == FRUGAL_IDENTITY else { return nil }
    return frugal_finish(bias: bias, low: description.low, high: description.high)
  }

  /// Tells a product, or the first and the last range of its sums, what to take before it is stored:
  /// the same channels and pixels as in `run`.
  func describe(
    _ product: inout frugal_product, isFirst: Bool, isLast: Bool, image: Int, channel: Int,
    step: Int, pixel: Int
  ) {
    product.finishes = isLast ? 1 : 0
    product.bias = isFirst ? bias.map { $0 + channel } : nil
    product.bias_stride = step
    product.residual = residual.map { $0.plane(image, channel) + pixel }
    product.residual_stride = step * (residual?.layout.channelStride ?? 0)
    product.low = description.low
    product.high = description.high
  }

  /// Runs over `count` channels, `step` apart from `channel` on, `n` pixels of each from `pixel` on.
  func run(
    _ source: UnsafePointer<Float>, ld sourceStride: Int, _ target: UnsafeMutablePointer<Float>,
    ld targetStride: Int, image: Int, channel: Int, step: Int, count: Int, pixel: Int, n: Int
  ) {
    withUnsafePointer(to: description) { description in
      kernels.pointee.epilogue(
        description, bias.map { $0 + channel }, step,
        residual.map { $0.plane(image, channel) + pixel },
        step * (residual?.layout.channelStride ?? 0), source, sourceStride, target, targetStride,
        count, n)
    }
  }
}

extension frugal_finish {
  /// Changes nothing.
  static var identity: frugal_finish {
    frugal_finish(bias: nil, low: -.infinity, high: .infinity)
  }
}

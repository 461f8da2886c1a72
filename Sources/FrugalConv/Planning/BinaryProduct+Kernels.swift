internal import CKernels

extension BinaryProduct {
  /// The kernels that can compute a stage among those that the options allow; throws when there is
  /// none, or when its sums do not fit.
  static func kernels(
    of stage: Stage, index: Int, activations: BitValues, _ options: BinaryOptions
  ) throws(FrugalConvError) -> [BinaryKernel] {
    guard case .groups(let inputs, _) = stage.mix else { return [] }
    let taps = stage.spatial.tapsPerChannel
    let canCount =
      stage.spatial == .none(stride: 1) && inputs.count == 1
      && !(activations == .signs && options.weights == .units)
    let steps = frugal_nibbles(inputs.size) * taps
    let mostSteps =
      65_534 / NibbleTables(activations: activations, weights: options.weights).largest
    let mostProducts = SignedNibbleTables.mostProducts(
      activations: activations, weights: options.weights, bits: inputs.size)
    let hasPlanes =
      inputs.size * taps <= mostProducts && stage.spatial.hasPlanes
      && (!stage.spatial.isShift || activations == .units || options.padding != .zero)

    switch options.kernel {
    case .words where !canCount:
      throw .noBinaryForm(
        stage: index, reason: "counting ones in words, which needs a dense 1×1 of stride 1")
    case .words: return [.words]
    case .planes where !hasPlanes:
      throw .noBinaryForm(
        stage: index,
        reason: """
          planes of nibbles, which need a stride of 1, at most \(mostProducts) products a filter, \
          and bits that stand for what displacements bring from outside
          """)
    case .planes: return [.planes]
    case .automatic, .tables:
      let others: [BinaryKernel] =
        options.kernel == .tables ? [] : (canCount ? [.words] : []) + (hasPlanes ? [.planes] : [])
      guard steps > mostSteps else { return [.tables] + others }
      guard !others.isEmpty else {
        throw .tooLarge(
          what: "nibbles of a filter, whose counts have 16 bits,", value: steps, limit: mostSteps)
      }
      return others
    }
  }
}

extension SpatialStep {
  fileprivate var isShift: Bool { if case .shift = self { true } else { false } }

  /// Whether the kernel's neighbouring output pixels read neighbouring pixels.
  fileprivate var hasPlanes: Bool {
    switch self {
    case .none(let stride): stride == 1
    case .window(let window): window.stride == 1
    default: isShift
    }
  }
}

internal import CKernels

extension BinaryProduct {
  /// The kernels that can compute a stage among those that the options allow; throws when there is
  /// none, or when its sums do not fit.
  static func kernels(
    of stage: Stage, index: Int, _ reading: BinaryReading, activations: BitValues,
    _ options: BinaryOptions
  ) throws(FrugalConvError) -> [BinaryKernel] {
    guard case .groups(let inputs, _) = stage.mix else { return [] }
    let taps = stage.spatial.tapsPerChannel
    // The ones of ±1 joined with {0, 1} say nothing of the sum.
    let onesCount = !(activations == .signs && options.weights == .units)
    let canCount = stage.spatial == .none(stride: 1) && inputs.count == 1 && onesCount
    let laneCounts = LaneCounts(activations: activations, weights: options.weights)
    let laneSteps = (inputs.size + 31) / 32 * taps
    // Bits of no channel are 0 inside the map.
    let isWindow = if case .window = stage.spatial { true } else { false }
    let hasWholeBorders =
      options.padding != .ones || inputs.size % 32 == 0 || !isWindow
    let hasLanes = onesCount && hasWholeBorders && laneSteps <= laneCounts.mostSteps
    let steps = frugal_nibbles(inputs.size) * taps
    let mostSteps =
      65_534 / NibbleTables(activations: activations, weights: options.weights).largest
    let mostProducts = SignedNibbleTables.mostProducts
    let step = SignedNibbleTables.step(
      activations: activations, weights: options.weights, inputs, reading)
    let hasPlanes = inputs.size * taps <= mostProducts && reading.fitsPlanes(inputs, step: step)

    switch options.kernel {
    case .words where !canCount:
      throw .noBinaryForm(
        stage: index, reason: "counting ones in words, which needs a dense 1×1 of stride 1")
    case .words: return [.words]
    case .lanes where !hasLanes:
      throw .noBinaryForm(
        stage: index,
        reason: """
          counting ones in lanes, which needs at most \(laneCounts.mostSteps) half words a filter \
          (here \(laneSteps)); activations of {0, 1} where weights are so; of windows padded with ones \
          whole half words of channels
          """)
    case .lanes: return [.lanes]
    case .planes where !hasPlanes:
      throw .noBinaryForm(
        stage: index,
        reason: """
          planes of nibbles, which need at most \(mostProducts) products a filter; of windows a \
          stride of 1; of shifts of ±1 with exact zeros outside at most \(NibblePlanes.mostKinds) \
          kinds of pixels near the border, and \(4 * SignedNibbleTables.mostSteps(step)) channels a \
          group
          """)
    case .planes: return [.planes]
    case .automatic, .tables:
      // Small groups would be filled up with more bits than they have.
      let fillsLanes = inputs.count == 1 || 32 * laneSteps <= 2 * inputs.size * taps
      let offersLanes = hasLanes && fillsLanes && options.level?.countsOnesInLanes == true
      let others: [BinaryKernel] =
        options.kernel == .tables
        ? []
        : (offersLanes ? [.lanes] : [])
          + (canCount ? [.words] : []) + (hasPlanes ? [.planes] : [])
      guard steps > mostSteps else { return [.tables] + others }
      guard !others.isEmpty else {
        throw .tooLarge(
          what: "nibbles of a filter, whose counts have 16 bits,", value: steps, limit: mostSteps)
      }
      return others
    }
  }
}

extension BinaryReading {
  /// Whether neighbouring output pixels read neighbouring pixels, and what is added near the border
  /// stands in the tables of planes.
  fileprivate func fitsPlanes(_ inputs: ChannelGroups, step: Int) -> Bool {
    guard isShift else { return stride == 1 }
    guard let border else { return true }
    return border.outside.count <= NibblePlanes.mostKinds
      && frugal_nibbles(inputs.size) <= SignedNibbleTables.mostSteps(step)
  }
}

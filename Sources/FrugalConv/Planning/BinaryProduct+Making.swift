internal import CKernels

extension BinaryProduct {
  /// Bytes of a block that the first-level cache keeps beside the weights of a run.
  private static let blockBytes = 20 << 10
  /// Bytes of planes, of which a group reads its own few at a time.
  private static let planeBytes = 64 << 10
  /// Tasks of a small map, so that threads can share it, whatever their number: strips of at least
  /// so many pixels, then parts of the filters, for which the block is made anew.
  private static let wantedTasks = 4
  private static let leastPixels = 96
  /// From so many pixels on planes are faster than tables for groups of up to so many filters.
  ///
  /// Measured on Zen 3 on maps of 64×56² … 512×7², bits to bits: 3×3 in groups of 4 11 to 21 times
  /// as fast, of 8 6 to 10, of 16 2.6 to 3.8; 1×1 in groups of 4 10 to 20, of 32 1.3 to 2.8, of 64
  /// 1.1 to 1.4 from 28² on, 0.8 and 1.0 on 7² and 14². On maps of 1² to 4² groups of 4 are 2 to 6
  /// times as fast, of 32 0.6 to 0.95.
  private static let fewFilters = [
    (pixels: 1, filters: 8), (pixels: 36, filters: 32), (pixels: 784, filters: 64),
  ]
  /// Up to so many pixels counting ones is faster than tables, which compute four at a time.
  private static let fewPixels = 2

  /// Throws when the stage has no form in one bit, and when its sums do not fit.
  init(
    _ stage: Stage, index: Int, from input: MapShape, to output: MapShape,
    activations: BitValues, _ options: BinaryOptions
  ) throws(FrugalConvError) {
    guard case .groups(let inputs, let outputs) = stage.mix else {
      throw .noBinaryForm(stage: index, reason: "a spatial step without a channel mix")
    }
    (self.input, self.output) = (input, output)
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.activations, weights) = (activations, options.weights)
    let taps: [(dy: Int, dx: Int)]
    (stride, taps) = try Self.taps(stage.spatial, input, output, index: index)
    tapsPerChannel = stage.spatial.tapsPerChannel
    tables = NibbleTables(activations: activations, weights: options.weights)
    kernel = try Self.kernel(
      options, stage, inputs, outputs, tables, output, index: index, activations: activations)

    // A group's bits begin with a plane.
    let spacing = kernel == .planes ? 4 * frugal_nibbles(inputs.size) : inputs.size
    order =
      inputs.count > 1 && (inputs.stride > 1 || spacing > inputs.size)
      ? (0..<inputs.count).flatMap { group in
        (0..<spacing).map { $0 < inputs.size ? Int32(inputs.channel($0, of: group)) : -1 }
      } : nil
    moves = order.map { frugal_bit_move.moves($0.map(Int.init)) } ?? []
    if case .shift = stage.spatial {
      displacement = BitDisplacement(
        taps, order: order, input: input, output: output, stride: stride)
    } else {
      displacement = nil
    }

    var places = [Int](repeating: 0, count: outputs.channels)
    for group in 0..<outputs.count {
      for member in 0..<outputs.size {
        places[outputs.channel(member, of: group)] = group * outputs.size + member
      }
    }
    outputMoves =
      places == Array(places.indices) || kernel == .planes ? [] : frugal_bit_move.moves(places)

    let rows = taps.map(\.dy)
    let columns = taps.map(\.dx)
    reach = rows.min()!...rows.max()!
    block =
      displacement == nil
      ? BitBlock(
        width: input.width, stride: stride, reach: reach, left: max(0, -columns.min()!),
        right: max(
          0, (output.width - 1) * stride.width + columns.max()! - (input.width - 1)))
      : BitBlock(width: output.width, stride: 1, reach: 0...0, left: 0, right: 0)
    let windowTaps = displacement == nil ? taps : [(0, 0)]
    groups = (0..<inputs.count).map { group in
      BinaryGroup(
        bits: inputs.size, firstBit: group * spacing,
        taps: windowTaps.map { BinaryGroup.Tap(dy: $0.dy, dx: $0.dx) })
    }
    padding = options.padding
    // {0, 1} has a bit for the number 0, and so have planes.
    border =
      options.padding == .zero && activations == .signs && kernel != .planes
      ? BitBorder(
        displacement?.places ?? taps, stride: stride, input: input.extent, output: output.extent)
      : nil

    let (block, most) = (block, tables.mostSteps)
    runs = groups.map { $0.runs(block, most: most) }
    let fittingRows =
      kernel == .planes
      ? Self.planeBytes / (groups.count * block.pitch(groups[0].nibbles))
      : Self.blockBytes / block.pitch(groups[0].nibbles)
    let fitting = (fittingRows - block.reach.count) / block.stride.height + 1
    let mostRows = max(1, min(fitting, output.height))
    let shared = min(Self.wantedTasks, output.planeSize / Self.leastPixels, output.height)
    let cut = max((output.height + mostRows - 1) / mostRows, shared)
    stripRows = (output.height + cut - 1) / cut
    strips = (output.height + stripRows - 1) / stripRows
    let blocks = outputs.count == 1 && kernel != .planes ? (outputs.size + 63) / 64 : 1
    parts = min(blocks, max(1, Self.wantedTasks / (output.images * strips)))
    planes =
      kernel == .planes
      ? NibblePlanes(
        SignedNibbleTables(
          activations: activations, weights: options.weights, bits: inputs.size),
        groups, block, rows: stripRows, output, outputs) : nil
  }

  /// Where a stage reads: the taps of its window, or the displacement of each channel.
  private static func taps(
    _ spatial: SpatialStep, _ input: MapShape, _ output: MapShape, index: Int
  ) throws(FrugalConvError) -> (stride: Extent, taps: [(dy: Int, dx: Int)]) {
    /// Beyond the ends every pixel comes from outside, wherever it is.
    func bounded(_ dy: Int, _ dx: Int, _ step: Extent) -> (dy: Int, dx: Int) {
      (
        min(max(dy, -(output.height - 1) * step.height - 1), input.height),
        min(max(dx, -(output.width - 1) * step.width - 1), input.width)
      )
    }
    switch spatial {
    case .none(let step): return (step, [(0, 0)])
    case .window(let window):
      let stride = window.stride
      let pads = try window.borders(of: input.extent)
      var taps: [(dy: Int, dx: Int)] = []
      for i in 0..<window.kernel.height {
        for j in 0..<window.kernel.width {
          taps.append(
            bounded(
              i * window.dilation.height - pads.top, j * window.dilation.width - pads.left, stride))
        }
      }
      return (stride, taps)
    case .shift(let displacements, let step):
      return (step, displacements.map { bounded($0.dy, $0.dx, step) })
    case .activeShift: throw .noBinaryForm(stage: index, reason: "a bilinear displacement")
    case .depthwise, .pool, .globalAverage:
      throw .noBinaryForm(stage: index, reason: "a channel mix behind a depthwise step")
    }
  }

  /// The kernel that computes a stage; throws when its sums do not fit.
  private static func kernel(
    _ options: BinaryOptions, _ stage: Stage, _ inputs: ChannelGroups, _ outputs: ChannelGroups,
    _ tables: NibbleTables, _ output: MapShape, index: Int, activations: BitValues
  ) throws(FrugalConvError) -> BinaryKernel {
    let steps = stage.spatial.tapsPerChannel * frugal_nibbles(inputs.size)
    let limit = 65_534 / tables.largest
    let canCount =
      stage.spatial == .none(stride: 1) && inputs.count == 1
      && !(activations == .signs && options.weights == .units)
    let products = inputs.size * stage.spatial.tapsPerChannel
    let mostProducts = SignedNibbleTables.mostProducts(
      activations: activations, weights: options.weights, bits: inputs.size)
    let hasPlanes =
      products <= mostProducts && stage.spatial.hasPlanes
      && (!stage.spatial.isShift || activations == .units || options.padding != .zero)
    switch options.kernel {
    case .words:
      guard canCount else {
        throw .noBinaryForm(
          stage: index, reason: "counting ones in words, which needs a dense 1×1 of stride 1")
      }
      return .words
    case .planes:
      guard hasPlanes else {
        throw .noBinaryForm(
          stage: index,
          reason: """
            planes of nibbles, which need a stride of 1, at most \(mostProducts) products a filter, \
            and bits that stand for what displacements bring from outside
            """)
      }
      return .planes
    case .automatic:
      if canCount, output.planeSize <= fewPixels || steps > limit { return .words }
      let isNarrow = fewFilters.contains {
        output.planeSize >= $0.pixels && outputs.size <= $0.filters
      }
      if hasPlanes, isNarrow { return .planes }
    case .tables: break
    }
    guard steps <= limit else {
      throw .tooLarge(
        what: "nibbles of a filter, whose counts have 16 bits,", value: steps, limit: limit)
    }
    return .tables
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

extension BinaryGroup {
  /// What the kernel reads of a window, as bytes from its first one, in as few runs as may be.
  func runs(_ block: BitBlock, most: Int) -> [frugal_nibble_run] {
    var joined: [Range<Int>] = []
    for tap in taps {
      let first = (tap.dy - block.reach.lowerBound) * block.pitch(nibbles)
      let start = first + (tap.dx + block.left) * nibbles
      if let last = joined.last, last.upperBound == start {
        joined[joined.count - 1] = last.lowerBound..<start + nibbles
      } else {
        joined.append(start..<start + nibbles)
      }
    }
    return joined.flatMap { range in
      let pieces = (range.count + most - 1) / most
      return (0..<pieces).map { piece in
        frugal_nibble_run(
          start: range.lowerBound + range.count * piece / pieces,
          end: range.lowerBound + range.count * (piece + 1) / pieces)
      }
    }
  }
}

internal import CKernels

extension BinaryProduct {
  /// Bytes of a block that the first-level cache keeps beside the weights of a run.
  private static let blockBytes = 20 << 10
  /// Bytes of planes, of which a group reads its own few at a time.
  private static let planeBytes = 64 << 10
  /// Tasks of a small map, so that threads can share it, however many: strips of at least so many
  /// pixels, then parts of the filters, for which the block is made anew. One thread has no use for
  /// them.
  private static let sharedTasks = 4
  private static let leastPixels = 96

  /// A stage on one of its `kernels`. Throws when the stage has no form in one bit.
  init(
    _ stage: Stage, index: Int, from input: MapShape, to output: MapShape,
    activations: BitValues, _ options: BinaryOptions, _ kernel: BinaryKernel
  ) throws(FrugalConvError) {
    self.kernel = kernel
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

    let filters = kernel == .planes ? PlaneNibble.nibbles(of: inputs, stage.spatial) : []
    let bits = PlaneBits(filters, inputs)
    let channels =
      kernel == .planes
      ? bits.channels
      : (0..<inputs.count).flatMap { group in
        (0..<inputs.size).map { Int32(inputs.channel($0, of: group)) }
      }
    order = channels == (0..<Int32(input.channels)).map(\.self) ? nil : channels
    moves = order.map { frugal_bit_move.moves($0.map(Int.init)) } ?? []
    let isShift = if case .shift = stage.spatial { true } else { false }
    displacement =
      isShift && kernel != .planes
      ? BitDisplacement(taps, order: order, input: input, output: output, stride: stride) : nil

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
    let left = max(0, -columns.min()!)
    let right = max(0, (output.width - 1) * stride.width + columns.max()! - (input.width - 1))
    block =
      displacement == nil
      ? BitBlock(
        width: input.width, stride: stride, reach: reach, left: left,
        // In planes a row's right border is the next one's left one, too.
        right: kernel == .planes ? max(0, right - left) : right)
      : BitBlock(width: output.width, stride: 1, reach: 0...0, left: 0, right: 0)
    let windowTaps = isShift ? [(0, 0)] : taps
    groups = (0..<inputs.count).map { group in
      BinaryGroup(
        bits: inputs.size, firstBit: group * inputs.size,
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
    runs = kernel == .tables ? groups.map { $0.runs(block, most: most) } : []
    let fittingRows =
      kernel == .planes
      ? Self.planeBytes / block.pitch(bits.planes)
      : Self.blockBytes / block.pitch(groups[0].nibbles)
    let fitting = (fittingRows - block.reach.count) / block.stride.height + 1
    let mostRows = max(1, min(fitting, output.height))
    let wantedTasks = options.threads == 1 ? 1 : Self.sharedTasks
    let shared = min(wantedTasks, output.planeSize / Self.leastPixels, output.height)
    let cut = max((output.height + mostRows - 1) / mostRows, shared)
    stripRows = (output.height + cut - 1) / cut
    strips = (output.height + stripRows - 1) / stripRows
    let blocks = outputs.count == 1 && kernel != .planes ? (outputs.size + 63) / 64 : 1
    parts = min(blocks, max(1, wantedTasks / (output.images * strips)))
    planes =
      kernel == .planes
      ? NibblePlanes(
        SignedNibbleTables(
          activations: activations, weights: weights,
          step: SignedNibbleTables.step(activations: activations, weights: weights, filters)),
        filters, bits, taps, block, rows: stripRows, output, outputs) : nil
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

internal import CKernels

extension BinaryProduct {
  /// Bytes of a block that the first-level cache keeps beside the weights of a run.
  private static let blockBytes = 20 << 10
  /// Tasks of a small map, so that threads can share it, whatever their number: strips of at least
  /// so many pixels, then parts of the filters, for which the block is made anew.
  private static let wantedTasks = 4
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
    order =
      inputs.count > 1 && inputs.stride > 1
      ? (0..<inputs.count).flatMap { group in
        (0..<inputs.size).map { Int32(inputs.channel($0, of: group)) }
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
    outputMoves = places == Array(places.indices) ? [] : frugal_bit_move.moves(places)

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
        bits: inputs.size, firstBit: group * inputs.size,
        taps: windowTaps.map { BinaryGroup.Tap(dy: $0.dy, dx: $0.dx) })
    }
    tables = NibbleTables(activations: activations, weights: options.weights)
    outsideIsOne = options.padding == .ones
    // {0, 1} has a bit for the number 0.
    border =
      options.padding == .zero && activations == .signs
      ? BitBorder(
        displacement?.places ?? taps, stride: stride, input: input.extent, output: output.extent)
      : nil

    let (block, most) = (block, tables.mostSteps)
    runs = groups.map { $0.runs(block, most: most) }
    let rowBytes = block.pitch(groups[0].nibbles)
    let fitting = (Self.blockBytes / rowBytes - block.reach.count) / block.stride.height + 1
    let mostRows = max(1, min(fitting, output.height))
    let shared = min(Self.wantedTasks, output.planeSize / Self.leastPixels, output.height)
    let cut = max((output.height + mostRows - 1) / mostRows, shared)
    stripRows = (output.height + cut - 1) / cut
    strips = (output.height + stripRows - 1) / stripRows
    let blocks = outputs.count == 1 ? (outputs.size + 63) / 64 : 1
    parts = min(blocks, max(1, Self.wantedTasks / (output.images * strips)))
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

  /// The kernels that can compute a stage among those that the options allow; throws when there is
  /// none, or when its sums do not fit.
  static func kernels(
    of stage: Stage, index: Int, activations: BitValues, _ options: BinaryOptions
  ) throws(FrugalConvError) -> [BinaryKernel] {
    guard case .groups(let inputs, _) = stage.mix else { return [] }
    let canCount =
      stage.spatial == .none(stride: 1) && inputs.count == 1
      && !(activations == .signs && options.weights == .units)
    let steps = frugal_nibbles(inputs.size) * stage.spatial.tapsPerChannel
    let limit = 65_534 / NibbleTables(activations: activations, weights: options.weights).largest
    switch options.kernel {
    case .words where !canCount:
      throw .noBinaryForm(
        stage: index, reason: "counting ones in words, which needs a dense 1×1 of stride 1")
    case .words: return [.words]
    case .automatic where canCount: return steps <= limit ? [.tables, .words] : [.words]
    case .automatic, .tables:
      guard steps <= limit else {
        throw .tooLarge(
          what: "nibbles of a filter, whose counts have 16 bits,", value: steps, limit: limit)
      }
      return [.tables]
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

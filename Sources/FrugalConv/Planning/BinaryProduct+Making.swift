internal import CKernels

extension BinaryProduct {
  /// Bytes of a block that the first-level cache keeps beside the weights of a run.
  private static let blockBytes = 20 << 10
  /// Bytes of planes, of which a group reads its own few at a time.
  private static let planeBytes = 64 << 10
  /// Tasks of a small map, so that threads can share it, however many: strips of at least so many
  /// pixels, then parts of the filters, for which the block is made anew. One thread has no use for
  /// them.
  static let sharedTasks = 4
  static let leastPixels = 96
  /// Pixels of a map from which on a shift is worth packing row by row: at 128×28², where both take
  /// equally long, joining displaced pixels behind it needs no other.
  private static let packedPixels = 1024

  /// A stage on one of its `kernels`; `index` is its number. Throws when it has no form in one bit.
  init(
    _ stage: Stage, index: Int, _ reading: BinaryReading, from input: MapShape,
    to output: MapShape, activations: BitValues, _ options: BinaryOptions, _ kernel: BinaryKernel
  ) throws(FrugalConvError) {
    self.kernel = kernel
    guard case .groups(let inputs, let outputs) = stage.mix else {
      throw .noBinaryForm(stage: index, reason: "a spatial step without a channel mix")
    }
    (self.input, self.output) = (input, output)
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.activations, weights) = (activations, options.weights)
    let (taps, isShift) = (reading.taps, reading.isShift)
    (stride, self.isShift) = (reading.stride, isShift)
    tapsPerChannel = stage.spatial.tapsPerChannel
    tables = NibbleTables(activations: activations, weights: options.weights)

    // Of planes no nibble, of lanes no half word has channels of two groups.
    let unit = kernel == .planes ? 4 : kernel == .lanes ? 32 : 1
    let size = (inputs.size + unit - 1) / unit * unit
    var channels = (0..<inputs.count).flatMap { group in
      (0..<size).map { $0 < inputs.size ? Int32(inputs.channel($0, of: group)) : -1 }
    }
    channels.removeLast(size - inputs.size)
    order = channels == (0..<Int32(input.channels)).map(\.self) ? nil : channels
    moves = order.map { frugal_bit_move.moves($0.map(Int.init)) } ?? []
    displacement =
      isShift
      ? BitDisplacement(channels, taps, input: input, output: output, stride: stride) : nil
    // Only zeros are cleared.
    let isPacked =
      isShift && index == 0 && stride == 1 && options.padding != .ones
      && input.planeSize >= Self.packedPixels
    packedDisplacement = isPacked ? PackedDisplacement(channels, taps, input) : nil

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
        bits: inputs.size, firstBit: group * size,
        taps: windowTaps.map { BinaryGroup.Tap(dy: $0.dy, dx: $0.dx) })
    }
    padding = options.padding
    // Of windows, planes have a byte for the number 0.
    border = kernel == .planes && !isShift ? nil : reading.border

    let (block, most) = (block, tables.mostSteps)
    runs = kernel == .tables ? groups.map { $0.runs(block, most: most) } : []
    let words = ((order?.count ?? input.channels) + 63) / 64
    offsets = kernel == .lanes ? groups.map { $0.offsets(block, pixelWords: words) } : []
    let lastRow = (output.height - 1) * block.stride.height + block.reach.upperBound
    readsInPlace =
      kernel == .lanes && block.left == 0 && block.right == 0
      && (displacement != nil || (reach.lowerBound >= 0 && lastRow < input.height))
    let fittingRows =
      switch kernel {
      case .planes: Self.planeBytes / block.pitch(groups.count * groups[0].nibbles)
      case .lanes: Self.blockBytes / block.pitch(8 * words)
      default: Self.blockBytes / block.pitch(groups[0].nibbles)
      }
    let fitting = (fittingRows - block.reach.count) / block.stride.height + 1
    let mostRows = max(1, min(fitting, output.height))
    let wantedTasks = options.threads == 1 ? 1 : Self.sharedTasks
    let shared = min(wantedTasks, output.planeSize / Self.leastPixels, output.height)
    let wantedStrips = max((output.height + mostRows - 1) / mostRows, shared)
    stripRows = (output.height + wantedStrips - 1) / wantedStrips
    cut = StripCut(output.height, rows: stripRows)
    let blocks = outputs.count == 1 && kernel != .planes ? (outputs.size + 63) / 64 : 1
    parts = min(blocks, max(1, wantedTasks / (output.images * cut.count)))
    planes =
      kernel == .planes
      ? NibblePlanes(
        SignedNibbleTables(
          activations: activations, weights: weights,
          step: SignedNibbleTables.step(
            activations: activations, weights: weights, inputs, reading)),
        groups, block, border, rows: stripRows, output, outputs) : nil
  }
}

extension BinaryGroup {
  /// The half words of a window in rows of whole pixels, from its first pixel's first on.
  func offsets(_ block: BitBlock, pixelWords: Int) -> [Int] {
    taps.flatMap { tap in
      let row = (tap.dy - block.reach.lowerBound) * block.pitch(2 * pixelWords)
      let pixel = row + (tap.dx + block.left) * 2 * pixelWords
      return (0..<halfWords).map { pixel + firstBit / 32 + $0 }
    }
  }

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

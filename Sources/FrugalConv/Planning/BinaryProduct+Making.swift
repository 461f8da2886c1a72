internal import CKernels

extension BinaryProduct {
  /// Bytes of a block that the first-level cache keeps beside the weights of a run.
  private static let blockBytes = 20 << 10
  /// Tasks of a small map, so that threads can share it, whatever their number: strips of at least
  /// so many pixels, then parts of the filters, for which the block is made anew.
  private static let wantedTasks = 4
  private static let leastPixels = 96
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
    let layout = try Self.layout(stage.spatial, inputs, input, output, index: index)
    (stride, groups) = (layout.stride, layout.groups)
    tapsPerChannel = stage.spatial.tapsPerChannel
    order = layout.isReordered ? Self.order(groups, inputs) : nil
    moves = order.map { frugal_bit_move.moves($0.map(Int.init)) } ?? []

    var places = [Int](repeating: 0, count: outputs.channels)
    for group in 0..<outputs.count {
      for member in 0..<outputs.size {
        places[outputs.channel(member, of: group)] = group * outputs.size + member
      }
    }
    outputMoves = places == Array(places.indices) ? [] : frugal_bit_move.moves(places)

    let taps = groups.flatMap(\.taps)
    let rows = taps.map(\.dy)
    let columns = taps.map(\.dx)
    reach = rows.min()!...rows.max()!
    border = (
      max(0, -columns.min()!),
      max(0, (output.width - 1) * stride.width + columns.max()! - (input.width - 1))
    )
    // {0, 1} has a bit for the number 0.
    let padsWithTables = options.padding == .zero && activations == .signs
    let isPadded =
      border != (0, 0) || reach.lowerBound < 0
      || (output.height - 1) * stride.height + reach.upperBound >= input.height
    var unused: Set<Int> = []
    if padsWithTables, isPadded {
      for group in groups {
        for nibble in 0..<group.nibbles { unused.insert(group.unused(nibble)) }
      }
    }
    let tables = NibbleTables(
      activations: activations, weights: options.weights, unused: unused)
    self.tables = tables
    outside = groups.map { group in
      (0..<group.nibbles).map { nibble in
        if padsWithTables { return NibbleTables.zero(unused: group.unused(nibble)) }
        return options.padding == .ones ? UInt8(4 * group.validBits(nibble)) : 0
      }
    }

    kernel = try Self.kernel(
      options, stage.spatial, groups, tables, output, index: index, isReordered: order != nil,
      activations: activations)

    let width = border.left + input.width + border.right
    let (reach, border, stride) = (reach, border, stride)
    runs = groups.map { group in
      group.runs(width: width, first: (reach.lowerBound, -border.left), most: tables.mostSteps)
    }
    let rowBytes = width * groups.map(\.nibbles).max()!
    let fitting = (Self.blockBytes / rowBytes - reach.count) / stride.height + 1
    let most = max(1, min(fitting, output.height))
    let shared = min(Self.wantedTasks, output.planeSize / Self.leastPixels, output.height)
    let cut = max((output.height + most - 1) / most, shared)
    stripRows = (output.height + cut - 1) / cut
    strips = (output.height + stripRows - 1) / stripRows
    let blocks = outputs.count == 1 ? (outputs.size + 63) / 64 : 1
    parts = min(blocks, max(1, Self.wantedTasks / (output.images * strips)))
  }

  private typealias Layout = (stride: Extent, groups: [BinaryGroup], isReordered: Bool)

  /// The taps of the groups, and whether their bits stand in another order than in a bit map.
  private static func layout(
    _ spatial: SpatialStep, _ inputs: ChannelGroups, _ input: MapShape, _ output: MapShape,
    index: Int
  ) throws(FrugalConvError) -> Layout {
    var taps: [(dy: Int, dx: Int)] = []
    let stride: Extent
    /// Beyond the ends every pixel comes from outside, wherever it is.
    func bounded(_ dy: Int, _ dx: Int, _ step: Extent) -> (dy: Int, dx: Int) {
      (
        min(max(dy, -(output.height - 1) * step.height - 1), input.height),
        min(max(dx, -(output.width - 1) * step.width - 1), input.width)
      )
    }
    switch spatial {
    case .none(let step):
      (stride, taps) = (step, [(0, 0)])
    case .window(let window):
      stride = window.stride
      let pads = try window.borders(of: input.extent)
      for i in 0..<window.kernel.height {
        for j in 0..<window.kernel.width {
          taps.append(
            bounded(
              i * window.dilation.height - pads.top, j * window.dilation.width - pads.left, stride))
        }
      }
    case .shift(let displacements, let step):
      let places = displacements.map { bounded($0.dy, $0.dx, step) }
      var firstBit = 0
      let groups = (0..<inputs.count).map { group in
        let group = BinaryGroup(
          displacements: (0..<inputs.size).map { places[inputs.channel($0, of: group)] },
          firstBit: firstBit)
        firstBit += group.bits
        return group
      }
      return (step, groups, true)
    case .activeShift: throw .noBinaryForm(stage: index, reason: "a bilinear displacement")
    case .depthwise, .pool, .globalAverage:
      throw .noBinaryForm(stage: index, reason: "a channel mix behind a depthwise step")
    }
    let groups = (0..<inputs.count).map {
      BinaryGroup(window: taps, size: inputs.size, firstBit: $0 * inputs.size)
    }
    return (stride, groups, inputs.count > 1 && inputs.stride > 1)
  }

  /// The channel of every bit, group after group.
  private static func order(_ groups: [BinaryGroup], _ inputs: ChannelGroups) -> [Int32] {
    groups.indices.flatMap { group in
      groups[group].members.map { $0 < 0 ? -1 : Int32(inputs.channel($0, of: group)) }
    }
  }

  /// The kernel that computes a stage; throws when its sums do not fit.
  private static func kernel(
    _ options: BinaryOptions, _ spatial: SpatialStep, _ groups: [BinaryGroup],
    _ tables: NibbleTables, _ output: MapShape, index: Int, isReordered: Bool,
    activations: BitValues
  ) throws(FrugalConvError) -> BinaryKernel {
    let steps = groups.map(\.steps).max()!
    let limit = 65_534 / tables.largest
    let canCount =
      spatial == .none(stride: 1) && groups.count == 1
      && !(activations == .signs && options.weights == .units)
    switch options.kernel {
    case .words:
      guard canCount else {
        throw .noBinaryForm(
          stage: index, reason: "counting ones in words, which needs a dense 1×1 of stride 1")
      }
      return .words
    case .automatic:
      if canCount, output.planeSize <= fewPixels || steps > limit { return .words }
    case .tables: break
    }
    guard steps <= limit else {
      throw .tooLarge(
        what: "nibbles of a filter, whose counts have 16 bits,", value: steps, limit: limit)
    }
    return .tables
  }
}

extension BinaryGroup {
  /// What the kernel reads of a window, as bytes from its first one, in as few runs as may be.
  /// `first` is the displacement of that byte, `width` pixels are a row of the block.
  func runs(width: Int, first: (dy: Int, dx: Int), most: Int) -> [frugal_nibble_run] {
    var joined: [Range<Int>] = []
    for tap in taps {
      let pixel = (tap.dy - first.dy) * width + tap.dx - first.dx
      let range =
        pixel * nibbles + tap.nibbles.lowerBound..<pixel * nibbles + tap.nibbles.upperBound
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
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

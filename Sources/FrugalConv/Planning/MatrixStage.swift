internal import CKernels

/// A stage with a channel mix, as products of matrices: for each group, its weights times the rows
/// that the spatial step produces from its channels.
struct MatrixStage: Sendable {
  /// Where the right-hand rows come from.
  enum Source: Sendable {
    /// The planes of the input as they stand: a leading dimension, no copy.
    case planes
    /// Displaced copies of planes, one block at a time: shift, window taps, strides. Group by
    /// group, `rows` to each.
    case displaced([frugal_displaced_row], stride: Extent)
    /// A block of channels with their borders, read tap by tap where it stands: windows without a
    /// stride.
    case bordered(BorderedBlock)
    /// Bilinear values between pixels, one block at a time.
    case taps(TapWindow)

    var isPlanes: Bool { if case .planes = self { true } else { false } }
  }

  /// Where the products go.
  enum Sink: Sendable {
    /// Into the output's planes; the epilogue runs over them while they are in cache.
    case planes
    /// Into a tile of scratch; the epilogue moves it to the output, which it also reads.
    case tile
    /// Into a tile of scratch; from there each channel moves to where the next stage's shift wants
    /// it, so that the next product reads whole planes.
    case displaced
  }

  /// What multiplies.
  enum Engine: Sendable {
    case openBLAS
    case fused

    init(_ executor: Executor) { self = executor == .openBLAS ? .openBLAS : .fused }
  }

  let engine: Engine
  /// Of the weights; only `fused` has others than float32.
  let format: WeightFormat
  let input: MapShape
  let output: MapShape
  let inputs: ChannelGroups
  let outputs: ChannelGroups
  let source: Source
  /// Rows of each group's product.
  let rows: Int
  var sink: Sink
  /// The next stage's displacements, when the sink applies them.
  var sinkRows: [frugal_displaced_row] = []
  var sinkStride: Extent = 1
  /// What the sink writes: the output, or the next stage's sampling of it.
  var written: MapShape

  /// Floats between the weights of neighbouring images, when each has its own, scaled by the gates
  /// of its squeeze-excite; or 0.
  var weightsPerImage = 0

  /// Output rows of a strip at most.
  let stripRows: Int
  let cut: StripCut
  /// Parts that the output channels, or the groups, are cut into, to have enough tasks.
  let parts: Int
  /// Product rows that are produced, or multiplied, at a time.
  let blockRows: Int
  /// Outputs whose weights are multiplied at a time.
  let blockOutputs: Int

  /// Every image one row of a matrix: a fully connected layer.
  var isFullyConnected: Bool {
    output.planeSize == 1 && input.planeSize == 1 && inputs.count == 1 && source.isPlanes
  }

  /// Rows that are multiplied at a time where outputs are few: planes that are read as they stand
  /// need no scratch.
  var rowsOfBlocks: Int { engine == .fused && source.isPlanes ? output.height : stripRows }

  var strips: Int { cut.count }
  /// Strips that one thread would cut: predictions do not follow the threads.
  var stripsOfOneThread: Int { (output.height + stripRows - 1) / stripRows }
  /// Pixels of a strip at most.
  var stripPixels: Int { stripRows * output.width }
  /// Floats between rows of a strip's pixels in scratch.
  var scratchStride: Int { MapLayout.spread(stripPixels) }
  var tasks: Int { output.images * strips * parts }

  // Measured on Zen 1 with OpenBLAS 0.3.21, shapes of MobileNet from 112² to 7², one thread: with
  // sgemm from 224 to 1800 pixels a strip all are within 5 %; at 112 pixels its packing of the
  // weights shows. Produced blocks twice as large cost dense 3×3 and shifts 2 %.
  /// Pixels of a strip, and floats of one produced block.
  private static func wanted(_ engine: Engine) -> (pixels: Int, blockFloats: Int) {
    switch engine {
    case .openBLAS: (448, 32_768)
    case .fused: (224, 224 * 256)
    }
  }
  // Measured on Zen 3, shift in strips of 448 pixels against 224: 8 to 48 channels at 112² take 0.87 to
  // 0.95 of the time, 64 at 56² 0.98, 128 and 256 at 28² 1.01 to 1.04. One row of 113 pixels against
  // two or four: 1.13 to 1.24.
  /// Pixels of a strip of which so many rows are produced: all of them should be 80 KiB, in the
  /// second-level cache beside weights, and a strip some microseconds of work.
  private static func producedPixels(rows: Int, least: Int) -> Int {
    min(max(20_480 / rows, least), 2 * least)
  }
  /// Pixels of a strip below which no image is cut for threads: as in one-bit products, not measured
  /// for floats.
  private static let leastPixelsOfThread = 96
  // Measured on Zen 3 (512 KiB of second-level cache), 512 outputs at 7×7: blocks of 256 KiB of
  // weights take 0.95 of the time of none over 512 product rows, cut at 512 to 768 of them 0.96 over
  // 3072. No difference where all weights are less.
  /// Weights of one block, which the column tiles of a strip find in the second-level cache.
  private static let blockWeights = 65_536
  /// Product rows at a time: a tile's columns of them are in the first-level cache. Measured on Zen 3,
  /// dense 3×3 of 512 channels in blocks of 640 at most: 0.94 of the time of 1592 produced at a time at
  /// 6×6, 0.98 of that of 1170 at 7×7.
  private static let mostBlockRows = 640
  // Measured on Zen 3, dense 3×3: blocks with borders against displaced copies 0.90 of the time with
  // 32 channels at 112², 0.97 with 64 at 56²; in blocks of 64 of 128 or more channels 1.1 to 1.15.
  // 3×3 in groups of 4 channels 0.35 to 0.55.
  /// Rows of all channels that a window spans at most where blocks with borders are made.
  private static let mostWindowRows = 192
  /// Floats of a block with borders, where strips can be higher than usual.
  private static let windowFloats = 8192
  /// Rows that a plan keeps a table of: far more than any network has.
  private static let mostDisplacedRows = 1 << 24

  init(
    _ stage: Stage, inputs: ChannelGroups, outputs: ChannelGroups, from: MapShape, to: MapShape,
    _ engine: Engine, _ format: WeightFormat, threads: Int
  ) throws(FrugalConvError) {
    input = from
    output = to
    written = to
    self.inputs = inputs
    self.outputs = outputs
    rows = try product(inputs.size, stage.spatial.tapsPerChannel)
    sink = .planes
    self.engine = engine
    self.format = format
    let wanted = Self.wanted(engine)
    var stripRows = max(1, wanted.pixels / to.width)
    var (unit, threadsOfCut) = (1, 1)
    if engine == .fused, format == .float32, case .window(let window) = stage.spatial,
      let block = try Self.borderedBlock(window, from, to, inputs, stripRows: &stripRows)
    {
      source = .bordered(block)
    } else {
      source = try Self.source(stage.spatial, from, inputs)
      if engine == .fused {
        (stripRows, unit) = Self.stripOfLines(source, rows: rows, width: to.width)
        // Where rows are produced, threads end together by strips of which some begin within a line;
        // planes as they stand are read in parts at no cost. Columns behind the last whole vector
        // are summed in another order, and so are means: there no cut follows the threads.
        let vectorRows = Self.rows(making: 8, width: to.width)
        let threadsOfImage = min(
          (threads - 1) / to.images + 1, to.planeSize / Self.leastPixelsOfThread)
        if threadsOfImage > 1, !source.isPlanes, unit % vectorRows == 0,
          to.height % vectorRows == 0, stage.squeezeExcite == nil
        {
          (unit, threadsOfCut) = (vectorRows, threadsOfImage)
        }
      }
    }
    cut = StripCut(to.height, rows: stripRows, unit: unit, threads: threadsOfCut)
    self.stripRows = min(to.height, stripRows)
    let units = outputs.count > 1 ? outputs.count : (outputs.size + 63) / 64
    switch engine {
    // The bits of OpenBLAS' products may depend on the cut: it must not depend on the threads.
    case .openBLAS: parts = min(units, max(1, 2 / (cut.count * to.images)))
    case .fused:
      let tasks = TaskCut(
        strips: cut, images: to.images, most: units, producesRows: !source.isPlanes)
      parts = tasks.parts(threads: threads)
    }
    let isWhole = engine == .openBLAS || format != .float32
    switch source {
    case .planes:
      blockRows = isWhole ? rows : Self.equalBlock(of: rows, most: Self.mostBlockRows)
    case .bordered(let block): blockRows = block.taps.count
    case .displaced, .taps:
      let most = max(16, wanted.blockFloats / (self.stripRows * to.width))
      let unit = format == .float32 ? 1 : SignCodes.wordRows
      blockRows =
        isWhole
        ? min(rows, most / unit * unit)
        : Self.equalBlock(of: rows, most: min(most, Self.mostBlockRows))
    }
    blockOutputs =
      isWhole
      ? outputs.size : max(6, Self.blockWeights / blockRows / 6 * 6)
  }

  /// Rows of a strip, and of the units it is made of: whole cache lines, so that no tile but the last
  /// of a plane is narrow and none begins within a line.
  private static func stripOfLines(
    _ source: Source, rows: Int, width: Int
  ) -> (rows: Int, unit: Int) {
    let pixels = wanted(.fused).pixels
    let lineRows = Self.rows(making: 16, width: width)
    if source.isPlanes {
      let fewest = max(1, pixels / width)
      return ((fewest + lineRows - 1) / lineRows * lineRows, lineRows)
    }
    // Not where they are many: strips would be of another length.
    let isFew = lineRows <= 4 && lineRows * width <= 2 * pixels
    let unit = isFew ? lineRows : 1
    let produced = producedPixels(rows: rows, least: pixels)
    return (max(1, (produced + unit * width / 2) / (unit * width)) * unit, unit)
  }

  /// As few rows of a width as make a multiple of `pixels`, a power of two.
  private static func rows(making pixels: Int, width: Int) -> Int {
    pixels / min(pixels, width & -width)
  }

  /// The size of as few equal blocks as there can be: a short last one would waste its ends.
  private static func equalBlock(of rows: Int, most: Int) -> Int {
    let blocks = (rows + most - 1) / most
    return (rows + blocks - 1) / blocks
  }

  private static func source(
    _ spatial: SpatialStep, _ map: MapShape, _ groups: ChannelGroups
  ) throws(FrugalConvError) -> Source {
    if spatial == .none() { return .planes }
    let displaced = try product(groups.channels, spatial.tapsPerChannel)
    try requireAtMost(mostDisplacedRows, displaced, "the number of taps of all channels")
    switch spatial {
    case .none(let stride):
      let still = [Displacement](repeating: Displacement(dy: 0, dx: 0), count: map.channels)
      return .displaced(displacedRows(still, of: groups), stride: stride)
    case .shift(let displacements, let stride):
      return .displaced(displacedRows(displacements, of: groups), stride: stride)
    case .window(let window):
      let border = try window.borders(of: map.extent)
      return .displaced(windowRows(window, border: border, of: groups), stride: window.stride)
    case .activeShift(let displacements, let stride):
      return .taps(TapWindow(bilinear: displacements, stride: stride))
    case .depthwise, .pool, .globalAverage:
      preconditionFailure("a stage that mixes channels after this step is refused earlier")
    }
  }

  /// The block that a window without a stride reads; nil when its channels are too many to stay in
  /// the first-level cache, or its borders far larger than networks have them. Makes strips higher
  /// where a group has few channels: a strip should be some microseconds of work.
  private static func borderedBlock(
    _ window: Window, _ from: MapShape, _ to: MapShape, _ groups: ChannelGroups,
    stripRows: inout Int
  ) throws(FrugalConvError) -> BorderedBlock? {
    let border = try window.borders(of: from.extent)
    let reach = try window.spanned()
    guard window.stride == 1, groups.size <= mostWindowRows / reach.height,
      max(reach.width, border.top, border.left, border.bottom, border.right) <= mostWindowRows
    else { return nil }
    let row = BorderedBlock.pitch(width: from.width, border) * groups.size
    stripRows = min(to.height, max(stripRows, windowFloats / row - (reach.height - 1)))
    return BorderedBlock(
      window, border: border, width: from.width, rows: stripRows, channels: groups.size)
  }

  /// One displaced row per channel, group by group.
  private static func displacedRows(
    _ displacements: [Displacement], of groups: ChannelGroups
  ) -> [frugal_displaced_row] {
    (0..<groups.count).flatMap { group in
      (0..<groups.size).map { member in
        let channel = groups.channel(member, of: group)
        return displacements[channel].row(channel: channel)
      }
    }
  }

  /// One displaced row per channel and tap, group by group.
  private static func windowRows(
    _ window: Window, border: (top: Int, left: Int, bottom: Int, right: Int),
    of groups: ChannelGroups
  ) -> [frugal_displaced_row] {
    var rows: [frugal_displaced_row] = []
    rows.reserveCapacity(groups.channels * window.kernel.area)
    for group in 0..<groups.count {
      for member in 0..<groups.size {
        for i in 0..<window.kernel.height {
          for j in 0..<window.kernel.width {
            rows.append(
              frugal_displaced_row(
                channel: groups.channel(member, of: group),
                dy: i * window.dilation.height - border.top,
                dx: j * window.dilation.width - border.left))
          }
        }
      }
    }
    return rows
  }

  /// Lets the sink apply the shift of the stage that follows.
  mutating func write(displacedFor displacements: [Displacement], stride: Extent, shape: MapShape) {
    sink = .displaced
    sinkStride = stride
    sinkRows = displacements.map { $0.row(channel: 0) }
    written = shape
  }

  /// Floats of scratch for one worker: a block of rows, a tile of products, and what
  /// the taps' kernel needs.
  var scratch: (block: Int, tile: Int, taps: Int) {
    var (block, taps) = (0, 0)
    switch source {
    case .planes: break
    case .displaced: block = blockRows * scratchStride
    case .bordered(let bordered): block = bordered.count
    case .taps(let window):
      block = blockRows * scratchStride
      taps = window.scratch(input, outWidth: output.width)
    }
    return (
      WorkspaceLayout.aligned(block),
      WorkspaceLayout.aligned(sink == .planes ? 0 : mostTileRows * scratchStride),
      WorkspaceLayout.aligned(taps)
    )
  }

  /// Output rows of a group whose products are in the tile at a time, at most.
  private var mostTileRows: Int { min(outputs.size, tileRows + Self.panelTail) }
  private var tileRows: Int {
    max(11 * panel, Self.wanted(engine).blockFloats / stripPixels / panel * panel)
  }
  /// Outputs of a panel of weights: no cut falls within one.
  private var panel: Int { Self.panel(of: format) }
  static func panel(of format: WeightFormat) -> Int {
    format == .float32 ? 6 : SignCodes.panelOutputs
  }
  /// The panels of the last outputs are no longer six wide, so no cut may fall among them.
  private static let panelTail = 12

  /// The end of the outputs that go through the tile together with `first`.
  func tileEnd(_ first: Int, of end: Int) -> Int { Self.cut(first, of: end, every: tileRows) }

  /// The end of the outputs whose weights are multiplied together with those of `first`.
  func blockEnd(_ first: Int, of end: Int) -> Int {
    Self.cut(first, of: end, every: blockOutputs)
  }

  /// The end of outputs that are cut between panels, every `count`, a multiple of a panel's.
  private static func cut(_ first: Int, of end: Int, every count: Int) -> Int {
    end - first <= count + panelTail ? end : first + count
  }

  /// The outputs of a part, when there is one group: cut between panels.
  func members(ofPart part: Int, of parts: Int) -> Range<Int> {
    let size = outputs.size
    func start(_ part: Int) -> Int {
      part == parts ? size : (size * part / parts + panel / 2) / panel * panel
    }
    return start(part)..<start(part + 1)
  }
}

extension MatrixStage {
  /// What a task computes.
  func work(ofTask task: Int) -> (image: Int, strip: Int, part: Int) {
    let (rest, part) = task.quotientAndRemainder(dividingBy: parts)
    let (image, strip) = rest.quotientAndRemainder(dividingBy: strips)
    return (image, strip, part)
  }
}

extension MatrixStage {
  /// Throws when a matrix is beyond what OpenBLAS can index, with planes as far apart as in
  /// storage of ours.
  func check() throws(FrugalConvError) {
    guard engine == .openBLAS else { return }
    try OpenBLAS.checkSize(output.images, "the number of images")
    try OpenBLAS.checkSize(outputs.size, "the number of outputs of a group")
    try OpenBLAS.checkSize(rows, "the number of rows of a matrix product")
    try OpenBLAS.checkSize(stripPixels, "the number of pixels of a strip")
    try checkStrides(.spread(input), .spread(written))
  }

  /// Throws when the planes of maps are too far apart for OpenBLAS.
  func checkStrides(_ source: MapLayout, _ target: MapLayout) throws(FrugalConvError) {
    guard engine == .openBLAS else { return }
    if self.source.isPlanes {
      try OpenBLAS.checkProduct(
        source.channelStride, inputs.stride, "the leading dimension of the input")
    }
    if sink == .planes {
      try OpenBLAS.checkProduct(
        target.channelStride, outputs.stride, "the leading dimension of the output")
    }
    if isFullyConnected {
      try OpenBLAS.checkSize(source.imageStride, "the image stride of the input")
      try OpenBLAS.checkSize(target.imageStride, "the image stride of the output")
    }
  }
}

extension Displacement {
  /// The producer's row for a channel. Displacements beyond any map stop at ±2³¹, where all they
  /// can read is zero.
  func row(channel: Int) -> frugal_displaced_row {
    func bounded(_ value: Int) -> Int { min(max(value, -1 << 31), 1 << 31) }
    return frugal_displaced_row(channel: channel, dy: bounded(dy), dx: bounded(dx))
  }
}

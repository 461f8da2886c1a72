internal import CKernels

/// A stage that multiplies one-bit numbers: the groups, the block of nibbles its kernel reads, and
/// how the work is cut into tasks.
struct BinaryProduct: Sendable {
  let input, output: MapShape
  let inputs, outputs: ChannelGroups
  let stride: Extent
  let groups: [BinaryGroup]
  /// Taps of a window; 1 for shift and 1×1.
  let tapsPerChannel: Int
  let activations, weights: BitValues
  let tables: NibbleTables
  /// The channel of every bit of a pixel as the kernel reads it, −1 for a bit of none; nil where bits
  /// stand as in a bit map.
  let order: [Int32]?
  let moves: [frugal_bit_move]
  let isShift: Bool
  /// Of a shift: the kernel reads pixels that are joined from their displaced channels.
  let displacement: BitDisplacement?
  /// Of a shift that is the first stage, of stride 1 and on a large map: the same, done where float
  /// maps are packed. Nil where padding is ones.
  let packedDisplacement: PackedDisplacement?
  /// What the kernel of tables reads of a window, for each group; none longer than its sums allow.
  let runs: [[frugal_nibble_run]]
  /// What the kernel of lanes reads of a window, for each group: half words from its first.
  let offsets: [[Int]]
  let padding: BitPadding
  /// Where taps outside the map must not count, though they are read as bits.
  let border: BitBorder?
  let kernel: BinaryKernel
  /// What the kernel of planes reads.
  let planes: NibblePlanes?
  /// From the order of the groups' filters to that of a bit map; empty where both are the same.
  let outputMoves: [frugal_bit_move]

  /// The first and the last input row that an output row reads, from its own place.
  let reach: ClosedRange<Int>
  /// The pixels that a block of nibbles is made from: the map's, or displaced ones.
  let block: BitBlock
  /// The kernel of lanes reads pixels as they stand: no window reaches beyond them.
  let readsInPlace: Bool
  /// Output rows of a strip at most.
  let stripRows: Int
  let cut: StripCut
  /// Of the filters of every strip, when there is one group.
  let parts: Int

  /// The bits of a pixel outside the map.
  var outsideIsOne: Bool { padding == .ones }
  /// Products of a filter.
  var depth: Int { inputs.size * tapsPerChannel }
  /// Words of a pixel as the kernel reads it.
  var orderedWords: Int { ((order?.count ?? input.channels) + 63) / 64 }
  /// Filters of a group, in whole vectors.
  var wholeFilters: Int { (outputs.size + 31) / 32 * 32 }
  var strips: Int { cut.count }
  var tasks: Int { output.images * strips * parts }

  /// Rows of the input for some output rows.
  func inputRows(_ rows: Int) -> Int { (rows - 1) * stride.height + reach.count }

  /// The filters of a part: whole words of the output.
  func filters(ofPart part: Int) -> Range<Int> {
    let block = Int(FRUGAL_FILTERS)
    let blocks = (outputs.size + block - 1) / block
    func start(_ part: Int) -> Int { min(outputs.size, blocks * part / parts * block) }
    return start(part)..<start(part + 1)
  }

  /// The kernel writes every bit of the output's words by itself.
  var fillsWords: Bool { outputs.count == 1 && wholeFilters % 64 == 0 }

  /// Bytes of scratch of one worker: rows with their bits in the kernel's order, the same with
  /// borders, displaced rows, the block, and output rows with their bits in the order of the groups
  /// or in planes.
  var scratch: BinaryScratch {
    let rows = inputRows(stripRows)
    let bits = outputMoves.isEmpty ? 0 : stripRows * output.width * output.wordsPerPixel * 8
    let pixel = bytesOfPixel(groups.reduce(0) { max($0, $1.nibbles) })
    return BinaryScratch(
      ordered: order == nil ? 0 : rows * input.width * orderedWords * 8,
      bordered: displacement.map { rows * $0.pitch * orderedWords * 8 } ?? 0,
      displaced: displacement == nil ? 0 : stripRows * output.width * orderedWords * 8,
      // Of nibbles, seven bytes behind the last are written.
      block: planes?.bytes
        ?? (kernel == .words || readsInPlace ? 0 : block.rows(stripRows) * block.pitch(pixel) + 7),
      filters: planes?.bytesOfBits ?? bits)
  }

  /// Kernels of tables and of lanes count up to 65 535.
  var countsHave16Bits: Bool { kernel == .tables || kernel == .lanes }
  var laneCounts: LaneCounts { LaneCounts(activations: activations, weights: weights) }

  /// Bytes of a pixel in a block.
  func bytesOfPixel(_ nibbles: Int) -> Int { kernel == .lanes ? 8 * orderedWords : nibbles }

  /// `sum = step·count + base` for the counts of a group.
  var step: Int { kernel == .lanes ? laneCounts.step : tables.step }
  func base(_ group: Int) -> Int {
    let layout = groups[group]
    guard kernel == .tables else {
      return laneCounts.base(depth: depth, steps: layout.laneSteps)
    }
    return tables.lowest * layout.steps - layout.unusedBits * activations.zero * weights.zero
  }
}

/// How rows of pixels become a block of nibbles, and a window reads it.
struct BitBlock: Sendable {
  let width: Int
  let stride: Extent
  /// The first and the last row that an output row reads, from its own place.
  let reach: ClosedRange<Int>
  /// Columns beside the pixels.
  let left, right: Int

  /// Bytes of a row.
  func pitch(_ nibbles: Int) -> Int { (left + width + right) * nibbles }
  /// Rows for some output rows.
  func rows(_ rows: Int) -> Int { (rows - 1) * stride.height + reach.count }
}

/// Where a worker's scratch stands, in bytes from its start.
struct BinaryScratch: Sendable {
  let bordered, displaced, block, filters, bytes: Int

  init(ordered: Int, bordered: Int, displaced: Int, block: Int, filters: Int) {
    self.bordered = BinaryWorkspace.aligned(ordered)
    self.displaced = self.bordered + BinaryWorkspace.aligned(bordered)
    self.block = self.displaced + BinaryWorkspace.aligned(displaced)
    self.filters = self.block + BinaryWorkspace.aligned(block)
    bytes = self.filters + BinaryWorkspace.aligned(filters)
  }
}

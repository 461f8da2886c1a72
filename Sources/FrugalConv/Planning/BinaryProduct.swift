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
  /// The channel of every bit of a pixel as the kernel reads it, −1 for an unused one; nil where
  /// bits stand as in a bit map.
  let order: [Int32]?
  let moves: [frugal_bit_move]
  /// What the kernel reads of a window, for each group; none longer than its sums allow.
  let runs: [[frugal_nibble_run]]
  /// What stands for a pixel outside the map, for each group.
  let outside: [[UInt8]]
  let kernel: BinaryKernel
  /// From the order of the groups' filters to that of a bit map; empty where both are the same.
  let outputMoves: [frugal_bit_move]

  /// The first and the last input row that an output row reads, from its own place.
  let reach: ClosedRange<Int>
  /// Columns of the block beside the map.
  let border: (left: Int, right: Int)
  let stripRows: Int
  let strips: Int
  /// Of the filters of every strip, when there is one group.
  let parts: Int

  /// Products of a filter.
  var depth: Int { inputs.size * tapsPerChannel }
  /// Words of a pixel as the kernel reads it.
  var orderedWords: Int { ((order?.count ?? input.channels) + 63) / 64 }
  /// Filters of a group, in whole vectors.
  var wholeFilters: Int { (outputs.size + 31) / 32 * 32 }
  var tasks: Int { output.images * strips * parts }

  /// Bytes of a row of the block.
  func pitch(_ group: Int) -> Int {
    (border.left + input.width + border.right) * groups[group].nibbles
  }

  /// Rows of the block for some output rows.
  func blockRows(_ rows: Int) -> Int { (rows - 1) * stride.height + reach.count }

  /// The output rows of a strip.
  func rows(ofStrip strip: Int) -> Range<Int> {
    strip * stripRows..<min(output.height, (strip + 1) * stripRows)
  }

  /// The filters of a part: whole words of the output.
  func filters(ofPart part: Int) -> Range<Int> {
    let block = Int(FRUGAL_FILTERS)
    let blocks = (outputs.size + block - 1) / block
    func cut(_ part: Int) -> Int { min(outputs.size, blocks * part / parts * block) }
    return cut(part)..<cut(part + 1)
  }

  /// The kernel writes every bit of the output's words by itself.
  var fillsWords: Bool { outputs.count == 1 && wholeFilters % 64 == 0 }

  /// Bytes of scratch of one worker: rows with their bits in the kernel's order, the block, and
  /// output rows with their bits in the order of the groups.
  var scratch: (ordered: Int, block: Int, filters: Int) {
    let rows = blockRows(stripRows)
    let ordered = order == nil ? 0 : rows * input.width * orderedWords * 8
    // Seven bytes behind the last are written.
    let block = rows * groups.indices.reduce(0) { max($0, pitch($1)) } + 7
    let filters = outputMoves.isEmpty ? 0 : stripRows * output.width * output.wordsPerPixel * 8
    return (
      BinaryWorkspace.aligned(ordered), BinaryWorkspace.aligned(kernel == .tables ? block : 0),
      BinaryWorkspace.aligned(filters)
    )
  }

  /// `sum = step·count + base` for the counts of a group.
  func base(_ group: Int) -> Int {
    tables.lowest * groups[group].steps
      - groups[group].unusedBits * activations.zero * weights.zero
  }
}

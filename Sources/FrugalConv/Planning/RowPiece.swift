/// Rows of a map that one call of a kernel computes, and how many such calls an image takes.
struct RowPiece {
  let rows: Int
  var count: Int

  /// The pieces in which a stage computes an image, alone or in a chain. Even strips count as full
  /// ones and a rest.
  static func cut(_ planned: PlannedStage, at stage: Int, _ chain: Chain?) -> [RowPiece] {
    let (height, most) =
      switch planned.work {
      case .matrix(let matrix):
        (
          matrix.output.height,
          chain?.blocks[0] == nil ? matrix.stripRows : matrix.rowsOfBlocks
        )
      case .channelwise(let channelwise): (channelwise.output.height, channelwise.blockRows)
      }
    guard let chain else { return cut([height: 1], by: most) }
    var runs: [Int: Int] = [:]
    for step in chain.slabs.joined() where step.stage == stage - chain.stages.lowerBound {
      runs[step.rows.count, default: 0] += 1
    }
    return cut(runs, by: most)
  }

  /// Cuts runs of rows into pieces of at most so many. Sorted, so that sums over them are the same
  /// bits every time.
  private static func cut(_ runs: [Int: Int], by most: Int) -> [RowPiece] {
    var pieces: [Int: Int] = [:]
    for (rows, count) in runs {
      let (full, rest) = rows.quotientAndRemainder(dividingBy: most)
      if full > 0 { pieces[most, default: 0] += full * count }
      if rest > 0 { pieces[rest, default: 0] += count }
    }
    return pieces.sorted { $0.key < $1.key }.map { RowPiece(rows: $0.key, count: $0.value) }
  }
}

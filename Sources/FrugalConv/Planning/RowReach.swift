internal import CKernels

extension SpatialStep {
  /// The input rows that some output rows read, inside a map of this size; never empty.
  ///
  /// What the whole plane is needed for reads all rows.
  func rowsRead(for rows: Range<Int>, of map: Extent) throws(FrugalConvError) -> Range<Int> {
    switch self {
    case .none(let stride): sampled(rows, stride, from: 0, through: 0, map)
    case .shift(let displacements, let stride):
      sampled(
        rows, stride, from: displacements.map(\.dy).min() ?? 0,
        through: displacements.map(\.dy).max() ?? 0, map)
    case .activeShift(let displacements, let stride):
      sampled(
        rows, stride, from: displacements.map(\.floor.dy).min() ?? 0,
        through: (displacements.map(\.floor.dy).max() ?? 0) + 1, map)
    case .depthwise(let window), .window(let window), .pool(_, let window):
      sampled(
        rows, window.stride, from: -(try window.borders(of: map).top),
        through: (window.kernel.height - 1) * window.dilation.height
          - (try window.borders(of: map).top),
        map)
    case .globalAverage: 0..<map.height
    }
  }

  /// Rows `y·stride + first … y·stride + last` for each y, cut to the map. One row stands for what
  /// reads none.
  private func sampled(
    _ rows: Range<Int>, _ stride: Extent, from first: Int, through last: Int, _ map: Extent
  ) -> Range<Int> {
    func bounded(_ reach: Int) -> Int { min(max(reach, -1 << 40), 1 << 40) }
    let lower = rows.lowerBound * stride.height + bounded(first)
    let upper = (rows.upperBound - 1) * stride.height + bounded(last) + 1
    let start = min(max(lower, 0), map.height - 1)
    return start..<min(max(upper, start + 1), map.height)
  }
}

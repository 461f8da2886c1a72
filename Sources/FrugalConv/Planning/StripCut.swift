/// How the rows of a plane are cut into strips: as evenly as whole units of rows allow.
///
/// The higher strips stand at both ends, where threads take their tasks from; the others are left
/// for those who are free first.
struct StripCut: Sendable {
  let height: Int
  /// Rows that every strip but the last one is a multiple of.
  let unit: Int
  let count: Int
  private var units: Int { (height + unit - 1) / unit }

  /// As few strips of at most `rows` rows as there can be, but of one unit at least. Their count is a
  /// multiple of `threads`, or there is one for every unit.
  init(_ height: Int, rows: Int, unit: Int = 1, threads: Int = 1) {
    self.height = height
    self.unit = unit
    let units = (height + unit - 1) / unit
    let most = max(1, rows / unit)
    let fewest = (units + most - 1) / most
    count = min(units, (fewest + threads - 1) / threads * threads)
  }

  func rows(of strip: Int) -> Range<Int> { start(of: strip)..<start(of: strip + 1) }

  private func start(of strip: Int) -> Int {
    let (low, higher) = units.quotientAndRemainder(dividingBy: count)
    let atEnd = higher / 2
    let before = min(strip, higher - atEnd) + max(0, strip - (count - atEnd))
    return min(height, (strip * low + before) * unit)
  }
}

extension Report {
  /// Every row with all its figures.
  var tableSection: HTML {
    let showsCold = Set(rows.map(\.cold)).count == 2
    let coldHead: HTML = showsCold ? "<th>operands from</th>" : ""
    return """
      <section>
      <h2>All figures</h2>
      <div class="scroll"><table>
      <thead><tr><th>shape</th><th>operator</th><th>executor</th><th class="number">threads</th>\
      \(coldHead)<th class="number">parameters</th>\
      <th class="number">multiply-adds</th><th class="number">µs, median</th>\
      <th class="range">[low–high]</th><th class="number">GFLOP/s</th>\
      <th class="number">share of peak</th><th class="number">× depthwise-separable</th></tr></thead>
      <tbody>
      \(rows.enumerated().map { index, row in
        line(row, showsCold: showsCold, begins: index > 0 && rows[index - 1].shape != row.shape)
      })</tbody>
      </table></div>
      </section>

      """
  }

  private func line(_ row: Row, showsCold: Bool, begins: Bool) -> HTML {
    let start: HTML = begins ? "<tr class=\"begins\">" : "<tr>"
    let operands: HTML = row.cold ? "<td>memory</td>" : "<td>cache</td>"
    return """
      \(start)<td>\(row.shape)</td><td>\(row.operator)</td>\
      <td>\(row.executor)</td><td class="number">\(row.threads)</td>\(showsCold ? operands : "")\
      <td class="number">\(NumberText.grouped(row.parameters))</td>\
      <td class="number">\(NumberText.count(row.multiplyAdds))</td>\
      \(NumberText.times(row.microseconds, row.low, row.high))\
      <td class="number">\(NumberText.significant(row.gflops))</td>\
      <td class="number">\(NumberText.share(row.shareOfPeak))</td>\
      <td class="number">\(NumberText.ratio(row.vsDepthwise))</td></tr>

      """
  }
}

extension NumberText {
  /// Two cells: a median in microseconds, and its range.
  static func times(_ median: Double, _ low: Double, _ high: Double) -> HTML {
    """
    <td class="number">\(significant(median))</td>\
    <td class="range">[\(significant(low))–\(significant(high))]</td>
    """
  }
}

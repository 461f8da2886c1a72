import Foundation

/// What the operators of one panel take at each shape, beside depthwise-separable.
struct ChartOperatorBars {
  let panel: ChartPanel
  let operators: ChartOperators
  let ratios: ChartScale

  init(_ panel: ChartPanel, _ operators: ChartOperators, of report: Report) {
    self.panel = panel
    self.operators = operators
    ratios = ChartScale(
      powersOfTwoAround: [1] + report.rows.compactMap(\.vsDepthwise), mostTicks: 6, unit: "×")
  }

  var html: HTML {
    """
    <h3>\(panel.title)</h3>
    <div class="cards">
    \(overview)\(panel.shapes.map(card))</div>

    """
  }

  private func card(shape: String, rows: [Row]) -> HTML {
    let ordered = operators.keys.flatMap { key in
      rows.filter { $0.operator == key.name }.map { ($0, key.family) }
    }
    // Without a depthwise-separable row, the bars are times.
    let isRelative = rows.allSatisfy { $0.vsDepthwise != nil }
    let bars = ordered.map { row, family in
      let unit = isRelative ? (row.vsDepthwise ?? 1) / row.microseconds : 1
      let isAmbiguous = rows.count { $0.operator == row.operator } > 1
      return ChartBars.Bar(
        name: isAmbiguous ? "\(row.operator), \(row.executor)" : row.operator,
        family: family,
        value: isRelative ? row.vsDepthwise ?? 1 : row.microseconds,
        low: unit * row.low, high: unit * row.high,
        figures: [
          NumberText.time(microseconds: row.microseconds), NumberText.share(row.shareOfPeak),
        ],
        title: row.summary)
    }
    let times = ChartScale(
      fromZeroTo: rows.map(\.high) + rows.map(\.microseconds), mostTicks: 4
    ) {
      NumberText.axisTime(microseconds: $0)
    }
    let chart = ChartBars(
      bars: bars, scale: isRelative ? ratios : times, origin: isRelative ? 1 : 0)
    return """
      <article class="card"><h4>\(shape)<small>time, share of peak</small></h4>
      \(chart.html)</article>

      """
  }

  /// The geometric means over the shapes, of the operators that were measured at all of them.
  private var overview: HTML {
    let shapes = panel.shapes
    let bars = operators.keys.compactMap { key -> ChartBars.Bar? in
      let ratios = shapes.map { _, rows in
        rows.first { $0.operator == key.name }?.vsDepthwise ?? .nan
      }
      guard let low = ratios.min(), let high = ratios.max(), low > 0, high.isFinite,
        ratios.allSatisfy(\.isFinite)
      else { return nil }
      let mean = exp2(ratios.map { log2($0) }.reduce(0, +) / Double(ratios.count))
      let range = "\(NumberText.ratio(low).dropLast())–\(NumberText.ratio(high))"
      return ChartBars.Bar(
        name: key.name, family: key.family, value: mean, low: low, high: high,
        figures: [NumberText.ratio(mean), range],
        title: "\(key.name): mean \(NumberText.ratio(mean)), \(range)")
    }
    guard shapes.count > 1, bars.count > 1 else { return "" }
    return """
      <article class="card wide"><h4>All \(shapes.count) shapes\
      <small>× depthwise-separable: geometric mean, least–most</small></h4>
      \(ChartBars(bars: bars, scale: ratios, origin: 1).html)</article>

      """
  }
}

extension Row {
  /// All figures in a line, for a pointer held over a bar or a mark.
  var summary: String {
    let ratio = vsDepthwise.map { ", \(NumberText.ratio($0)) depthwise-separable" } ?? ""
    return """
      \(`operator`) at \(shape), \(executor), \(NumberText.threads(threads)): \
      \(NumberText.time(microseconds: microseconds)) \
      [\(NumberText.time(microseconds: low))–\(NumberText.time(microseconds: high))], \
      \(NumberText.significant(gflops)) GFLOP/s, \(NumberText.share(shareOfPeak)) of peak\(ratio)
      """
  }
}

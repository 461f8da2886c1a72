/// Horizontal bars, each with a name before it and figures behind.
struct ChartBars {
  struct Bar {
    let name: String
    let family: ChartFamily
    let value: Double
    /// Ends of the thin line across the bar's end.
    let low: Double
    let high: Double
    let figures: [String]
    /// What a pointer held over the bar shows.
    let title: String
  }

  let bars: [Bar]
  let scale: ChartScale
  /// Where bars begin: 1 for ratios, else 0.
  let origin: Double
  var hasAxis = true

  var html: HTML {
    """
    <div class="bars">
    \(bars.map(row))\(hasAxis ? axis : "")</div>

    """
  }

  private var axis: HTML {
    """
    <div class="bar axis"><svg role="presentation">\(scale.ticks.map(label))</svg></div>

    """
  }

  private func row(_ bar: Bar) -> HTML {
    let figures = bar.figures.map { "<span class=\"figure\">\($0)</span>" as HTML }
    return """
      <div class="bar \(bar.family.rawValue)"><span class="name">\(bar.name)</span>\
      <svg role="img"><title>\(bar.title)</title>\(scale.ticks.map(line))\(drawing(bar))</svg>\
      \(figures)</div>

      """
  }

  private func line(_ tick: ChartScale.Tick) -> HTML {
    let start = scale.fraction(origin) ?? 0
    let kind: HTML = abs(tick.fraction - start) < 1e-9 ? "origin" : "grid"
    let x: HTML = "\(percent: tick.fraction)"
    return "<line class=\"\(kind)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"100%\"/>"
  }

  private func label(_ tick: ChartScale.Tick) -> HTML {
    "<text x=\"\(percent: tick.fraction)\" y=\"13\">\(tick.label)</text>"
  }

  /// The bar with a stop at its end, so that one of no length shows, and the line of its spread.
  private func drawing(_ bar: Bar) -> HTML {
    guard let end = scale.fraction(bar.value), let start = scale.fraction(origin) else { return "" }
    let fill: HTML = """
      <rect class="fill" x="\(percent: min(start, end))" y="4" \
      width="\(percent: abs(end - start))" height="14"/>\
      <rect class="stop" x="\(percent: end)" y="2" width="3" height="18"/>
      """
    guard let low = scale.fraction(bar.low), let high = scale.fraction(bar.high) else {
      return fill
    }
    return """
      \(fill)<line class="spread" x1="\(percent: low)" x2="\(percent: high)" y1="11" y2="11"/>
      """
  }
}

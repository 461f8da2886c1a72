/// Rate over arithmetic intensity, beneath what arithmetic and memory allow.
struct ChartRoofline {
  let panel: ChartPanel
  let operators: ChartOperators
  let machine: Machine
  private let intensities: ChartScale
  private let rates: ChartScale

  private static let height = 440.0

  init(_ panel: ChartPanel, _ operators: ChartOperators, of report: Report) {
    self.panel = panel
    self.operators = operators
    machine = report.machine
    intensities = ChartScale(
      powersOfTwoAround: report.rows.compactMap(\.intensity), mostTicks: 10)
    // A little above the highest roof, for its label.
    let peaks = report.rows.map { 1.25 * Double($0.threads) * report.machine.peakGflops }
    rates = ChartScale(
      powersOfTwoAround: report.rows.filter { $0.intensity != nil }.map(\.gflops) + peaks,
      mostTicks: 8)
  }

  var html: HTML {
    """
    <figure class="roofline">
    <figcaption><h3>\(panel.title)</h3></figcaption>
    <p class="unit">GFLOP/s</p>
    <svg role="img" height="\(pixels: Self.height)">
    <title>Roofline, \(panel.title)</title>
    \(intensities.ticks.map(column))\(rates.ticks.map(line))
    \(level)\(slope)
    \(operators.keys.map(marks))</svg>
    <p class="unit across">FLOP per byte that must move</p>
    \(legend)</figure>

    """
  }

  // MARK: Axes

  private func column(_ tick: ChartScale.Tick) -> HTML {
    let x: HTML = "\(percent: tick.fraction)"
    return """
      <line class="grid" x1="\(x)" x2="\(x)" y1="0" y2="100%"/>\
      <text x="\(x)" y="\(pixels: Self.height + 18)" text-anchor="middle">\(tick.label)</text>
      """
  }

  private func line(_ tick: ChartScale.Tick) -> HTML {
    let y: HTML = "\(pixels: Self.height * (1 - tick.fraction))"
    return """
      <line class="grid" x1="0" x2="100%" y1="\(y)" y2="\(y)"/>\
      <text x="-8" y="\(y)" dy="4" text-anchor="end">\(tick.label)</text>
      """
  }

  // MARK: Roofs

  private var threads: Int { panel.rows.first?.threads ?? 1 }
  private var peak: Double { machine.peakGflops * Double(threads) }

  /// A level line at the peak.
  private var level: HTML {
    guard peak > 0, let top = rates.fraction(peak) else { return "" }
    let y = Self.height * (1 - top)
    return """
      <line class="roof" x1="0" x2="100%" y1="\(pixels: y)" y2="\(pixels: y)"/>\
      <text class="roof" x="100%" dx="-6" y="\(pixels: y - 7)" text-anchor="end">\
      peak \(NumberText.significant(peak)) GFLOP/s</text>
      """
  }

  /// The copying speed times the intensity.
  private var slope: HTML {
    guard let (start, end) = slopeEnds else { return "" }
    return """
      <line class="roof copy" x1="\(percent: start.x)" y1="\(pixels: start.y)" \
      x2="\(percent: end.x)" y2="\(pixels: end.y)"/>
      """
  }

  private typealias Point = (x: Double, y: Double)

  /// The memory roof from where it enters the plot to where it meets the peak or leaves.
  private var slopeEnds: (Point, Point)? {
    let speed = machine.copyGigabytesPerSecond
    let ceiling = min(peak, rates.end)
    let start = max(intensities.start, rates.start / speed)
    let end = min(intensities.end, ceiling / speed)
    guard speed > 0, start < end, let first = point(start, start * speed),
      let last = point(end, end * speed)
    else { return nil }
    return (first, last)
  }

  private func point(_ intensity: Double, _ rate: Double) -> Point? {
    guard let x = intensities.fraction(intensity), let y = rates.fraction(rate) else { return nil }
    return (x, Self.height * (1 - y))
  }

  // MARK: Marks

  private func marks(_ key: ChartOperators.Key) -> HTML {
    let marks = panel.rows.filter { $0.operator == key.name }.compactMap { row -> HTML? in
      guard let intensity = row.intensity, let point = point(intensity, row.gflops) else {
        return nil
      }
      let title = "\(row.summary), \(NumberText.significant(intensity)) FLOP/byte"
      return """
        <svg class="mark \(key.family.rawValue) key\(key.index)" x="\(percent: point.x)" \
        y="\(pixels: point.y)"><title>\(title)</title><path d="\(key.mark.path)"/></svg>

        """
    }
    return "\(marks)"
  }

  private var legend: HTML {
    let names = Set(panel.rows.map(\.operator))
    let keys = operators.keys.filter { names.contains($0.name) }.map { key -> HTML in
      """
      <li class="\(key.family.rawValue) key\(key.index)"><svg width="14" height="14">\
      <path transform="translate(7 7)" d="\(key.mark.path)"/></svg>\(key.name)</li>

      """
    }
    let speed = NumberText.significant(machine.copyGigabytesPerSecond)
    return """
      <ul class="legend">
      \(keys)<li><svg width="22" height="14"><line class="roof copy" x1="0" x2="22" y1="7" y2="7"/>\
      </svg>copying from memory, one thread, \(speed) GB/s</li>
      </ul>

      """
  }
}

extension Row {
  /// FLOP per byte that must move; nil when nothing moves or nothing is computed, and where the
  /// factors are not floats, which have another roof.
  var intensity: Double? {
    guard bytes > 0, multiplyAdds > 0, bits == 32 else { return nil }
    return 2 * Double(multiplyAdds) / Double(bytes)
  }
}

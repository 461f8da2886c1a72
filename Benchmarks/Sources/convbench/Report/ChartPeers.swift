/// How fast each library is at each block of one shape, as a multiple of the fastest peer.
struct ChartPeers {
  let rows: [PeerRow]
  /// All libraries of the table, ours first: a library's place is its colour and mark.
  let libraries: [String]
  let scale: ChartScale

  var html: HTML {
    """
    <div class="bars peers">
    \(rows.map(line))\(axis)</div>

    """
  }

  /// What speeds a chart must have room for.
  static func speeds(_ row: PeerRow) -> [Double] {
    guard let best = row.best, let faster = best.oursFaster else { return [] }
    return [faster.value, faster.low, faster.high]
      + row.peers.map { best.microseconds / $0.microseconds }
  }

  private var axis: HTML {
    let labels = scale.ticks.map { tick -> HTML in
      "<text x=\"\(percent: tick.fraction)\" y=\"13\">\(tick.label)</text>"
    }
    return """
      <div class="bar axis"><svg role="presentation">\(labels)</svg></div>

      """
  }

  private func line(_ row: PeerRow) -> HTML {
    guard let best = row.best, let faster = best.oursFaster else { return "" }
    let grid = scale.ticks.map { tick -> HTML in
      let x: HTML = "\(percent: tick.fraction)"
      let kind: HTML = tick.label == "1×" ? "origin" : "grid"
      return "<line class=\"\(kind)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"100%\"/>"
    }
    // Ours is drawn last, over the others.
    let peers = row.peers.map { mark($0, speed: best.microseconds / $0.microseconds, row) }
    return """
      <div class="bar"><span class="name">\(row.block)</span>\
      <svg role="img"><title>\(row.block) at \(row.shape)</title>\(grid)\
      \(bar(to: faster))\(peers)\(mark(row.ours, speed: faster.value, row))</svg>\
      <span class="figure">\(NumberText.ratio(faster.value))</span>\
      <span class="figure">\(best.library)</span></div>

      """
  }

  /// From the fastest peer to ours, with the spread of the rounds.
  private func bar(to faster: PeerRow.Ratio) -> HTML {
    guard let start = scale.fraction(1), let end = scale.fraction(faster.value),
      let low = scale.fraction(faster.low), let high = scale.fraction(faster.high)
    else { return "" }
    return """
      <rect class="fill library0" x="\(percent: min(start, end))" y="8" \
      width="\(percent: abs(end - start))" height="10"/>\
      <line class="spread" x1="\(percent: low)" x2="\(percent: high)" y1="13" y2="13"/>
      """
  }

  private func mark(_ time: PeerRow.Time, speed: Double, _ row: PeerRow) -> HTML {
    guard let x = scale.fraction(speed), let place = libraries.firstIndex(of: time.library) else {
      return ""
    }
    let title =
      "\(time.name): \(NumberText.time(microseconds: time.microseconds)), "
      + "\(NumberText.significant(row.gflops(time))) GFLOP/s"
    return """
      <svg class="mark library\(place)" x="\(percent: x)" y="13"><title>\(title)</title>\
      <path d="\(Self.form(place).path)"/></svg>
      """
  }

  /// The mark of a library.
  static func form(_ place: Int) -> ChartMark {
    ChartMark.allCases[place % ChartMark.allCases.count]
  }
}

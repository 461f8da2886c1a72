extension Report {
  /// The published networks: bars of their times, and their layers folded away.
  var networkSection: HTML {
    let scale = ChartScale(
      fromZeroTo: networks.map(\.high) + networks.map(\.microseconds), mostTicks: 8
    ) { NumberText.axisTime(microseconds: $0) }
    let groups = networks.inGroups(by: \.network)
    return """
      <section>
      <h2>Networks</h2>
      <p>All convolutions of a network, each timed alone, added up; not the layers between \
      them. Beside the bars: time and share of peak.</p>
      <div class="networks">
      \(groups.map { network($0.key, $0.members, scale, isLast: $0.key == groups.last?.key) })</div>
      </section>

      """
  }

  private func network(
    _ name: String, _ runs: [NetworkRow], _ scale: ChartScale, isLast: Bool
  ) -> HTML {
    let bars = runs.map { run in
      let time = NumberText.time(microseconds: run.microseconds)
      let low = NumberText.time(microseconds: run.low)
      let high = NumberText.time(microseconds: run.high)
      let share = NumberText.share(run.shareOfPeak)
      let rate = NumberText.significant(run.gflops)
      let threads = NumberText.threads(run.threads)
      return ChartBars.Bar(
        name: threads, family: .depthwise, value: run.microseconds, low: run.low, high: run.high,
        figures: [time, share],
        title: "\(name), \(threads): \(time) [\(low)–\(high)], \(rate) GFLOP/s, \(share) of peak")
    }
    let sizes = runs.prefix(1).map { run -> HTML in
      """
      <p>\(NumberText.count(run.parameters)) parameters<br>\
      \(NumberText.count(run.multiplyAdds)) multiply-adds</p>

      """
    }
    let chart = ChartBars(bars: bars, scale: scale, origin: 0, hasAxis: isLast)
    return """
      <article class="network">
      <div><h3>\(name)</h3>
      \(sizes)</div>
      <div>\(chart.html)</div>
      \(layers(runs.filter { !$0.layers.isEmpty }))</article>

      """
  }

  private func layers(_ runs: [NetworkRow]) -> HTML {
    guard !runs.isEmpty else { return "" }
    return """
      <details><summary>layers</summary>
      \(runs.map(layerTable))</details>

      """
  }

  private func layerTable(_ run: NetworkRow) -> HTML {
    let total = run.layers.reduce(0) { $0 + Double($1.count) * $1.microseconds }
    return """
      <div class="scroll"><table>
      <caption>\(NumberText.threads(run.threads))</caption>
      <thead><tr><th>layer</th><th>operator</th><th>shape</th><th class="number">count</th>\
      <th class="number">parameters</th><th class="number">multiply-adds</th>\
      <th class="number">µs, median</th><th class="range">[low–high]</th>\
      <th class="number">share of time</th><th class="number">share of peak</th></tr></thead>
      <tbody>
      \(run.layers.map { line($0, total: total) })</tbody>
      </table></div>

      """
  }

  private func line(_ layer: NetworkRow.Layer, total: Double) -> HTML {
    """
    <tr><td>\(layer.name)</td><td>\(layer.operator)</td><td>\(layer.shape)</td>\
    <td class="number">\(layer.count)</td>\
    <td class="number">\(NumberText.grouped(layer.parameters))</td>\
    <td class="number">\(NumberText.count(layer.multiplyAdds))</td>\
    \(NumberText.times(layer.microseconds, layer.low, layer.high))\
    <td class="number">\(NumberText.share(Double(layer.count) * layer.microseconds / total))</td>\
    <td class="number">\(NumberText.share(layer.shareOfPeak))</td></tr>

    """
  }
}

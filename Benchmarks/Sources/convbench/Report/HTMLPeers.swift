extension PeerTable {
  /// The libraries' chart and table.
  var section: HTML {
    let libraries = [Self.ours] + libraries
    let scale = ChartScale(
      powersOfTwoAround: [1] + rows.flatMap(ChartPeers.speeds), mostTicks: 8, unit: "×")
    let cards = rows.inGroups(by: \.shape).map { shape, rows -> HTML in
      """
      <article class="card"><h4>\(shape)<small>\(NumberText.threads(rows[0].threads)): ours, times \
      as fast as</small></h4>
      \(ChartPeers(rows: rows, libraries: libraries, scale: scale).html)</article>

      """
    }
    return """
      <section>
      <h2>Beside other libraries</h2>
      <p>Speed of each library at each block, where the fastest of the others is 1: the bar reaches \
      from it to ours, to the right where ours is faster. Times are the 10th percentile \
      of the rounds; thin lines reach over the middle half of the rounds' own ratios. Point at a mark for its figures.</p>
      \(definitions)<p class="machine">\(entries.map(\.words).joined(separator: " · "))</p>
      \(legend(libraries))<div class="cards">
      \(cards)</div>
      \(remarks.map { "<p class=\"remark\">\($0)</p>\n" })\(figures(libraries))</section>

      """
  }

  /// What the blocks compute, folded away.
  private var definitions: HTML {
    let blocks = rows.map(\.block).uniqued().compactMap(PeerBlock.init(rawValue:))
    let entries = blocks.map { "<dt>\($0.rawValue)</dt><dd>\($0.summary)</dd>\n" as HTML }
    return """
      <details><summary>what the blocks compute</summary>
      <dl>
      \(entries)</dl></details>

      """
  }

  private func legend(_ libraries: [String]) -> HTML {
    let keys = libraries.enumerated().map { place, library -> HTML in
      """
      <li class="library\(place)"><svg width="14" height="14">\
      <path transform="translate(7 7)" d="\(ChartPeers.form(place).path)"/></svg>\(library)</li>

      """
    }
    return """
      <ul class="legend">
      \(keys)</ul>

      """
  }

  /// Every row with all its times.
  private func figures(_ libraries: [String]) -> HTML {
    let heads = libraries.map { "<th class=\"number\">\($0), µs</th>" as HTML }
    return """
      <div class="scroll"><table>
      <thead><tr><th>shape</th><th>block</th><th class="number">threads</th>\(heads)\
      <th class="number">ours faster</th><th class="range">[rounds]</th><th>than</th></tr></thead>
      <tbody>
      \(rows.enumerated().map { index, row in
        line(row, libraries, begins: index > 0 && rows[index - 1].shape != row.shape)
      })</tbody>
      </table></div>

      """
  }

  private func line(_ row: PeerRow, _ libraries: [String], begins: Bool) -> HTML {
    let start: HTML = begins ? "<tr class=\"begins\">" : "<tr>"
    let times = libraries.map { library -> HTML in
      let time = ([row.ours] + row.peers).first { $0.library == library }
      return "<td class=\"number\">\(NumberText.significant(time?.microseconds ?? .nan))</td>"
    }
    let faster = row.best?.oursFaster
    return """
      \(start)<td>\(row.shape)</td><td>\(row.block)</td><td class="number">\(row.threads)</td>\
      \(times)<td class="number">\(NumberText.ratio(faster?.value))</td>\
      <td class="range">[\(faster?.range ?? "")]</td><td>\(row.best?.name ?? "")</td></tr>

      """
  }
}

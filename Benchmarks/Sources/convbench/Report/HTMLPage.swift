import Foundation

extension Report {
  /// Writes the page.
  func writeHTML(to path: String) throws {
    try Data(html().utf8).writeWhole(to: path)
  }

  /// One page that needs nothing else: charts of the rows and the networks, and their tables.
  func html() -> String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>What convolutions cost on \(machine.processor)</title>
      <style>
      \(HTMLStyle.sheet)\(HTMLStyle.highlights(operators: ChartOperators(rows).keys.count))</style>
      </head>
      <body>
      <header>
      <h1>What convolutions cost on \(machine.processor)</h1>
      <p class="machine">\(machine.summary)</p>
      \(lead)</header>
      \(rows.isEmpty ? "" : operatorSection)\(rows.isEmpty ? "" : rooflineSection)\
      \(networks.isEmpty ? "" : networkSection)\(rows.isEmpty ? "" : tableSection)\
      \(peers?.section ?? "")</body>
      </html>

      """
    return page.text
  }

  /// What the figures show, in sentences.
  private var lead: HTML {
    let findings = findings
    guard !findings.isEmpty else { return "" }
    return "<p class=\"lead\">\(findings.joined(separator: " "))</p>\n"
  }

  private var operatorSection: HTML {
    let operators = ChartOperators(rows)
    let families = operators.families.map { family -> HTML in
      """
      <li class="\(family.rawValue)"><svg width="14" height="14">\
      <path transform="translate(7 7)" d="\(ChartMark.square.path)"/></svg>\(family.title)</li>

      """
    }
    return """
      <section>
      <h2>Time by operator</h2>
      <p>Bars compare each operator with depthwise-separable at the same shape, channels × height × \
      width: to the left is faster, to the right slower, and equal lengths are equal factors. Where \
      depthwise-separable was not measured, bars are times. Thin lines reach from the 10th to the \
      90th percentile.</p>
      <ul class="legend">
      \(families)</ul>
      \(definitions(operators))\
      \(panels.map { ChartOperatorBars($0, operators, of: self).html })</section>

      """
  }

  /// What the operators compute, folded away.
  private func definitions(_ operators: ChartOperators) -> HTML {
    let entries = operators.keys.compactMap { key -> HTML? in
      ComparedOperator(rawValue: key.name).map { "<dt>\(key.name)</dt><dd>\($0.summary)</dd>\n" }
    }
    guard !entries.isEmpty else { return "" }
    return """
      <details><summary>what the operators compute</summary>
      <dl>
      \(entries)</dl></details>

      """
  }

  private var rooflineSection: HTML {
    let operators = ChartOperators(rows)
    return """
      <section>
      <h2>Roofline</h2>
      <p>One mark an operator and shape. The level line is what arithmetic allows, the slope what \
      memory allows; operands that stay in cache can pass the slope. Point at a mark for its \
      figures, at a name for its marks.</p>
      \(panels.map { ChartRoofline($0, operators, of: self).html })</section>

      """
  }
}

extension Machine {
  /// The machine in one line, after its name.
  fileprivate var summary: String {
    [
      "\(cores) core\(cores == 1 ? "" : "s")",
      level,
      "\(NumberText.significant(peakGflops)) GFLOP/s a core",
      "\(NumberText.significant(copyGigabytesPerSecond)) GB/s a core copying from memory",
      "\(NumberText.size(bytes: cacheBytes)) last-level cache",
      "OpenBLAS \(openBLASVersion) (\(openBLASKernel), \(openBLASThreading))",
    ].joined(separator: " · ")
  }
}

import Foundation

extension Report {
  /// Writes the rows, without machine and networks.
  func writeCSV(to path: String) throws {
    try Data(csv().utf8).writeWhole(to: path)
  }

  /// A line of column names and a line a row, as in RFC 4180.
  func csv() -> String {
    let columns = Row.csvColumns
    return csvText(
      [columns.map(\.name)] + rows.map { row in columns.map { $0.text(row) } })
  }
}

extension PeerTable {
  /// Writes a line for each library at each block.
  func writeCSV(to path: String) throws {
    try Data(csv().utf8).writeWhole(to: path)
  }

  /// A line of column names, then ours and each peer at each shape and block. `oursFaster` is the
  /// peer's time over ours.
  func csv() -> String {
    let names = [
      "shape", "block", "threads", "multiplyAdds", "library", "version", "form", "microseconds",
      "median", "gflops", "oursFaster", "oursFasterMedian",
    ]
    let lines = rows.flatMap { row in
      ([row.ours] + row.peers).map { fields(row, $0) }
    }
    return csvText([names] + lines)
  }

  private func fields(_ row: PeerRow, _ time: PeerRow.Time) -> [String] {
    let entry = entries.first { $0.name == time.library }
    let place = [row.shape, row.block, "\(row.threads)", "\(row.multiplyAdds)"]
    let times = [time.microseconds, time.median, row.gflops(time)].map { "\($0)" }
    let ratios = time.oursFaster.map { ["\($0.value)", "\($0.median)"] } ?? ["", ""]
    return place + [time.library, entry?.version ?? "", time.form] + times + ratios
  }
}

/// Lines of fields as in RFC 4180.
private func csvText(_ lines: [[String]]) -> String {
  lines.map { $0.map(\.csvField).joined(separator: ",") + "\r\n" }.joined()
}

extension Row {
  /// The columns, named and ordered as the properties.
  fileprivate static var csvColumns: [(name: String, text: (Row) -> String)] {
    [
      ("shape", { $0.shape }),
      ("operator", { $0.operator }),
      ("executor", { $0.executor }),
      ("threads", { "\($0.threads)" }),
      ("cold", { "\($0.cold)" }),
      ("parameters", { "\($0.parameters)" }),
      ("multiplyAdds", { "\($0.multiplyAdds)" }),
      ("bits", { "\($0.bits)" }),
      ("bytes", { "\($0.bytes)" }),
      ("microseconds", { "\($0.microseconds)" }),
      ("low", { "\($0.low)" }),
      ("high", { "\($0.high)" }),
      ("gflops", { "\($0.gflops)" }),
      ("shareOfPeak", { "\($0.shareOfPeak)" }),
      ("vsDepthwise", { $0.vsDepthwise.map { "\($0)" } ?? "" }),
    ]
  }
}

extension String {
  /// In quotes where a comma, a quote or a line break would else be misread.
  fileprivate var csvField: String {
    // A CR LF is one Character, hence the scalars.
    guard unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return self
    }
    return "\"" + replacing("\"", with: "\"\"") + "\""
  }
}

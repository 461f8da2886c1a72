import Foundation
import TextTable

extension PeerTable {
  /// The libraries with their versions, a table per shape, and the remarks.
  func text() -> String {
    var parts = [entries.map(\.words).joined(separator: "\n")]
    for (shape, rows) in rows.inGroups(by: \.shape) {
      let threads = NumberText.threads(rows[0].threads)
      parts.append("\(shape), \(threads), µs a block\n" + table(rows))
    }
    parts += remarks
    return parts.joined(separator: "\n\n")
  }

  /// What readers of the rows should know.
  var remarks: [String] {
    let blocks = Set(rows.map(\.block))
    return PeerBlock.allCases.filter { blocks.contains($0.rawValue) }.compactMap(\.remark).uniqued()
  }

  /// The libraries that have times.
  var libraries: [String] {
    rows.flatMap { row in row.peers.map(\.library) }.uniqued()
  }

  private func table(_ rows: [PeerRow]) -> String {
    let libraries = libraries
    let table = TextTable<PeerRow> { row in
      let times = libraries.map { library in
        let time = row.peers.first { $0.library == library }
        return Column(
          library <- NumberText.significant(time?.microseconds ?? .nan), align: .right)
      }
      return [
        Column("block" <- row.block),
        Column("GFLOP/s" <- NumberText.fixed(row.gflops(row.ours), decimals: 1), align: .right),
        Column(Self.ours <- NumberText.significant(row.ours.microseconds), align: .right),
      ] + times + [
        Column("ours faster" <- NumberText.ratio(row.best?.oursFaster?.value), align: .right),
        Column("rounds" <- row.best?.oursFaster?.range ?? "", align: .right),
        Column("than" <- row.best?.name ?? ""),
      ]
    }
    return (table.string(for: rows) ?? "").trimmingCharacters(in: .newlines)
  }
}

extension PeerTable.Entry {
  /// Name and version, or why there is none.
  var words: String { missing.map { "\(name) is missing: \($0)" } ?? "\(name) \(version ?? "")" }
}

extension PeerRow.Time {
  /// The library, and the form it took.
  var name: String { form.isEmpty ? library : "\(library) (\(form))" }
}

extension PeerRow.Ratio {
  /// The middle half of the rounds.
  var range: String {
    "\(NumberText.ratio(low).dropLast())–\(NumberText.ratio(high).dropLast())"
  }
}

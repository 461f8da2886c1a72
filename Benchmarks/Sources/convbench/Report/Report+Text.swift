import Foundation
import TextTable

extension Machine {
  static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Processor, peak, bandwidth, OpenBLAS.
  var header: String {
    """
    \(processor), \(cores) core\(cores == 1 ? "" : "s"), level \(level)
    peak \(peakGflops.formatted(decimals: 1)) GFLOP/s and copy \
    \(copyGigabytesPerSecond.formatted(decimals: 1)) GB/s per core, last-level cache \
    \(cacheBytes >> 20) MiB
    OpenBLAS \(openBLASVersion), \(openBLASKernel) kernels, \(openBLASThreading) build, \
    used with one thread
    """
  }
}

extension Report {
  /// The header, a table per thread count and shape, the networks, and what they show.
  func text() -> String {
    var parts = [machine.header]
    for threads in machine.threads {
      let rows = rows.filter { $0.threads == threads }
      for shape in rows.map(\.shape).uniqued() {
        let title = "\(shape), \(threadsText(threads))\(rows[0].cold ? ", operands in memory" : "")"
        parts.append(title + "\n" + rowTable(rows.filter { $0.shape == shape }))
      }
    }
    for threads in machine.threads {
      let rows = networks.filter { $0.threads == threads }
      if let only = rows.first, rows.count == 1 {
        parts.append("\(only.network), \(threadsText(threads))\n" + layerTable(only))
      }
      if !rows.isEmpty {
        parts.append("networks, \(threadsText(threads))\n" + networkTable(rows))
      }
    }
    let findings = findings
    if !findings.isEmpty { parts.append(findings.joined(separator: " ")) }
    return parts.joined(separator: "\n\n")
  }

  private func rowTable(_ rows: [Row]) -> String {
    let table = TextTable<Row> { row in
      [
        Column("operator" <- row.operator),
        Column("parameters" <- row.parameters.grouped, align: .right),
        Column("mult-adds" <- row.multiplyAdds.grouped, align: .right),
        Column("µs" <- row.microseconds.formatted(decimals: 0), align: .right),
        Column("10–90 %" <- spread(row.low, row.high), align: .right),
        Column("GFLOP/s" <- row.gflops.formatted(decimals: 1), align: .right),
        Column("of peak" <- percent(row.shareOfPeak), align: .right),
        Column(
          "× separable" <- (row.vsDepthwise.map { $0.formatted(decimals: 2) } ?? "–"),
          align: .right),
      ]
    }
    return table.string(for: rows) ?? ""
  }

  private func networkTable(_ rows: [NetworkRow]) -> String {
    let table = TextTable<NetworkRow> { row in
      [
        Column("network" <- row.network),
        Column("parameters" <- row.parameters.grouped, align: .right),
        Column("mult-adds" <- row.multiplyAdds.grouped, align: .right),
        Column("ms" <- (row.microseconds / 1000).formatted(decimals: 2), align: .right),
        Column("10–90 %" <- spread(row.low / 1000, row.high / 1000, decimals: 2), align: .right),
        Column("GFLOP/s" <- row.gflops.formatted(decimals: 1), align: .right),
        Column("of peak" <- percent(row.shareOfPeak), align: .right),
      ]
    }
    return table.string(for: rows) ?? ""
  }

  private func layerTable(_ network: NetworkRow) -> String {
    let table = TextTable<NetworkRow.Layer> { layer in
      [
        Column("layer" <- layer.name),
        Column("operator" <- layer.operator),
        Column("shape" <- layer.shape),
        Column("count" <- layer.count, align: .right),
        Column("parameters" <- layer.parameters.grouped, align: .right),
        Column("mult-adds" <- layer.multiplyAdds.grouped, align: .right),
        Column("µs each" <- layer.microseconds.formatted(decimals: 0), align: .right),
        Column("of peak" <- percent(layer.shareOfPeak), align: .right),
      ]
    }
    return table.string(for: network.layers) ?? ""
  }

  private func threadsText(_ count: Int) -> String { count == 1 ? "1 thread" : "\(count) threads" }

  private func percent(_ share: Double) -> String { (100 * share).formatted(decimals: 0) + " %" }

  private func spread(_ low: Double, _ high: Double, decimals: Int = 0) -> String {
    low.formatted(decimals: decimals) + "–" + high.formatted(decimals: decimals)
  }
}

extension Double {
  /// With a fixed number of decimals and a point, whatever the language of the system.
  func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension Int {
  /// With a thin gap after every three digits.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: " ")
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, in the order of its first occurrence.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

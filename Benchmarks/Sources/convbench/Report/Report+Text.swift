import CKernels
import Foundation
import FrugalConv
import TextTable

extension Machine {
  /// Processors that this process may run on.
  static var cores: Int { max(1, Int(frugal_usable_processors())) }

  /// Level avx512 has the float kernels of AVX2, and their peak.
  var hasPeakOfAVX2: Bool { level == Level.avx512.rawValue }

  /// Processor, peak, bandwidth, OpenBLAS.
  var header: String {
    """
    \(processor), \(cores) core\(cores == 1 ? "" : "s"), level \(level)
    peak \(NumberText.fixed(peakGflops, decimals: 1)) GFLOP/s\
    \(hasPeakOfAVX2 ? " (of AVX2, which the float kernels use)" : "") and copy \
    \(NumberText.fixed(copyGigabytesPerSecond, decimals: 1)) GB/s per core, last-level cache \
    \(cacheBytes >> 20) MiB
    OpenBLAS \(openBLASVersion), \(openBLASKernel) kernels, \(openBLASThreading) build, \
    its own threads off
    threads \(threads.map(String.init).joined(separator: " and "))
    """
  }
}

extension Report {
  /// The header, a table per thread count and shape, the networks, and what they show.
  func text() -> String {
    var parts = [machine.header]
    for threads in machine.threads {
      let rows = rows.filter { $0.threads == threads }
      let operands = rows.first?.cold == true ? ", operands in memory" : ""
      for shape in rows.map(\.shape).uniqued() {
        let title = "\(shape), \(NumberText.threads(threads))\(operands)"
        parts.append(title + "\n" + rowTable(rows.filter { $0.shape == shape }))
      }
    }
    for threads in machine.threads {
      let rows = networks.filter { $0.threads == threads }
      if let only = rows.first, rows.count == 1 {
        parts.append("\(only.network), \(NumberText.threads(threads))\n" + layerTable(only))
      }
      if !rows.isEmpty {
        parts.append("networks, \(NumberText.threads(threads))\n" + networkTable(rows))
      }
    }
    if let peers { parts.append(peers.text()) }
    let findings = findings
    if !findings.isEmpty { parts.append(findings.joined(separator: " ")) }
    return parts.joined(separator: "\n\n")
  }

  private func rowTable(_ rows: [Row]) -> String {
    let table = TextTable<Row> { row in
      [
        Column("operator" <- row.operator),
        Column("parameters" <- NumberText.grouped(row.parameters), align: .right),
        Column("mult-adds" <- NumberText.grouped(row.multiplyAdds), align: .right),
        Column("µs" <- NumberText.fixed(row.microseconds, decimals: 0), align: .right),
        Column("10–90 %" <- spread(row.low, row.high), align: .right),
        Column("GFLOP/s" <- NumberText.fixed(row.gflops, decimals: 1), align: .right),
        Column("of peak" <- NumberText.share(row.shareOfPeak), align: .right),
        Column(
          "× separable" <- NumberText.ratio(row.vsDepthwise),
          align: .right),
      ]
    }
    return text(table, rows)
  }

  private func networkTable(_ rows: [NetworkRow]) -> String {
    let table = TextTable<NetworkRow> { row in
      [
        Column("network" <- row.network),
        Column("parameters" <- NumberText.grouped(row.parameters), align: .right),
        Column("mult-adds" <- NumberText.grouped(row.multiplyAdds), align: .right),
        Column("ms" <- NumberText.fixed(row.microseconds / 1000, decimals: 2), align: .right),
        Column("10–90 %" <- spread(row.low / 1000, row.high / 1000, decimals: 2), align: .right),
        Column("GFLOP/s" <- NumberText.fixed(row.gflops, decimals: 1), align: .right),
        Column("of peak" <- NumberText.share(row.shareOfPeak), align: .right),
      ]
    }
    return text(table, rows)
  }

  private func layerTable(_ network: NetworkRow) -> String {
    let table = TextTable<NetworkRow.Layer> { layer in
      [
        Column("layer" <- layer.name),
        Column("operator" <- layer.operator),
        Column("shape" <- layer.shape),
        Column("count" <- layer.count, align: .right),
        Column("parameters" <- NumberText.grouped(layer.parameters), align: .right),
        Column("mult-adds" <- NumberText.grouped(layer.multiplyAdds), align: .right),
        Column("µs each" <- NumberText.fixed(layer.microseconds, decimals: 0), align: .right),
        Column("of peak" <- NumberText.share(layer.shareOfPeak), align: .right),
      ]
    }
    return text(table, network.layers)
  }

  private func text<T>(_ table: TextTable<T>, _ rows: [T]) -> String {
    (table.string(for: rows) ?? "").trimmingCharacters(in: .newlines)
  }

  private func spread(_ low: Double, _ high: Double, decimals: Int = 0) -> String {
    NumberText.fixed(low, decimals: decimals) + "–" + NumberText.fixed(high, decimals: decimals)
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, in the order of its first occurrence.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

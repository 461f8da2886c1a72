import Foundation
import Testing

@testable import convbench

@Suite struct ReportTests {
  // MARK: Reports

  static let machine = Machine(
    processor: "Processor <A&B>", cores: 2, level: "avx2", peakGflops: 64,
    copyGigabytesPerSecond: 10, cacheBytes: 32 << 20, openBLASVersion: "0.3.29",
    openBLASKernel: "Zen", openBLASThreading: "pthreads", threads: [1, 2])

  static func row(
    _ shape: String = "64x56x56", _ name: String = "pointwise", threads: Int = 1,
    time: Double = 1234.5, ratio: Double? = 0.75
  ) -> Row {
    Row(
      shape: shape, operator: name, executor: "direct", threads: threads, cold: false,
      parameters: 4096, multiplyAdds: 12_845_056, bits: 32, bytes: 1_622_016, microseconds: time,
      low: time * 0.9, high: time * 1.1, gflops: 20.5, shareOfPeak: 0.32, vsDepthwise: ratio)
  }

  static func network(_ name: String, threads: Int, time: Double = 30_000) -> NetworkRow {
    let layer = NetworkRow.Layer(
      name: "stem & all", operator: "window", shape: "3x224x224", count: 2, parameters: 864,
      multiplyAdds: 10_838_016, microseconds: time / 2, low: time / 3, high: time,
      shareOfPeak: 0.5)
    return NetworkRow(
      network: name, threads: threads, parameters: 4_231_976, multiplyAdds: 568_740_352,
      microseconds: time, low: time * 0.9, high: time * 1.1, gflops: 38, shareOfPeak: 0.6,
      layers: [layer])
  }

  static let report = Report(
    machine: machine,
    rows: [1, 2].flatMap { threads in
      ["64x56x56", "128x28x28"].flatMap { shape in
        ["pointwise", "depthwise-separable", "shift", "igcv1"].enumerated().map { index, name in
          row(shape, name, threads: threads, ratio: name == "igcv1" ? nil : Double(1 + index))
        }
      }
    },
    networks: [1, 2].map { network("mobilenetv1", threads: $0) })

  static let columns = [
    "shape", "operator", "executor", "threads", "cold", "parameters", "multiplyAdds", "bits",
    "bytes", "microseconds", "low", "high", "gflops", "shareOfPeak", "vsDepthwise",
  ]

  /// What the writer leaves in a new file.
  static func written(_ write: (String) throws -> Void) throws -> Data {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("convbench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("what was there before".utf8).write(to: file)
    try write(file.path)
    return try Data(contentsOf: file)
  }

  // MARK: JSON

  @Test func jsonReadsBackAsItWas() throws {
    let data = try Self.written(Self.report.writeJSON)
    let copy = try JSONDecoder().decode(Report.self, from: data)
    let again = try Self.written(copy.writeJSON)
    #expect(data == again)
    #expect(copy.rows.map(\.microseconds) == Self.report.rows.map(\.microseconds))
    #expect(copy.rows.map(\.vsDepthwise) == Self.report.rows.map(\.vsDepthwise))
    #expect(copy.networks[1].layers[0].name == "stem & all")
  }

  @Test func jsonHasTheKeys() throws {
    let data = try Self.written(Self.report.writeJSON)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object.keys.sorted() == ["machine", "networks", "rows"])
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows[0].keys.sorted() == Self.columns.sorted())
  }

  @Test func jsonOutlivesNumbersThatItCannotHold() throws {
    var report = Self.report
    report.rows[0].gflops = .infinity
    let text = String(decoding: try Self.written(report.writeJSON), as: UTF8.self)
    #expect(text.contains("\"gflops\" : \"inf\""))
  }

  // MARK: CSV

  @Test func csvHasALineARow() throws {
    let lines = Self.report.csv().components(separatedBy: "\r\n")
    #expect(lines.first == Self.columns.joined(separator: ","))
    #expect(lines.count == Self.report.rows.count + 2)
    #expect(lines.last == "")
    #expect(
      lines[1] == "64x56x56,pointwise,direct,1,false,4096,12845056,32,1622016,1234.5,"
        + "\(1234.5 * 0.9),\(1234.5 * 1.1),20.5,0.32,1.0")
    #expect(lines[4].hasSuffix(",0.32,"))
    #expect(try Self.written(Self.report.writeCSV) == Data(Self.report.csv().utf8))
  }

  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"so\"", "\"say \"\"so\"\"\""),
    ("two\r\nlines", "\"two\r\nlines\""), ("\n", "\"\n\""), ("", ""),
  ])
  func csvQuotesWhatNeedsIt(name: String, field: String) {
    let report = Report(machine: Self.machine, rows: [Self.row("1x1x1", name)], networks: [])
    #expect(report.csv().contains("\r\n1x1x1,\(field),direct,"))
  }

  // MARK: HTML

  @Test func pageNeedsNothingElse() throws {
    let page = Self.report.html()
    for outside in ["<script", "src=", "href=", "url(", "@import", "http"] {
      #expect(!page.contains(outside), "\(outside)")
    }
    #expect(page.contains("<meta charset=\"utf-8\">"))
    #expect(page.contains("prefers-color-scheme: dark"))
    #expect(try Self.written(Self.report.writeHTML) == Data(page.utf8))
  }

  @Test func everyRowIsInTheTable() throws {
    var report = Self.report
    for index in report.rows.indices { report.rows[index].operator += "-\(index)" }
    let page = report.html()
    let table = try #require(page.components(separatedBy: "All figures").last)
    for row in report.rows {
      #expect(table.contains("<td>\(row.shape)</td><td>\(row.operator)</td>"))
    }
    #expect(page.components(separatedBy: "class=\"mark ").count == report.rows.count + 1)
    #expect(!page.contains("&lt;t"), "markup of the page itself is escaped")
  }

  @Test func hostileTextIsEscaped() {
    let name = "<script>alert('1')</script>\" onload=\"x&y"
    var report = Report(
      machine: Self.machine, rows: [Self.row(name, name), Self.row(name, "depthwise")],
      networks: [Self.network(name, threads: 1)])
    report.rows[0].executor = name
    report.networks[0].layers[0].name = name
    report.networks[0].layers[0].shape = name
    let page = report.html()
    #expect(!page.contains("<script"))
    #expect(!page.contains("\" onload"))
    let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;x&amp;y"
    #expect(page.contains(escaped))
    #expect(page.contains("Processor &lt;A&amp;B&gt;"))
  }

  @Test func emptyPartsAreLeftOut() {
    let empty = Report(machine: Self.machine, rows: [], networks: [])
    #expect(!empty.html().contains("<section>"))
    #expect(empty.html().hasSuffix("</html>\n"))
    #expect(empty.csv() == Self.columns.joined(separator: ",") + "\r\n")

    var rows = Self.report
    rows.networks = []
    #expect(!rows.html().contains(">Networks<"))
    var networks = Self.report
    networks.rows = []
    #expect(networks.html().contains(">Networks<"))
    #expect(!networks.html().contains(">Roofline<"))
  }

  @Test(arguments: [
    0, -1, .infinity, -Double.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
  ])
  func coordinatesAreNumbersWhateverTheFigures(_ value: Double) {
    var report = Self.report
    report.machine.peakGflops = value
    report.machine.copyGigabytesPerSecond = value
    for index in report.rows.indices where index != 1 {
      report.rows[index].microseconds = value
      report.rows[index].high = value
      report.rows[index].gflops = value
      report.rows[index].shareOfPeak = value
      report.rows[index].vsDepthwise = index.isMultiple(of: 2) ? value : 1
    }
    report.rows[2].vsDepthwise = nil
    report.rows[3].bytes = 0
    report.rows[4].multiplyAdds = .max
    report.rows[5].bytes = .max
    report.networks.append(Self.network("odd", threads: 1, time: value))
    expectCoordinates(report.html())
    report.rows = Array(report.rows.prefix(1))
    report.networks = Array(report.networks.suffix(1))
    expectCoordinates(report.html())
  }

  private func expectCoordinates(_ page: String) {
    let attribute = #/\s(?:x|y|x1|x2|y1|y2|width|height|dx|dy)="([^"]*)"/#
    let odd = page.matches(of: attribute).map(\.1).filter {
      $0.wholeMatch(of: #/-?\d+(\.\d+)?%?/#) == nil
    }
    #expect(odd.isEmpty)
    #expect(page.contains("<line"))
  }

  // MARK: Figures

  @Test func figuresReadWell() {
    let gap = "\u{202F}"
    #expect(NumberText.grouped(1_234_567) == "1\(gap)234\(gap)567")
    #expect(NumberText.grouped(-1000) == "−1\(gap)000")
    #expect(NumberText.grouped(999) == "999")
    #expect(NumberText.time(microseconds: 9.996) == "10.0\(gap)µs")
    #expect(NumberText.time(microseconds: 999.4) == "999\(gap)µs")
    #expect(NumberText.time(microseconds: 999.6) == "1.00\(gap)ms")
    #expect(NumberText.time(microseconds: 1_234_000) == "1.23\(gap)s")
    #expect(NumberText.time(microseconds: .nan) == "–")
    #expect(NumberText.axisTime(microseconds: 1500) == "1.5\(gap)ms")
    #expect(NumberText.axisTime(microseconds: 50_000) == "50\(gap)ms")
    #expect(NumberText.axisTime(microseconds: 500) == "500\(gap)µs")
    #expect(NumberText.count(9408) == "9\(gap)408")
    #expect(NumberText.count(568_740_352) == "569\(gap)M")
    #expect(NumberText.share(0.634) == "63\(gap)%")
    #expect(NumberText.share(0.0634) == "6.3\(gap)%")
    #expect(NumberText.ratio(1.318) == "1.32×")
    #expect(NumberText.ratio(nil) == "–")
  }
}

import ArgumentParser
import Foundation
import FrugalConv
import FrugalFiles
import Testing

@testable import convbench

@Suite struct PeerTests {
  // MARK: Lines

  @Test func repliesAreRead() {
    #expect(
      PeerReply(line: #"{"peer": "ncnn", "version": "1.0"}"#)
        == .ready(peer: "ncnn", version: "1.0"))
    #expect(
      PeerReply(line: #"{"missing": "No module named 'ncnn'"}"#)
        == .missing(reason: "No module named 'ncnn'"))
    #expect(PeerReply(line: #"{"form": ""}"#) == .prepared(form: ""))
    #expect(PeerReply(line: #"{"microseconds": 12.5}"#) == .timed(microseconds: 12.5))
    #expect(PeerReply(line: #"{"error": "out of memory"}"#) == .failed(reason: "out of memory"))
  }

  @Test(arguments: [
    "", "INFO: created a delegate", "{}", "[1]", #"{"peer": "ncnn"}"#, #"{"microseconds": 0}"#,
    #"{"microseconds": "fast"}"#,
  ])
  func otherLinesAreNoReplies(_ line: String) { #expect(PeerReply(line: line) == nil) }

  @Test func layersAreSaidInWords() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func json(_ layer: PeerLayer) throws -> String {
      String(decoding: try encoder.encode(layer), as: UTF8.self)
    }
    #expect(
      try json(.convolution(groups: 4, activation: "relu6", weights: "/w.npy", bias: nil))
        == #"{"activation":"relu6","groups":4,"kind":"convolution","weights":"/w.npy"}"#)
    #expect(
      try json(.shift(runs: [[7, -1, 0], [2, 0, 0]]))
        == #"{"kind":"shift","runs":[[7,-1,0],[2,0,0]]}"#)
    #expect(try json(.binary(weights: "/w.npy")) == #"{"kind":"binary","weights":"/w.npy"}"#)
    #expect(try json(.shuffle(groups: 2)) == #"{"groups":2,"kind":"shuffle"}"#)
    #expect(try json(.residual) == #"{"kind":"residual"}"#)
  }

  // MARK: Descriptions

  /// The layers of a block with 36 channels, files in a folder that is gone afterwards.
  private func described<T>(
    _ block: PeerBlock, channels: Int = 36,
    _ body: ([PeerLayer], [StageParameters]) throws -> T
  ) throws -> T {
    let folder = FileManager.default.temporaryDirectory
      .appending(component: "peers-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let convolution = try block.convolution(channels)
    var random = RandomNumbers(seed: 1)
    let parameters = random.parameters(for: convolution)
    return try body(
      PeerDescription(folder: folder).layers(convolution, parameters, name: "0"), parameters)
  }

  private func words(_ layers: [PeerLayer]) -> [String] {
    layers.map { layer in
      switch layer {
      case .convolution(let groups, let activation, _, let bias):
        "convolution \(groups) \(activation)\(bias == nil ? ", no bias" : "")"
      case .binary: "binary"
      case .shift(let runs): "shift \(runs.count)"
      case .shuffle(let groups): "shuffle \(groups)"
      case .squeezeExcite: "squeeze-excite"
      case .residual: "residual"
      }
    }
  }

  @Test(arguments: [
    (PeerBlock.pointwise, ["convolution 1 identity"]),
    (.depthwise, ["convolution 36 identity"]),
    (.depthwiseSeparable, ["convolution 36 relu6", "convolution 1 identity"]),
    (.shift, ["shift 9", "convolution 1 identity"]),
    (.igcv1, ["convolution 9 identity, no bias", "shuffle 9", "convolution 4 identity"]),
    (
      .igcv3Block,
      [
        "convolution 2 identity", "shuffle 2", "convolution 216 relu6", "convolution 2 identity",
        "residual",
      ]
    ),
    (
      .mobileNetV2Block,
      ["convolution 1 relu6", "convolution 216 relu6", "convolution 1 identity", "residual"]
    ),
    (
      .dsBlock,
      [
        "convolution 1 swish", "convolution 216 swish", "squeeze-excite", "convolution 1 identity",
        "residual",
      ]
    ),
    (.dense3x3, ["convolution 1 identity"]),
  ])
  func stagesBecomeLayers(_ block: PeerBlock, _ expected: [String]) throws {
    #expect(try described(block) { layers, _ in words(layers) } == expected)
  }

  /// A bias stands behind our permutation but before the peers' shuffle.
  @Test func biasesFollowTheirChannels() throws {
    try described(.igcv3Block, channels: 2) { layers, parameters in
      guard case .convolution(_, _, _, let path?) = layers[0] else {
        Issue.record("no bias")
        return
      }
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)).suffix(4 * 12))
      let written = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      let bias = parameters[0].bias
      #expect(written.count == 12)
      for (place, value) in written.enumerated() {
        let channel = 2 * (place % 6) + place / 6
        #expect(value == bias[channel])
      }
    }
  }

  @Test func whatPeersCannotSayIsRefused() throws {
    let strided = try Convolution.pointwise(4, 4, stride: 2)
    var random = RandomNumbers(seed: 1)
    let parameters = random.parameters(for: strided)
    #expect(throws: PeerError.self) {
      try PeerDescription(folder: "/").layers(strided, parameters, name: "0")
    }
  }

  // MARK: Processes

  /// A peer that a shell script plays.
  private func process(_ script: String) throws -> PeerProcess {
    try PeerProcess("script", program: "/bin/sh", arguments: ["-c", script], folder: "/")
  }

  private static let ready = #"echo '{"peer": "p", "version": "3"}'; "#

  @Test func chainsAreTimedByThePeer() throws {
    let peer = try process(Self.ready + #"read line; echo '{"microseconds": 7}'"#)
    #expect(try peer.answer() == .ready(peer: "p", version: "3"))
    #expect(try PeerChain(peer, chain: 1).time(repetitions: 3) == 7)
    peer.stop()
  }

  @Test func aPeerThatFailsSaysWhy() throws {
    let peer = try process(#"echo '{"error": "no such layer"}'; echo nonsense"#)
    #expect(throws: PeerError.failed(name: "script", reason: "no such layer")) {
      try peer.answer()
    }
    #expect(throws: PeerError.badReply(name: "script", line: "nonsense")) { try peer.answer() }
    #expect(throws: PeerError.ended(name: "script")) { try peer.answer() }
    peer.stop()
    #expect(throws: PeerError.ended(name: "script")) {
      try peer.ask(PeerTiming(time: 0, repetitions: 1))
    }
  }

  @Test func missingPeersAreNamed() throws {
    let group = try PeerGroup { peer in
      switch peer {
      case .openVINO: try process(#"echo '{"missing": "No module named openvino"}'"#)
      case .xnnpack: try process("exit 1")
      default: try process(Self.ready + "read line")
      }
    }
    #expect(group.members.map(\.peer) == [.onnxRuntime, .ncnn, .larq, .larqIndirect])
    let text = PeerTable(entries: group.entries, rows: []).text()
    #expect(text.contains("OpenVINO is missing: No module named openvino"))
    #expect(text.contains("XNNPACK is missing: script ended before its answer"))
    #expect(text.contains("ncnn 3"))
    group.stop()
  }

  @Test(arguments: [Peer.onnxRuntime, .ncnn])
  func withoutARequiredPeerThereIsNoComparison(_ absent: Peer) throws {
    #expect(throws: PeerError.requiredPeerMissing(name: absent.title, reason: "not here")) {
      _ = try PeerGroup { peer in
        try process(peer == absent ? #"echo '{"missing": "not here"}'"# : Self.ready)
      }
    }
  }

  /// Peers that hand back their input are found out before anything is timed.
  @Test func aPeerThatComputesSomethingElseEndsTheRun() throws {
    let copy = #"""
      while read line; do
        cp $(echo "$line" | sed 's/.*"input":"\([^"]*\)".*/\1/') \
          $(echo "$line" | sed 's/.*"output":"\([^"]*\)".*/\1/')
        echo '{"form": ""}'
      done
      """#
    let group = try PeerGroup { _ in try process(Self.ready + copy) }
    defer { group.stop() }
    let folder = FileManager.default.temporaryDirectory
      .appending(component: "peers-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = PeerOptions(level: try .fromEnvironment())
    options.shapes = [MapShape(channels: 8, height: 5, width: 5)]
    options.blocks = [.pointwise]
    let comparison = try PeerComparison(
      options, group: group, folder: folder, progress: Progress())
    #expect {
      _ = try comparison.report()
    } throws: { error in
      guard case .disagrees(let name, let block, let difference, _) = error as? PeerError else {
        return false
      }
      return name == "ONNX Runtime" && block.contains("pointwise") && difference > 0.01
    }
  }

  @Test func agreementIsToAThousandth() throws {
    let values: [Float] = [0.5, -20, 3]
    try PeerComparison.check("p", [0.51, -20, 3], values, "here")
    #expect(throws: PeerError.self) {
      try PeerComparison.check("p", [0.55, -20, 3], values, "here")
    }
    #expect(throws: PeerError.self) { try PeerComparison.check("p", [0.5, -20], values, "here") }
    #expect(throws: PeerError.self) {
      try PeerComparison.check("p", [.nan, -20, 3], values, "here")
    }
  }

  // MARK: Figures

  static func row(_ block: String = "shift", peers: [(String, Double)]) -> PeerRow {
    func times(_ factor: Double) -> ChainTimes {
      ChainTimes(short: [5, 5, 5], long: [11, 13, 12].map { 5 + factor * ($0 - 1) }, blocks: 1)
    }
    return PeerRow(
      shape: "64x56x56", block: block, threads: 1, multiplyAdds: 1_000_000, chains: [1, 5],
      ours: PeerRow.Time(PeerTable.ours, times(1)),
      peers: peers.map { name, factor in
        PeerRow.Time(name, form: "", times(factor), ours: times(1))
      })
  }

  @Test func whatTwoChainsShareCancels() {
    let call = 100.0
    let times = ChainTimes(
      short: [call + 7, call + 8], long: [call + 35, call + 40], blocks: 4)
    #expect(times.rounds == [7, 8])
    #expect(abs(times.block - 7.1) < 1e-9)
  }

  /// Something that slows a few rounds down, ours or theirs, must not decide the row.
  @Test func aDisturbedRoundDoesNotDecide() throws {
    let quiet = ChainTimes(short: [9, 9, 9, 9, 9, 9], long: [19, 19, 19, 19, 19, 19], blocks: 1)
    let disturbed = ChainTimes(
      short: [9, 9, 9, 40, 9, 9], long: [29, 90, 29, 80, 29, 29], blocks: 1)
    let ratio = try #require(PeerRow.Time("p", disturbed, ours: quiet).oursFaster)
    #expect(ratio.value == 2 && ratio.median == 2)
  }

  @Test func ratiosAreToTheFastestPeer() throws {
    let row = Self.row(peers: [("ONNX Runtime", 3), ("ncnn", 2), ("XNNPACK", 4)])
    let best = try #require(row.best)
    #expect(best.library == "ncnn" && best.oursFaster?.value == 2)
    #expect(row.ours.median == 11 && row.ours.oursFaster == nil)
    #expect(best.median == 22 && best.oursFaster?.median == 2)
    let gflops = row.gflops(best)
    #expect(abs(gflops - 2000 / 20.4) < 1e-9)
    #expect(Self.row(peers: []).best == nil)
    #expect(Self.row(peers: [("ncnn", 2), ("too short", -1)]).best?.library == "ncnn")
  }

  @Test func chainsAreLongerWhereBlocksAreShorter() {
    #expect(PeerProblem.chains(multiplyAdds: 1) == [1, 17])
    #expect(PeerProblem.chains(multiplyAdds: 12_500_000) == [1, 9])
    #expect(PeerProblem.chains(multiplyAdds: .max) == [1, 3])
    #expect(PeerProblem.chains(multiplyAdds: 125_000_000, isBinary: true) == [1, 5])
  }

  /// What the peers are to agree with is the sum over the window, +1 outside, by its sign.
  @Test(arguments: [PeerBlock.binary1x1, .binary3x3])
  func bitsAreTheSignsOfWholeSums(_ block: PeerBlock) throws {
    let (channels, height, width) = (6, 4, 5)
    let folder = try TestFolder()
    let problem = try PeerProblem(
      block, MapShape(channels: channels, height: height, width: width),
      PeerOptions(level: .fromEnvironment()), PeerDescription(folder: folder.path("")))
    #expect(problem.blocks.count == problem.chains[1])
    guard case .binary(let path)? = problem.blocks[0].first else {
      Issue.record("not one bit")
      return
    }
    let weights = try NumPyArray(path: path).floats()
    let kernel = block == .binary3x3 ? 3 : 1
    let fan = channels * kernel * kernel
    #expect(weights.count == channels * fan)
    func sign(_ value: Float) -> Int { value < 0 ? -1 : 1 }
    var expected: [Float] = []
    for filter in 0..<channels {
      for pixel in 0..<height * width {
        var sum = 0
        for tap in 0..<fan {
          let row = pixel / width + tap / kernel % kernel - kernel / 2
          let column = pixel % width + tap % kernel - kernel / 2
          let plane = tap / (kernel * kernel) * height
          let isInside = (0..<height).contains(row) && (0..<width).contains(column)
          let value = isInside ? sign(problem.input[(plane + row) * width + column]) : 1
          sum += value * sign(weights[filter * fan + tap])
        }
        expected.append(sum >= 0 ? 1 : -1)
      }
    }
    #expect(problem.expected == expected)
  }

  @Test func whatIsNotOneLayerOfSignsIsRefused() throws {
    let description = PeerDescription(folder: "/")
    for convolution in [
      try Convolution.pointwise(4, 4), try .pointwise(4, 4, stride: 2, bias: false),
      try .grouped(4, 4, groups: 2, Window(3), bias: false),
    ] {
      var random = RandomNumbers(seed: 1)
      let parameters = random.parameters(for: convolution)
      #expect(throws: PeerError.self) {
        try description.binaryLayer(convolution, parameters, name: "0")
      }
    }
  }

  @Test func bitsAreAskedOnlyOfThoseThatHaveThem() {
    let binary = Peer.allCases.filter { $0.runs(.binary3x3) }
    #expect(binary == [.openVINO, .larq, .larqIndirect])
    let floats = Peer.allCases.filter { $0.runs(.pointwise) }
    #expect(floats == [.onnxRuntime, .openVINO, .ncnn, .xnnpack])
  }

  @Test func aChainIsItsPlanAgainAndAgain() throws {
    let shape = MapShape(channels: 6, height: 4, width: 5)
    let plan = try Convolution.depthwise(6, Window(3)).plan(for: shape)
    var random = RandomNumbers(seed: 1)
    let input = try FeatureMap(random.floats(shape.count), shape: shape)
    let weights = try (0..<3).map { _ in
      try plan.pack(random.parameters(for: plan.convolution))
    }
    var expected = input
    for (index, weights) in weights.enumerated() {
      expected = try plan.run(weights, expected)
      let chain = try PlanChain(plan, Array([weights]), input)
      try chain.run()
      if index == 0 { #expect(chain.output.array() == expected.array()) }
    }
    let chain = try PlanChain(plan, weights, input)
    for _ in 0..<2 { try chain.run() }
    #expect(chain.output.array() == expected.array())
  }

  // MARK: Reports

  private static let table = PeerTable(
    entries: [
      PeerTable.Entry(name: "ONNX Runtime", version: "1.32"),
      PeerTable.Entry(name: "ncnn", version: "1.0"),
      PeerTable.Entry(name: "OpenVINO", missing: "no <wheel>"),
    ],
    rows: [
      row("shift", peers: [("ONNX Runtime", 3), ("ncnn", 2)]),
      row("dense3x3", peers: [("ONNX Runtime", 1.5), ("ncnn", 0.5)]),
    ])

  @Test func theTableNamesTheBestPeerAndKeepsLosingRows() {
    let text = Self.table.text()
    #expect(text.contains("ours faster") && text.contains("64x56x56, 1 thread"))
    let lines = text.split(separator: "\n")
    let shift = lines.first { $0.hasPrefix("shift") }
    #expect(shift?.contains("2.00×") == true && shift?.contains("ncnn") == true)
    let dense = lines.first { $0.hasPrefix("dense3x3") }
    #expect(dense?.contains("0.50×") == true)
    #expect(text.contains("Winograd"))
  }

  @Test func csvHasALineALibrary() {
    let lines = Self.table.csv().components(separatedBy: "\r\n")
    // The names, three libraries at two blocks, and nothing after the last line's end.
    #expect(lines.count == 8)
    #expect(lines[0].hasPrefix("shape,block,threads,multiplyAdds,library,version"))
    #expect(lines[1].hasPrefix("64x56x56,shift,1,1000000,FrugalConv,,,10.2"))
    #expect(lines[1].hasSuffix(",,"))
    #expect(lines[3].contains(",ncnn,1.0,") && lines[3].hasSuffix(",2.0,2.0"))
  }

  @Test func thePageHasChartAndTable() throws {
    let report = Report(
      machine: ReportTests.machine, rows: [], networks: [], peers: Self.table)
    let page = report.html()
    #expect(page.contains("Beside other libraries"))
    #expect(page.contains("OpenVINO is missing: no &lt;wheel&gt;"))
    // Three libraries' marks at each of two blocks.
    #expect(page.components(separatedBy: "class=\"mark ").count == 1 + 6)
    #expect(page.contains("<td>dense3x3</td>"))
    #expect(!page.contains("<script") && !page.contains("http"))
    let odd = page.matches(of: #/\s(?:x|y|x1|x2|y1|y2|width|height)="([^"]*)"/#).map(\.1)
      .filter { $0.wholeMatch(of: #/-?\d+(\.\d+)?%?/#) == nil }
    #expect(odd.isEmpty)
  }

  // MARK: Options

  @Test func optionsNarrowWhatIsMeasured() throws {
    let all = try Peers.parse([]).options()
    #expect(all.blocks == PeerBlock.allCases && all.shapes.count == 5 && all.threads == 1)
    let quick = try Peers.parse(["--quick"]).options()
    #expect(quick.shapes.count == 2 && quick.rounds < all.rounds)
    let some = try Peers.parse([
      "--blocks", "shift,igcv1", "--shapes", "8x5x4", "--threads", "2", "--rounds", "3",
    ]).options()
    #expect(some.blocks == [.shift, .igcv1] && some.threads == 2 && some.rounds == 3)
    #expect(some.shapes == [MapShape(channels: 8, height: 5, width: 4)])
  }

  @Test(arguments: [
    ["--blocks", "shuft"], ["--shapes", "8"], ["--threads", "0"], ["--rounds", "2"],
    ["--level", "avx9"],
  ])
  func wordsThatMeanNothingAreRefused(_ arguments: [String]) {
    #expect(throws: (any Error).self) { try Peers.parse(arguments).options() }
  }

  @Test func requirementsArePackages() throws {
    #expect(
      PeerEnvironment.packages(in: "# why\nncnn==1.0\n\n onnx==2\n") == ["ncnn==1.0", "onnx==2"])
    let path = PeerEnvironment.folder + "/requirements.txt"
    let packages = PeerEnvironment.packages(in: try String(contentsOfFile: path, encoding: .utf8))
    #expect(packages.contains { $0.hasPrefix("onnxruntime==") })
    #expect(packages.contains { $0.hasPrefix("ncnn==") })
    #expect(packages.allSatisfy { $0.contains("==") })
  }
}

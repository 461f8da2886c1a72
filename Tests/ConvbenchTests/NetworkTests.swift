import FrugalConv
import Testing

@testable import convbench

@Suite struct NetworkTests {
  // MARK: The published networks

  /// What a list must add up to.
  struct Sums {
    let network: String
    let parameters: Int
    var countsBatchNorm = true
    let multiplyAdds: Int
  }

  static let sums = [
    Sums(network: "efficientnet-b0", parameters: 5_288_548, multiplyAdds: 385_814_752),
    Sums(
      network: "igcv1-l100m2", parameters: 8_607_700, countsBatchNorm: false,
      multiplyAdds: 1_264_780_800),
    Sums(network: "igcv3-d", parameters: 3_491_688, multiplyAdds: 312_970_176),
    Sums(network: "mobilenetv1", parameters: 4_231_976, multiplyAdds: 568_740_352),
    Sums(network: "mobilenetv2", parameters: 3_504_872, multiplyAdds: 300_774_272),
    Sums(network: "resnet-18", parameters: 11_689_512, multiplyAdds: 1_814_073_344),
    Sums(
      network: "shiftnet-a", parameters: 4_163_144, countsBatchNorm: false,
      multiplyAdds: 1_424_306_176),
    Sums(network: "shiftresnet-20", parameters: 95_642, multiplyAdds: 16_433_792),
  ]

  @Test(arguments: sums)
  func layersAddUpToTheNetwork(_ sums: Sums) throws {
    let network = try NetworkList(sums.network)
    let batchNorm = network.layers.filter(\.normalised)
      .reduce(0) { $0 + $1.count * 2 * $1.output.channels }
    #expect(network.name == sums.network)
    #expect(network.parameters - (sums.countsBatchNorm ? 0 : batchNorm) == sums.parameters)
    #expect(network.multiplyAdds == sums.multiplyAdds)
  }

  @Test func everyListHasItsSumsChecked() {
    #expect(NetworkList.names == Self.sums.map(\.network))
  }

  /// The input of the layer behind a pooling or a concatenation, by the layer before it.
  private static let shapesBehind = [
    "igcv1-l100m2/stem": "100x56x56", "resnet-18/stem": "64x56x56",
    "shiftnet-a/group1.first.project": "64x56x56", "shiftnet-a/group2.first.project": "128x28x28",
    "shiftnet-a/group3.first.project": "256x14x14", "shiftnet-a/group4.first.project": "512x7x7",
  ]

  @Test(arguments: sums.map(\.network))
  func eachLayerTakesTheOutputOfTheOneBefore(_ name: String) throws {
    var previous: NetworkLayer?
    for layer in try NetworkList(name).layers {
      if layer.name.hasSuffix(".shortcut") {
        #expect(layer.output == previous?.output, "\(layer.name) cannot be added")
        continue
      }
      if let previous {
        var expected = Self.shapesBehind["\(name)/\(previous.name)"] ?? "\(previous.output)"
        // Global average pooling.
        if layer.operatorName == "fully-connected" { expected = "\(previous.output.channels)x1x1" }
        #expect("\(layer.input)" == expected, "\(previous.name) does not lead to \(layer.name)")
      }
      previous = layer
    }
  }

  @Test(arguments: sums.map(\.network))
  func aBlockThatRepeatsKeepsItsShape(_ name: String) throws {
    let blocks = Dictionary(grouping: try NetworkList(name).layers) { layer in
      layer.name.split(separator: ".").dropLast().joined(separator: ".")
    }
    for (block, layers) in blocks where layers.contains(where: { $0.count > 1 }) {
      #expect(layers.first?.input == layers.last?.output, "\(block) cannot follow itself")
      #expect(Set(layers.map(\.count)).count == 1, "\(block) counts its layers differently")
    }
  }

  // MARK: The layers of a line

  private func layer(_ line: String) throws -> NetworkLayer {
    try #require(try NetworkList(line, file: "test.txt").layers.first)
  }

  @Test func keysLeftOutHaveTheirDefaults() throws {
    let layer = try layer("a.b pointwise 8x5x7 -> 16")
    #expect(layer.name == "a.b")
    #expect(layer.operatorName == "pointwise")
    #expect(layer.input == MapShape(channels: 8, height: 5, width: 7))
    #expect(layer.output == MapShape(channels: 16, height: 5, width: 7))
    #expect(try layer.convolution == .pointwise(8, 16, bias: false))
    #expect(layer.count == 1 && !layer.normalised)
    #expect(layer.parameters == 128 && layer.multiplyAdds == 128 * 35)
  }

  @Test func eachOperatorBecomesItsConvolution() throws {
    let window = Window(3, stride: 2, padding: .sameTensorFlow)
    let lines: [(String, Convolution)] = [
      (
        "pointwise 8x9x9 -> 6 stride=2 norm=bias act=swish",
        try .pointwise(8, 6, stride: 2, activation: .swish())
      ),
      (
        "window 8x9x9 -> 6 kernel=3 stride=2 padding=same-tf",
        try .window(8, 6, window, bias: false)
      ),
      (
        "grouped 8x9x9 -> 6 kernel=3 groups=2 padding=0 act=relu",
        try .grouped(8, 6, groups: 2, Window(3, padding: .all(0)), bias: false, activation: .relu)
      ),
      (
        "depthwise 8x9x9 -> 8 kernel=3 padding=valid norm=bn act=hard-swish",
        try .depthwise(8, Window(3, padding: .valid), activation: .hardSwish)
      ),
      (
        "shift 8x9x9 -> 6 kernel=5 stride=2 norm=bn act=relu6",
        try .shift(.evenlySpread(channels: 8, kernel: 5), 6, stride: 2, activation: .relu6)
      ),
      (
        "igcv1 8x9x9 -> 12 partitions=4 size=2 widened=3 kernel=3 padding=same norm=bn",
        try .igcv1(primaries: 4, size: 2, widened: 3)
      ),
      (
        "squeeze-excite 8x9x9 -> 8 hidden=2 act=sigmoid",
        try .squeezeExcite(8, SqueezeExcite(hidden: 2, activation: .sigmoid))
      ),
      ("fully-connected 8x1x1 -> 6 act=none", try .fullyConnected(8, 6)),
    ]
    for (line, convolution) in lines {
      #expect(try layer("layer " + line).convolution == convolution, "\(line)")
    }
  }

  @Test func permutedGroupsStoreTheirOutputsInterleaved() throws {
    let block = try Convolution.igcv3Block(4, 6, expansion: 3)
    let layer = try layer("a grouped 4x9x9 -> 12 kernel=1 groups=2 permuted=yes norm=bn")
    #expect(layer.convolution.stages == [block.stages[0]])
  }

  @Test func batchNormCountsTwoParametersAChannel() throws {
    #expect(try layer("a pointwise 8x9x9 -> 6 norm=none").parameters == 48)
    #expect(try layer("a pointwise 8x9x9 -> 6 norm=bias").parameters == 48 + 6)
    #expect(try layer("a pointwise 8x9x9 -> 6 norm=bn").parameters == 48 + 12)
    #expect(try layer("a fully-connected 8x1x1 -> 6").parameters == 48 + 6)
    #expect(try layer("a squeeze-excite 8x9x9 -> 8 hidden=2").parameters == 32 + 10)
  }

  @Test func layoutOfTheTextDoesNotMatter() throws {
    let text = "\r\n# a comment\r\n\t a  pointwise\t8x9x9 ->  6   count=2 # two\r\n\r\n"
    let layers = try NetworkList(text, file: "folder/mine.v2.txt")
    #expect(layers.name == "mine.v2")
    #expect(layers.layers.map(\.name) == ["a"])
    #expect(layers.layers.map(\.count) == [2])
    #expect(layers.multiplyAdds == 2 * 48 * 81)
  }

  // MARK: What is refused

  static let refusals: [(line: String, word: String, problem: LineError.Problem)] = [
    ("a", "a", .missing(what: "an operator after it")),
    ("a window", "window", .missing(what: "an input shape after it")),
    ("a window 3x9x9", "3x9x9", .missing(what: "'->' after it")),
    ("a window 3x9x9 ->", "->", .missing(what: "output channels after it")),
    ("a window 3x9x9 8 kernel=3", "8", .missing(what: "'->' before it")),
    (
      "a windw 3x9x9 -> 8 kernel=3", "windw",
      .unknownOperator(known: LayerOperator.allCases.map(\.rawValue))
    ),
    ("a window 3x9 -> 8 kernel=3", "3x9", .malformedShape),
    ("a window 1x3x9x9 -> 8 kernel=3", "1x3x9x9", .malformedShape),
    ("a window 3x9x -> 8 kernel=3", "3x9x", .malformedShape),
    ("a window 3x9x-9 -> 8 kernel=3", "-9", .malformedNumber),
    ("a window 3x9x+9 -> 8 kernel=3", "+9", .malformedNumber),
    ("a window 3x9x٩ -> 8 kernel=3", "٩", .malformedNumber),
    ("a window 3x9x0 -> 8 kernel=3", "0", .outOfRange(1...16384)),
    ("a window 3x9x9 -> eight kernel=3", "eight", .malformedNumber),
    (
      "a window 3x9x9 -> 99999999999999999999 kernel=3", "99999999999999999999",
      .outOfRange(1...16384)
    ),
    ("a window 3x9x9 -> 8 kernel=16385", "16385", .outOfRange(1...16384)),
    ("a window 3x9x9 -> 8 kernel=3 padding=16385", "16385", .outOfRange(0...16384)),
    (
      "a window 3x9x9 -> 8 kernel=3 padding=some", "some",
      .unknownValue(known: ["same", "same-tf", "valid"])
    ),
    ("a window 3x9x9 -> 8 kernel", "kernel", .missing(what: "a value after '='")),
    ("a window 3x9x9 -> 8 kernel=", "kernel=", .missing(what: "a value after '='")),
    ("a window 3x9x9 -> 8 kernel=3=3", "3=3", .malformedNumber),
    ("a window 3x9x9 -> 8 kernel=3 kernel=3", "kernel=3", .repeatedKey),
    ("a window 3x9x9 -> 8", "window", .missing(what: "'kernel='")),
    ("a grouped 4x9x9 -> 8 kernel=3", "grouped", .missing(what: "'groups='")),
    (
      "a pointwise 3x9x9 -> 8 kernal=3", "kernal",
      .unknownKey(known: ["stride", "norm", "act", "images", "count"])
    ),
    (
      "a fully-connected 3x1x1 -> 8 norm=bn", "norm",
      .unknownKey(known: ["act", "images", "count"])
    ),
    ("a pointwise 3x9x9 -> 8 norm=batch", "batch", .unknownValue(known: ["none", "bias", "bn"])),
    ("a depthwise 8x9x9 -> 16 kernel=3", "16", .outputsDiffer(convolution: 8)),
    ("a igcv1 8x9x9 -> 16 kernel=3 partitions=4 size=2", "16", .outputsDiffer(convolution: 8)),
    ("a fully-connected 3x9x9 -> 8", "3x9x9", .notOnePixel),
    (
      "a grouped 4x9x9 -> 8 kernel=3 groups=3", "a",
      .invalidConvolution(.channelsNotDivisible(channels: 4, by: 3))
    ),
    (
      "a igcv1 9x9x9 -> 8 kernel=3 partitions=4 size=2", "a",
      .invalidConvolution(.channelMismatch(expected: 8, found: 9))
    ),
    (
      "a window 3x9x9 -> 8 kernel=11 padding=valid", "a",
      .invalidConvolution(.kernelExceedsMap(kernel: 11, map: 9))
    ),
    ("a pointwise 4096x4096x4096 -> 16384", "a", .tooManyOperations),
    ("a pointwise 1024x1024x1024 -> 1024 count=16384", "a", .tooManyOperations),
  ]

  @Test(arguments: refusals.indices)
  func aWrongLineIsNamedWithItsWord(_ index: Int) {
    let (line, word, problem) = Self.refusals[index]
    let error = NetworkError(
      file: "test.txt", problem: .line(3, LineError(word: word, problem: problem)))
    #expect(throws: error, "\(line)") {
      try NetworkList("# comment\nfirst pointwise 3x9x9 -> 8\n\(line)\n", file: "test.txt")
    }
  }

  @Test func theMessageLeadsToTheWord() {
    let error = NetworkError(
      file: "mine.txt", problem: .line(7, LineError(word: "x", problem: .malformedNumber)))
    #expect("\(error)" == "mine.txt:7: 'x': must be a whole number")
  }

  @Test(arguments: ["", "\n\n", "# only a comment", "  \t "])
  func aListWithoutLayersIsRefused(_ text: String) {
    #expect(throws: NetworkError(file: "test.txt", problem: .noLayers)) {
      try NetworkList(text, file: "test.txt")
    }
  }

  @Test func tooLongAListIsRefused() {
    let text = String(repeating: "\n", count: NetworkList.mostLines)
    let problem = NetworkError.Problem.tooManyLines(most: NetworkList.mostLines)
    #expect(throws: NetworkError(file: "test.txt", problem: problem)) {
      try NetworkList(text, file: "test.txt")
    }
  }

  @Test func anUnknownNameIsAnsweredWithTheKnownOnes() {
    let problem = NetworkError.Problem.unknownNetwork(known: Self.sums.map(\.network))
    #expect(throws: NetworkError(file: "resnet-19", problem: problem)) {
      try NetworkList("resnet-19")
    }
  }

  @Test(arguments: ["missing.txt", "/", "/dev/null/list", "."])
  func aFileThatCannotBeReadIsRefused(_ path: String) {
    #expect(throws: NetworkError(file: path, problem: .unreadable)) { try NetworkList(path) }
  }

  @Test func hostileTextNeverTraps() {
    let operators = LayerOperator.allCases.map(\.rawValue)
    let shapes = ["16384x16384x16384", "16384x1x1", "1x16384x1", "1x1x1", "7x5x3"]
    let values = [
      "kernel=16384", "kernel=1", "stride=16384", "padding=16384", "padding=same-tf",
      "padding=valid", "groups=16384", "groups=1", "permuted=yes", "partitions=16384",
      "partitions=1", "size=16384", "size=1", "widened=16384", "hidden=16384", "norm=bn",
      "count=16384",
    ]
    let noise = ["", "->", "-", "=", "x", "xx", "0", "kernel=", "\u{0}", "\u{301}", "#", "👩‍👩‍👧"]
    var generator = Generator(state: 1)
    var accepted = 0
    for _ in 0..<5000 {
      var words = ["layer", operators.randomElement(using: &generator)!]
      words += [shapes.randomElement(using: &generator)!, "->"]
      words.append(["1", "7", "16384"].randomElement(using: &generator)!)
      words += values.shuffled(using: &generator).prefix(Int.random(in: 0...6, using: &generator))
      if Int.random(in: 0..<4, using: &generator) == 0 {
        words[words.indices.randomElement(using: &generator)!] =
          noise.randomElement(using: &generator)!
      }
      if let network = try? NetworkList(words.joined(separator: " "), file: "test.txt") {
        accepted += 1
        #expect(network.parameters >= 0 && network.multiplyAdds >= 0)
      }
    }
    #expect(accepted > 100, "too few lines were good enough to reach the costs")
  }

  /// The same numbers each time (Knuth's linear congruential generator).
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 32
    }
  }
}

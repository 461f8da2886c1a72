import Foundation
import FrugalConv
import FrugalFiles
import ReferenceKernels
import Testing

/// `convbench run` on files, binary operators above all: right sums, or words and no file.
@Suite(.enabled(if: Program.exists, "the program is not beside the tests"))
struct RunCommandTests {
  private let folder: TestFolder
  private let numbers: [Float]
  private let thresholds: [Float] = [0.5, -.infinity, -1, .infinity, 0]
  private let weights: [Float]
  private let shape = MapShape(images: 2, channels: 5, height: 4, width: 6)

  init() throws {
    folder = try TestFolder()
    var generator = Generator(seed: 3)
    numbers = (0..<shape.count).map { _ in generator.pick([0.5, -1, -0.0, 0, 2, -7, .nan]) }
    weights = (0..<7 * 5 * 9).map { _ in generator.pick([0, -0.0, 0.25, -0.25, 3, -3]) }
    try write("map.npy", [2, 5, 4, 6], numbers)
    try write("weights.npy", [7, 5, 3, 3], weights)
    try write("pointwise.npy", [7, 5, 1, 1], Array(weights.prefix(35)))
    try write("grouped.npy", [10, 1, 3, 3], Array(weights.prefix(90)))
    try write("thresholds.npy", [5], thresholds)
    try write("one.npy", [1], [0.5])
    try write("two.npy", [2], [0.5, 1])
    try write("nan.npy", [5], [0, 0, .nan, 0, 0])
    try write("flat.npy", [10, 24], numbers)
    try NumPyArray(shape: [5, 2], elements: .int64([0, 1, -1, 0, 2, -2, 0, 0, 9, 9]))
      .write(to: folder.path("shifts.npy"))
    let whole = try NumPyArray(shape: [2, 5, 4, 6], elements: .float32(numbers)).bytes()
    try Data(whole.dropLast(3)).write(to: URL(filePath: folder.path("short.npy")))
  }

  private func write(_ name: String, _ shape: [Int], _ elements: [Float]) throws {
    try NumPyArray(shape: shape, elements: .float32(elements)).write(to: folder.path(name))
  }

  /// `run` with files of the folder.
  private func run(
    _ name: String, _ map: String, _ weights: String, _ more: [String] = []
  ) throws -> (status: Int32, text: String) {
    let arguments =
      ["run", "--operator", name, "--input", map, "--weights", weights, "--output", "out.npy"]
      + more
    return try Program.run(arguments.map { $0.hasSuffix(".npy") ? folder.path($0) : $0 })
  }

  private func sums() throws -> NumPyArray { try NumPyArray(path: folder.path("out.npy")) }

  private func bits(_ limits: [Float], _ values: BitValues) -> IntegerMap {
    IntegerMap(
      numbers.enumerated().map { place, number in
        let limit = limits[limits.count == 1 ? 0 : place / shape.planeSize % shape.channels]
        return number >= limit ? values.one : values.zero
      }, shape)
  }

  @Test(arguments: ["pm1", "01"], [nil, "one.npy", "thresholds.npy"])
  func binaryOperatorsWriteTheSums(_ encoding: String, _ limits: String?) throws {
    let displacements = [(0, 1), (-1, 0), (2, -2), (0, 0), (9, 9)]
      .map { Displacement(dy: $0.0, dx: $0.1) }
    let cases: [(String, String, [String], Convolution)] = try [
      ("binary1x1", "pointwise.npy", [], .pointwise(5, 7)),
      ("binary3x3", "weights.npy", ["--stride", "2"], .window(5, 7, Window(3, stride: 2))),
      ("binary-shift", "pointwise.npy", ["--shifts", "shifts.npy"], .shift(displacements, 7)),
      (
        "binary-grouped3x3", "grouped.npy", ["--groups", "5"],
        .grouped(5, 10, groups: 5, Window(3))
      ),
    ]
    let values: [Float] = limits == nil ? [0] : limits == "one.npy" ? [0.5] : thresholds
    let input = bits(values, encoding == "pm1" ? .signs : .units)
    for (name, file, options, convolution) in cases {
      let more = options + ["--encoding", encoding] + (limits.map { ["--thresholds", $0] } ?? [])
      let found = try run(name, "map.npy", file, more)
      try #require(found.status == 0, "\(name): \(found.text)")
      let count = convolution.weightCounts[0]
      let expected = Reference.sums(
        convolution.stages[0], weights.prefix(count).map { $0 >= 0 ? 1 : -1 }, input, outside: 0)
      let result = try sums()
      let made = expected.shape
      #expect(result.shape == [made.images, made.channels, made.height, made.width])
      guard case .int32(let elements) = result.elements else {
        Issue.record("\(name): no int32")
        continue
      }
      #expect(elements == expected.elements.map(Int32.init), "\(name), \(encoding)")
    }
  }

  @Test func encodingsGoWithoutSayingAsSigns() throws {
    #expect(try run("binary1x1", "map.npy", "pointwise.npy").status == 0)
    let silent = try sums()
    #expect(try run("binary1x1", "map.npy", "pointwise.npy", ["--encoding", "pm1"]).status == 0)
    #expect(try sums() == silent)
    #expect(try run("binary1x1", "map.npy", "pointwise.npy", ["--encoding", "01"]).status == 0)
    #expect(try sums() != silent)
  }

  /// A file that stood there before stays as it was.
  @Test(
    arguments: [
      ("binary1x1", "short.npy", "pointwise.npy", []),
      ("binary1x1", "map.npy", "short.npy", []),
      ("binary1x1", "missing.npy", "pointwise.npy", []),
      ("binary1x1", "flat.npy", "pointwise.npy", []),
      ("binary1x1", "map.npy", "weights.npy", []),
      ("binary3x3", "map.npy", "pointwise.npy", []),
      ("binary3x3", "map.npy", "grouped.npy", []),
      ("binary2x2", "map.npy", "weights.npy", []),
      ("binary-grouped3x3", "map.npy", "grouped.npy", ["--groups", "2"]),
      ("binary-shift", "map.npy", "pointwise.npy", []),
      ("binary-shift", "map.npy", "pointwise.npy", ["--shifts", "two.npy"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--encoding", "10"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--thresholds", "nan.npy"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--thresholds", "two.npy"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--thresholds", "map.npy"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--thresholds", "short.npy"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--bias", "two.npy"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--activation", "relu"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--executor", "openblas"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--executor", "other"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--level", "other"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--threads", "0"]),
      ("binary1x1", "map.npy", "pointwise.npy", ["--stride", "0"]),
      ("pointwise", "map.npy", "pointwise.npy", ["--thresholds", "one.npy"]),
      ("pointwise", "map.npy", "pointwise.npy", ["--encoding", "01"]),
    ] as [(String, String, String, [String])])
  func whatDoesNotFitIsRefusedAndNothingWritten(
    _ name: String, _ map: String, _ weights: String, _ more: [String]
  ) throws {
    let before = Data("as before".utf8)
    try before.write(to: URL(filePath: folder.path("out.npy")))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted()
    let found = try run(name, map, weights, more)
    // Refused, not trapped: no signal.
    #expect(found.status == 1 || found.status == 64, "\(found.status)")
    #expect(!found.text.isEmpty)
    #expect(try Data(contentsOf: URL(filePath: folder.path("out.npy"))) == before)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted() == files)
  }
}

import Foundation
import FrugalConv
import Testing

@testable import convbench

/// Counting and timing themselves, and that a slowed kernel is caught.
@Suite struct CountingTests {
  @Test func callsCountForTheCallerAndNotForItsObject() {
    let profile = CallgrindProfile(
      """
      events: Ir
      ob=/bin/mine
      fl=???
      fn=frugal_multiply_avx2
      0 100
      cob=/bin/mine
      cfn=tile
      calls=3 0
      0 900
      0 5

      fn=tile
      0 800
      cob=/lib/libc.so
      cfn=memset
      calls=1 0
      0 100

      ob=/lib/libc.so
      fn=memset
      0 100
      totals: 1005
      """)
    #expect(profile.inclusive == ["frugal_multiply_avx2": 1005, "tile": 900, "memset": 100])
    #expect(profile.byObject == ["/bin/mine": 905, "/lib/libc.so": 100])
  }

  /// Whether valgrind can run the program: not with a sanitizer inside.
  private static let canCount: Bool = {
    let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in
      dlsym(nil, name) != nil
    }
    let tools = ["valgrind", "strip"].allSatisfy { InstructionCounter.tool($0) != nil }
    return tools && Program.exists && !isSanitized
  }()

  /// A record of real counts; then the record of a kernel that was faster, and the counts of a
  /// slower kernel.
  @Test(.enabled(if: canCount, "valgrind cannot run the program"))
  func slowerKernelsAreCaught() throws {
    let folder = try TestFolder()
    let (list, path) = (folder.path("mine.txt"), folder.path("speeds.txt"))
    let layers = """
      first   pointwise  16x9x9 -> 16
      second  depthwise  8x9x9 -> 8 kernel=3 norm=bias act=swish
      """
    try layers.write(toFile: list, atomically: true, encoding: .utf8)
    let recorded = try Program.run(["record", "--problems", list, "--to", path])
    try #require(recorded.status == 0, "\(recorded.text)")

    let record = try SpeedRecord(path: path)
    for level in InstructionCounter.levels {
      let counts = try #require(record.speeds[.instructions(level)])
      #expect(
        counts.map { "\($0.problem) \($0.part)" } == [
          "first run", "first multiply", "second run", "second depthwise", "second epilogue",
        ])
    }

    // Portable kernels in place of the best ones. Where nothing is optimised, products differ by 1 to
    // 2 % in their counts, depthwise by a third.
    if let best = InstructionCounter.levels.last, best != .portable {
      let group = try SpeedGroup.instructions(best)
      let slowed = try #require(record.speeds[.instructions(.portable)])
      let check = SpeedCheck(record, [group: slowed])
      #expect(check.fails(inCI: false))
      let parts = Set(check.regressions.compactMap { $0.now?.part })
      #expect(parts.isSuperset(of: ["run", "depthwise"]))
    }

    // One kernel that once needed 5 % fewer instructions. Ratios do not belong here.
    let title = try SpeedGroup.instructions(.portable).title
    var lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    let ratios = try #require(lines.firstIndex { $0.hasPrefix("[ratios") })
    lines.removeSubrange(ratios...)
    let start = try #require(lines.firstIndex(of: "[\(title)]"))
    let line = try #require(lines[start...].firstIndex { $0.hasPrefix("second depthwise") })
    let count = try #require(lines[line].split(separator: " ").last.flatMap { Double($0) })
    lines[line] = "second depthwise \(Int(count * 0.95))"
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let checked = try Program.run(["check", path])
    #expect(checked.status == 1)
    #expect(checked.text.contains("1 of "), "\(checked.text)")
    let words = checked.text.split(separator: "\n").first { $0.hasPrefix("second") }
    #expect(words?.contains("depthwise") == true && words?.contains("5.3 %") == true)
  }

  /// Takes so many microseconds.
  private final class Spinner: Contestant {
    let duration: Double
    init(microseconds: Double) { duration = microseconds }

    func run() {
      let start = nanoseconds()
      while Double(nanoseconds() - start) < 1000 * duration {}
    }
  }

  @Test func aRatioSaysHowManyTimesFaster() throws {
    let meter = try RatioMeter(.portable)
    let ratios = try meter.ratios(
      Spinner(microseconds: 300),
      to: [Spinner(microseconds: 100), Spinner(microseconds: 900)])
    #expect((0.2...0.5).contains(ratios[0]))
    #expect((2...4.5).contains(ratios[1]))
  }

  @Test func aSlowRatioIsMeasuredThreeTimesAtMost() throws {
    let problem = Problem("a", try .pointwise(8, 8), 4, .sgemm)
    let floor = Speed(problem: "a", part: "sgemm", value: 1e9)
    let ratios = try RatioMeter(.portable).ratios(problem, floors: [floor])
    #expect(ratios.count == 1 && ratios[0].matches(floor) && ratios[0].value > 0)
  }

  @Test(arguments: [
    Window(3), Window(5, stride: 2), Window(3, dilation: 2), Window(Extent(3, 2)),
  ])
  func plainLoopsComputeTheSame(_ window: Window) throws {
    let shape = MapShape(channels: 3, height: 9, width: 8)
    let convolution = try Convolution.depthwise(3, window, bias: false)
    let loops = try PlainLoops(convolution, shape)
    loops.run()
    let plan = try convolution.plan(for: shape, PlanOptions(threads: 1))
    let result = try plan.run(
      plan.pack([StageParameters(weights: loops.weights)]), FeatureMap(loops.source, shape: shape))
    #expect(zip(result.array(), loops.target).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(loops.target.contains { abs($0) > 0.1 })
  }

  @Test func plainLoopsKnowDepthwiseAlone() throws {
    #expect(PlainLoops.canRun(try .depthwise(4, Window(3), activation: .relu)))
    #expect(!PlainLoops.canRun(try .pointwise(4, 4)))
    #expect(!PlainLoops.canRun(try .depthwise(4, Window(3, padding: .valid))))
    #expect(!PlainLoops.canRun(try .depthwiseSeparable(4, 4)))
  }
}

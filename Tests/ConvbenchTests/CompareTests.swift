import ArgumentParser
import FrugalConv
import Testing

@testable import convbench

@Suite struct CompareTests {
  func options(_ arguments: String...) throws -> ComparisonOptions {
    try Compare.parse(arguments).options()
  }

  @Test func theDefaultIsAllOperatorsShapesAndNetworks() throws {
    let options = try options()
    #expect(options.operators == ComparedOperator.allCases)
    #expect(options.shapes.count == 8)
    #expect(options.networks.count == 8)
    #expect(options.rounds >= 40)
    #expect(options.threads.first == 1 && options.threads.last == Machine.cores)
  }

  @Test func optionsNarrowWhatIsMeasured() throws {
    let options = try options(
      "--operators", "shift,depthwise-separable", "--shapes", "8x5x4", "--threads", "1")
    #expect(options.operators == [.shift, .depthwiseSeparable])
    #expect(options.shapes == [MapShape(channels: 8, height: 5, width: 4)])
    #expect(options.threads == [1])
    #expect(options.networks.isEmpty)
    #expect(try self.options("--network", "mobilenetv2").shapes.isEmpty)
  }

  @Test(arguments: [
    ["--operators", "shuft"], ["--operators", ""], ["--shapes", "8x5"], ["--shapes", "0x5x5"],
    ["--shapes", "9999999999999999999x1x1"], ["--threads", "0"], ["--threads", "all"],
    ["--rounds", "2"], ["--level", "avx9"],
  ])
  func wordsThatMeanNothingAreRefused(_ arguments: [String]) throws {
    #expect(throws: (any Error).self) { try Compare.parse(arguments).options() }
  }

  /// Every row of the comparison on one small shape, the networks' sums, and what is said of them.
  @Test func aSmallComparisonHasEveryRow() throws {
    var options = ComparisonOptions(threads: [1, 2], level: try .fromEnvironment())
    options.shapes = [MapShape(channels: 16, height: 6, width: 6)]
    options.networks = ["shiftresnet-20"]
    (options.rounds, options.networkRounds) = (3, 3)
    let report = try Comparison(options, progress: Progress()).report()

    // All on one and on two threads, but the accumulated shift, which knows only one.
    #expect(report.rows.count == 2 * ComparedOperator.allCases.count - 1)
    for row in report.rows {
      #expect(row.microseconds > 0 && row.low <= row.microseconds && row.microseconds <= row.high)
      #expect(row.vsDepthwise! > 0 && row.gflops > 0 && row.shareOfPeak > 0)
      let others = 16 * 36 + row.parameters
      let least = row.operator.contains("weights") ? 4 * 16 * 36 : row.bits * others / 8
      #expect(row.parameters > 0 && row.bytes >= 4 * 16 * 36 + least)
    }
    for row in report.rows where row.operator == "depthwise-separable" {
      #expect(row.vsDepthwise == 1)
    }
    #expect(report.networks.map(\.threads) == [1, 2])
    #expect(report.networks[0].parameters == 95_642)
    let sum = report.networks[0].layers.reduce(0) { $0 + $1.multiplyAdds }
    #expect(sum == report.networks[0].multiplyAdds)
    let text = report.text()
    for compared in ComparedOperator.allCases { #expect(text.contains(compared.rawValue)) }
    #expect(
      text.contains("shift + 1x1") && text.contains("Moving the channels")
        && text.contains("interleaving adds"))
  }

  @Test func coldOperandsRotateThroughMoreThanTheCache() throws {
    let shape = MapShape(channels: 4, height: 4, width: 4)
    let plan = try Convolution.pointwise(4, 4).plan(for: shape)
    let contestant = try PlanContestant(plan, coldBytes: 5000)
    // Two maps of 64 floats, 20 weights and biases packed into 48.
    #expect(contestant.copies == 8)
    for _ in 0..<25 { try contestant.run() }
  }

  @Test func percentilesLieBetweenTheirNeighbours() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 2, 3]) == 2.5)
    #expect(percentile(0.1, of: [0, 10]) == 1)
    #expect(percentile(1, of: [5, 7]) == 7)
  }
}

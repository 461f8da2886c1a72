import ArgumentParser
import Foundation
import FrugalConv
import Testing

@testable import convbench

/// The record of speeds, and what a check says of it.
@Suite struct RegressionTests {
  private func group(_ title: String) throws -> SpeedGroup {
    try #require(SpeedGroup(title: title))
  }

  private func instructions() throws -> SpeedGroup { try group("instructions, here") }

  private func record(_ speeds: [SpeedGroup: [Speed]], in folder: TestFolder) throws
    -> SpeedRecord
  {
    var record = SpeedRecord(try ProblemList())
    record.update(with: speeds)
    try record.write(to: folder.path("speeds.txt"))
    return try SpeedRecord(path: folder.path("speeds.txt"))
  }

  // MARK: What was recorded

  @Test func everyKernelIsRunByARecordedProblem() throws {
    let record = try SpeedRecord(path: SpeedRecord.builtInPath)
    let kernels = Set(KernelEntry.all.map(\.kernel)).subtracting(["fma_burst"])
    #expect(kernels.count >= 7)
    for level in InstructionCounter.levels {
      let counts = record.speeds.filter {
        $0.key.kind == .instructions && $0.key.build.hasSuffix(", \(level.rawValue)")
      }
      #expect(!counts.isEmpty, "\(level) is not recorded")
      for (group, speeds) in counts {
        #expect(kernels.subtracting(speeds.map(\.part)).isEmpty, "\(group.title)")
      }
    }
  }

  @Test func everyBuiltInProblemIsRecorded() throws {
    let record = try SpeedRecord(path: SpeedRecord.builtInPath)
    let names = try Problem.builtIn().map(\.name)
    #expect(record.problemLines.isEmpty)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { !$0.contains { $0.isWhitespace } })
    for (group, speeds) in record.speeds where group.kind == .instructions {
      #expect(Set(speeds.map(\.problem)) == Set(names), "\(group.title)")
    }
    let ratios = try Problem.builtIn().flatMap { problem in
      problem.yardsticks.map { "\(problem.name) \($0.name)" }
    }
    for (group, speeds) in record.speeds where group.kind == .ratios {
      #expect(Set(speeds.map { "\($0.problem) \($0.part)" }) == Set(ratios), "\(group.title)")
    }
  }

  @Test func aRecordComesBackAsItWasWritten() throws {
    let folder = try TestFolder()
    let (counts, ratios) = (try instructions(), try group("ratios, here"))
    let speeds = [
      counts: [
        Speed(problem: "a", part: "multiply", value: 123_456_789_012),
        Speed(problem: "a", part: "run", value: 1),
      ],
      ratios: [Speed(problem: "b", part: "sgemm", value: 0.9)],
    ]
    var record = try record(speeds, in: folder)
    #expect(record.speeds[counts] == speeds[counts])
    #expect(record.speeds[ratios] == [Speed(problem: "b", part: "sgemm", value: 0.45)])

    // What belongs to another build stays.
    let other = try group("instructions, there")
    record.update(with: [other: [Speed(problem: "a", part: "run", value: 5)]])
    #expect(Set(record.speeds.keys) == [counts, ratios, other])
  }

  @Test func aFloorMovesOnlyWhenTheRatioDid() throws {
    let folder = try TestFolder()
    let ratios = try group("ratios, here")
    func floor(after values: Double...) throws -> Double? {
      var record = try record([:], in: folder)
      for value in values {
        record.update(with: [ratios: [Speed(problem: "a", part: "sgemm", value: value)]])
      }
      return record.speeds[ratios]?.first?.value
    }
    #expect(try floor(after: 1.0) == 0.5)
    #expect(try floor(after: 1.0, 1.2) == 0.5)
    #expect(try floor(after: 1.0, 0.9) == 0.5)
    #expect(try floor(after: 1.0, 1.3) == 0.65)
    #expect(try floor(after: 1.0, 0.7) == 0.35)
    #expect(try floor(after: 0.0001) == 0.01)
  }

  @Test func aRecordCarriesItsProblems() throws {
    let folder = try TestFolder()
    let list = """
      # mine
      first   pointwise  8x4x4 -> 8   act=relu
        second  depthwise  8x4x4 -> 8 kernel=3  # why

      third   depthwise  8x4x4 -> 8 kernel=3 padding=valid
      """
    let problems = try ProblemList(list, file: "mine.txt")
    try SpeedRecord(problems).write(to: folder.path("speeds.txt"))
    let read = try SpeedRecord(path: folder.path("speeds.txt")).problems(file: "speeds.txt")
    #expect(read.problems.map(\.name) == ["first", "second", "third"])
    #expect(read.problems.map(\.convolution) == problems.problems.map(\.convolution))
    #expect(read.problems.map(\.input) == problems.problems.map(\.input))
    #expect(
      read.problems.map { $0.yardsticks.map(\.name) } == [["sgemm"], ["plain-loops"], []])
  }

  @Test func twoProblemsOfOneNameAreRefused() {
    #expect(throws: RecordError.self) {
      try ProblemList("a pointwise 8x4x4 -> 8\na pointwise 8x4x4 -> 4", file: "mine.txt")
    }
  }

  @Test(arguments: [
    "[instructions, here]\na run", "[instructions, here]\na run many",
    "[instructions, here]\na run 0", "[instructions]\na run 1", "a run 1", "[other, b]\na run 1",
  ])
  func aDamagedRecordIsRefused(_ text: String) throws {
    let folder = try TestFolder()
    try text.write(toFile: folder.path("speeds.txt"), atomically: true, encoding: .utf8)
    #expect(throws: RecordError.self) { try SpeedRecord(path: folder.path("speeds.txt")) }
  }

  @Test func recordTakesProblemsOnlyWithAPlaceForThem() {
    #expect(throws: (any Error).self) { try Record.parse(["--problems", "mine.txt"]) }
    #expect(throws: (any Error).self) { try Record.parse(["--to", "speeds.txt"]) }
    #expect(throws: Never.self) { try Record.parse([]) }
  }

  // MARK: What a check says

  @Test(arguments: [
    (1.021, SpeedChange.Verdict.regressed), (1.019, .unchanged), (0.981, .unchanged),
    (0.979, .improved), (1, .unchanged),
  ])
  func instructionsHaveTwoPercentOfRoom(
    _ factor: Double, _ verdict: SpeedChange.Verdict
  ) throws {
    let folder = try TestFolder()
    let group = try instructions()
    let recorded = [
      Speed(problem: "a", part: "run", value: 1e6), Speed(problem: "a", part: "pool", value: 1e5),
    ]
    let now = [recorded[0], Speed(problem: "a", part: "pool", value: 1e5 * factor)]
    let check = SpeedCheck(try record([group: recorded], in: folder), [group: now])
    #expect(check.changes.contains { $0.now == now[1] && $0.verdict == verdict })
    #expect(check.fails(inCI: false) == (verdict == .regressed))
    #expect(check.fails(inCI: true) == (verdict == .regressed))
    #expect(check.text(all: false).contains("pool") == (verdict != .unchanged))
    #expect(check.text(all: true).contains("pool"))
    #expect(check.gaps.isEmpty)
  }

  @Test func aRatioBelowItsFloorIsARegression() throws {
    let folder = try TestFolder()
    let group = try group("ratios, here")
    let record = try record([group: [Speed(problem: "a", part: "sgemm", value: 1)]], in: folder)
    for (value, regresses) in [(0.49, true), (0.51, false), (9, false)] {
      let check = SpeedCheck(record, [group: [Speed(problem: "a", part: "sgemm", value: value)]])
      #expect(check.fails(inCI: false) == regresses)
    }
  }

  @Test func regressionsComeFirst() throws {
    let folder = try TestFolder()
    let group = try instructions()
    func speeds(_ values: Double...) -> [Speed] {
      zip(["a", "b", "c"], values).map { Speed(problem: $0, part: "run", value: $1) }
    }
    let check = SpeedCheck(
      try record([group: speeds(100, 100, 100)], in: folder), [group: speeds(100, 50, 150)])
    #expect(check.changes.map { $0.now?.problem } == ["c", "b", "a"])
    #expect(check.regressions.map(\.slowdown) == [0.5])
    let lines = check.text(all: true).split(separator: "\n")
    #expect(lines[2].hasPrefix("c ") && lines[2].contains("50.0 %"))
    #expect(lines.last == "1 of 3 speeds regressed")
  }

  @Test func whatCannotBeComparedFailsInCIAlone() throws {
    let folder = try TestFolder()
    let (here, there) = (try instructions(), try group("instructions, there"))
    let speed = Speed(problem: "a", part: "run", value: 1)
    let record = try record([here: [speed]], in: folder)
    let gaps = [
      SpeedCheck(record, [there: [speed]]),
      SpeedCheck(record, [:], notCounted: NotCounted(description: "no valgrind")),
      SpeedCheck(record, [here: [speed, Speed(problem: "b", part: "run", value: 1)]]),
      SpeedCheck(record, [here: []]),
    ]
    for check in gaps {
      #expect(check.gaps.count == 1)
      #expect(!check.fails(inCI: false) && check.fails(inCI: true))
    }
  }
}

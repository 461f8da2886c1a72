import Foundation
import Testing

@testable import FrugalConv

/// Wisdom on disk: what is written comes back, and nothing else is believed.
@Suite struct WisdomFileTests {
  /// A folder for one test.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory
      .appending(component: "wisdom-test-\(UUID().uuidString)")

    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(component: name).path }
    var names: [String] {
      get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }
  }

  private static func wisdom() -> Wisdom {
    var wisdom = Wisdom()
    for machine in ["A processor; avx2", "Another [with] brackets; portable"] {
      for (index, candidate) in [
        Candidate(executor: .fused, shiftForm: .automatic, traversal: .automatic),
        Candidate(executor: .openBLAS, shiftForm: .tileCopy, traversal: .stageByStage),
        Candidate(executor: .automatic, shiftForm: .automatic, traversal: .stripByStrip),
        BinaryCandidate(kernels: [.tables, .words]),
      ].map({ (candidate: any PlanCandidate) in candidate.description }).enumerated() {
        wisdom.entries[machine, default: [:]]["8x\(index)x7 none:1x1/bias"] = Wisdom.Entry(
          candidate: candidate, time: 1234.5 * Double(index + 1) / 3)
      }
    }
    return wisdom
  }

  @Test func whatIsWrittenComesBack() throws {
    let folder = try Folder()
    let path = folder.path("wisdom.txt")
    for wisdom in [Wisdom(), Self.wisdom()] {
      try wisdom.write(to: path)
      #expect(try Wisdom(contentsOf: path) == wisdom)
      #expect(try folder.names == ["wisdom.txt"])
    }
  }

  @Test func measuredWisdomComesBackAndIsUsed() throws {
    let folder = try Folder()
    let path = folder.path("wisdom.txt")
    let shape = MapShape(channels: 6, height: 9, width: 9)
    let convolution = try Convolution.convShiftConv(6, 6, expansion: 2)
    var wisdom = Wisdom()
    let measured = try convolution.plan(for: shape, measuring: &wisdom)
    try wisdom.write(to: path)
    let plan = try convolution.plan(for: shape, knowing: Wisdom(contentsOf: path))
    #expect(plan.candidate == measured.candidate)
    #expect(plan.choice == measured.choice?.measuredTime.map { .known(time: $0) })
  }

  @Test func noBeginningOfAFileIsBelieved() throws {
    let text = Self.wisdom().text
    for length in 0..<text.utf8.count {
      let start = String(decoding: text.utf8.prefix(length), as: UTF8.self)
      #expect(throws: FrugalConvError.self, "\(length) bytes") { _ = try Wisdom(text: start) }
    }
    #expect(try Wisdom(text: text) == Self.wisdom())
  }

  @Test func noFileWithALineLessOrTwiceIsBelieved() throws {
    let lines = Self.wisdom().text.split(separator: "\n").map(String.init)
    for index in lines.indices {
      var less = lines
      less.remove(at: index)
      // Without the second title the entries below it belong to the first machine, twice.
      #expect(throws: FrugalConvError.self, "\(lines[index])") {
        _ = try Wisdom(text: less.joined(separator: "\n") + "\n")
      }
      guard !lines[index].hasPrefix("[") else { continue }
      var twice = lines
      twice.insert(lines[index], at: index)
      #expect(throws: FrugalConvError.self, "\(lines[index])") {
        _ = try Wisdom(text: twice.joined(separator: "\n") + "\n")
      }
    }
  }

  @Test(arguments: [
    ("8x7x7 none => fused", 3), ("8x7x7 none => fused nan", 3), ("8x7x7 none => fused inf", 3),
    ("8x7x7 none => fused -1", 3), ("8x7x7 none => fused 0", 3), ("8x7x7 none fused 1", 3),
    ("8x7x7 none => fused fused 1", 3), ("8x7x7 none => magic 1", 3), (" => fused 1", 3),
    ("8x7x7 none =>  1", 3), ("8x7x7 none => fused  1", 3), ("", 3), ("[]", 3), ("[x", 3),
    ("8x7x7 none => stageByStage fused 1", 3),
  ]) func aDamagedLineIsNamed(_ line: String, _ number: Int) throws {
    let text = "frugalconv wisdom 1\n[a machine]\n\(line)\nend 1\n"
    #expect(throws: FrugalConvError.wisdomDamaged(line: number)) { _ = try Wisdom(text: text) }
    #expect(FrugalConvError.wisdomDamaged(line: number).description.contains("\(number)"))
  }

  @Test func otherFormatsAreRefusedWithBothNumbers() throws {
    let error = FrugalConvError.wisdomVersion(expected: 1, found: 2)
    #expect(throws: error) { _ = try Wisdom(text: "frugalconv wisdom 2\nwhatever\n") }
    #expect(error.description.contains("1") && error.description.contains("2"))
    for text in ["", "\n", "wisdom 1\nend 0\n", "frugalconv wisdom one\nend 0\n", "\0\0\0"] {
      #expect(throws: FrugalConvError.wisdomDamaged(line: 1)) { _ = try Wisdom(text: text) }
    }
  }

  @Test func changedBytesNeverTrap() throws {
    let folder = try Folder()
    let path = folder.path("wisdom.txt")
    let bytes = Array(Self.wisdom().text.utf8)
    for index in bytes.indices {
      for value in [0, 0x0a, 0x20, 0x5d, 0xff] as [UInt8] {
        var changed = bytes
        changed[index] = value
        try Data(changed).write(to: URL(filePath: path))
        do { _ = try Wisdom(contentsOf: path) } catch {}
      }
    }
  }

  @Test func filesThatCannotBeReadAreNamed() throws {
    let folder = try Folder()
    let missing = folder.path("missing")
    let error = FrugalConvError.fileUnreadable(path: missing, code: ENOENT)
    #expect(throws: error) { _ = try Wisdom(contentsOf: missing) }
    #expect(error.description.contains(missing) && error.description.contains("\(ENOENT)"))
    #expect(throws: FrugalConvError.fileUnreadable(path: folder.url.path, code: EISDIR)) {
      _ = try Wisdom(contentsOf: folder.url.path)
    }
    let long = folder.path("long")
    try Data(repeating: 0x20, count: 1 << 24 + 1).write(to: URL(filePath: long))
    do {
      _ = try Wisdom(contentsOf: long)
      Issue.record("16 MiB and a byte were read")
    } catch FrugalConvError.tooLarge(_, let value, let limit) {
      #expect(value > limit && limit == 1 << 24)
    }
  }

  @Test func aFileThatCannotBeWrittenLeavesNothing() throws {
    let folder = try Folder()
    let nowhere = folder.path("no folder/wisdom.txt")
    #expect(throws: FrugalConvError.fileUnwritable(path: nowhere, code: ENOENT)) {
      try Self.wisdom().write(to: nowhere)
    }
    // The last step fails: a folder stands where the file shall be.
    let occupied = folder.path("occupied")
    try FileManager.default.createDirectory(atPath: occupied, withIntermediateDirectories: true)
    #expect(throws: FrugalConvError.fileUnwritable(path: occupied, code: EISDIR)) {
      try Self.wisdom().write(to: occupied)
    }
    #expect(try folder.names == ["occupied"])
  }

  @Test func readersFindOneOfTwoWholeFiles() async throws {
    let folder = try Folder()
    let path = folder.path("wisdom.txt")
    let versions = [Wisdom(), Self.wisdom()]
    try versions[0].write(to: path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for version in versions {
        group.addTask { for _ in 0..<50 { try version.write(to: path) } }
      }
      group.addTask {
        for _ in 0..<200 {
          let read = try Wisdom(contentsOf: path)
          #expect(versions.contains(read))
        }
      }
      try await group.waitForAll()
    }
    #expect(try folder.names == ["wisdom.txt"])
  }
}

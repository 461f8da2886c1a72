import Testing

@testable import FrugalConv

/// How planes are cut into strips.
struct StripCutTests {
  @Test(arguments: [1, 2, 3, 7, 8, 9, 14, 28, 40, 55], [1, 2, 3, 4, 16])
  func everyRowIsInOneStrip(height: Int, unit: Int) {
    for (rows, threads) in (1...50).flatMap({ rows in (1...4).map { (rows, $0) } }) {
      let cut = StripCut(height, rows: rows, unit: unit, threads: threads)
      let strips = (0..<cut.count).map(cut.rows(of:))
      #expect(strips[0].lowerBound == 0 && strips.last!.upperBound == height)
      #expect(zip(strips, strips.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(strips.allSatisfy { !$0.isEmpty && $0.count <= max(rows, unit) })
      #expect(strips.dropLast().allSatisfy { $0.count % unit == 0 })
    }
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 14, 28, 40, 55], [1, 2, 3, 4, 16])
  func stripsDifferByAUnitAtMost(height: Int, unit: Int) {
    for (rows, threads) in (1...50).flatMap({ rows in (1...4).map { (rows, $0) } }) {
      let cut = StripCut(height, rows: rows, unit: unit, threads: threads)
      // The last one lacks what the height lacks of whole units.
      let counts = (0..<cut.count).map { (cut.rows(of: $0).count + unit - 1) / unit }
      #expect(counts.max()! - counts.min()! <= 1, "\(rows), \(threads)")
    }
  }

  /// Threads take tasks from both ends: the lower ones are left for those who are free first.
  @Test func lowerStripsAreInTheMiddle() {
    func heights(_ cut: StripCut) -> [Int] { (0..<cut.count).map { cut.rows(of: $0).count } }
    #expect(heights(StripCut(28, rows: 8, unit: 2)) == [8, 6, 6, 8])
    #expect(heights(StripCut(28, rows: 8, unit: 4)) == [8, 8, 4, 8])
    #expect(heights(StripCut(11, rows: 3)) == [3, 3, 2, 3])
    #expect(heights(StripCut(10, rows: 4, unit: 4)) == [4, 4, 2])
    #expect(heights(StripCut(28, rows: 12, unit: 2, threads: 2)) == [8, 6, 6, 8])
    #expect(heights(StripCut(3, rows: 3, threads: 4)) == [1, 1, 1])
  }
}

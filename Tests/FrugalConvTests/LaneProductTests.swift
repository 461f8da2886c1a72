import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

/// Ones counted in lanes, with inaccessible pages around every buffer.
@Suite struct LaneProductTests {
  /// Half words that windows read at any places, and their counts.
  private struct LaneProblem {
    let rows: Int, columns: Int, filters: Int
    let pixelStep = 2, rowStep: Int
    let block: [UInt32]
    let offsets: [Int]
    /// `[filters][steps]`
    let weights: [UInt32]
    let isAnd: Bool, doubles: Bool

    init(
      rows: Int, columns: Int, filters: Int, steps: Int, isAnd: Bool, doubles: Bool,
      _ generator: inout Generator
    ) {
      (self.rows, self.columns, self.filters) = (rows, columns, filters)
      (self.isAnd, self.doubles) = (isAnd, doubles)
      rowStep = columns * pixelStep + 2
      offsets = (0..<steps).map { $0 + generator.integer(0...1) }
      let size = (rows - 1) * rowStep + (columns - 1) * pixelStep + offsets.max()! + 1
      block = (0..<size).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
      weights = (0..<filters * steps).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
    }

    /// `[steps][32]` for every 32 filters: the even ones and then the odd ones, every second four
    /// of them first.
    var packed: [UInt32] {
      stride(from: 0, to: filters, by: 32).flatMap { first in
        offsets.indices.flatMap { step in
          (0..<32).map { lane in
            let place = lane % 16 / 4 * 8 + lane / 16 * 4 + lane % 4
            let filter = first + place % 16 * 2 + place / 16
            return filter < filters ? weights[filter * offsets.count + step] : 0
          }
        }
      }
    }

    /// `[pixel][filter]`
    var counts: [Int] {
      (0..<rows * columns).flatMap { pixel in
        let first = pixel / columns * rowStep + pixel % columns * pixelStep
        return (0..<filters).map { filter in
          offsets.enumerated().reduce(0) { sum, step in
            let half = block[first + step.element]
            let weight = weights[filter * offsets.count + step.offset]
            let ones = (isAnd ? half & weight : half ^ weight).nonzeroBitCount
            return sum + (doubles ? 2 * ones + 32 - half.nonzeroBitCount : ones)
          }
        }
      }
    }

    /// No kinds of rows: all pixels are of one kind.
    func run(
      _ level: Level, _ side: GuardedSide, _ finish: UnsafePointer<frugal_count_finish>,
      rowKinds: [Int32], columnKinds: [Int32]
    ) {
      let block = Guarded(block, touching: side)
      let weights = Guarded(packed, touching: side)
      let places = Guarded(offsets, touching: side)
      var product = frugal_lane_product(
        block: block.elements.baseAddress, pixel_step: pixelStep, row_step: rowStep, height: rows,
        width: columns, offsets: places.elements.baseAddress, steps: offsets.count,
        weights: weights.elements.baseAddress, filters: filters, is_and: isAnd ? 1 : 0,
        doubles: doubles ? 1 : 0)
      finish.pointee.withKinds(rowKinds, columnKinds, touching: side) {
        level.kernels!.pointee.multiply_lanes(&product, $0)
      }
    }
  }

  @Test(arguments: Level.available, [1, 31, 32, 33, 64, 65, 130])
  func countsAreExact(_ level: Level, _ filters: Int) {
    var generator = Generator(seed: UInt64(filters))
    for (index, (rows, columns)) in [(1, 1), (1, 5), (7, 7), (3, 33)].enumerated() {
      for steps in [1, 2, 3, 18, 63] {
        for (isAnd, doubles) in [(false, false), (true, false), (true, true)] {
          let problem = LaneProblem(
            rows: rows, columns: columns, filters: filters, steps: steps, isAnd: isAnd,
            doubles: doubles, &generator)
          let counts = problem.counts
          let middle = counts.reduce(0, +) / counts.count
          // Kinds of pixels as near borders: a row's and a column's.
          let isBordered = steps > 1
          let rowKinds = isBordered ? (0..<rows).map { Int32($0 % 3 * 2) } : []
          let columnKinds = (0..<columns).map { Int32($0 == 0 ? 1 : 0) }
          let kinds = rowKinds.flatMap { row in columnKinds.map { Int(row + $0) } }
          for kind in CountSink.kinds {
            let sink = CountSink(
              kind, filters: filters, pixels: rows * columns, around: middle,
              firstBit: kind == FRUGAL_SUMS_BITS ? steps % 2 * 37 : 0,
              accumulates: index % 2 == 1, kindOfPixel: isBordered ? kinds : nil, &generator)
            let side = GuardedSide.allCases[(steps + index) % 2]
            sink.check(counts, counts, side, "\(rows)x\(columns), \(steps) steps, \(kind)") {
              problem.run(level, side, $0, rowKinds: rowKinds, columnKinds: columnKinds)
            }
          }
        }
      }
    }
  }

  /// All bits are 1: 65 504 products of equal signs, and 32 736 of {0, 1} with ±1.
  @Test(arguments: Level.available) func theMostCountsAreExact(_ level: Level) throws {
    func sums<Encoding: BitEncoding>(_ channels: Int, _ encoding: Encoding.Type) throws -> [Int32] {
      let shape = MapShape(channels, Extent(1, 2))
      let plan = try Convolution.pointwise(channels, 2).binaryPlan(
        for: shape, encoding: encoding, BinaryOptions(kernel: .lanes, threads: 1, level: level))
      let weights =
        [Float](repeating: 1, count: channels) + [Float](repeating: -1, count: channels)
      let ones = try BitMap<Encoding>(IntegerMap([Int](repeating: 1, count: shape.count), shape))
      var sums = [Int32](repeating: 0, count: 4)
      try plan.run(plan.pack([BinaryParameters(weights: weights)]), ones, into: &sums)
      return sums
    }
    #expect(try sums(65_504, Signs.self) == [65_504, 65_504, -65_504, -65_504])
    #expect(try sums(32_736, Units.self) == [32_736, 32_736, -32_736, -32_736])
    #expect(throws: FrugalConvError.self) { try sums(65_505, Signs.self) }
    #expect(throws: FrugalConvError.self) { try sums(32_737, Units.self) }
  }

  @Test func lanesAreOfferedWhereTheyCanBeFaster() throws {
    for level in Level.available {
      let plans = try Convolution.pointwise(64, 64).binaryCandidates(
        for: MapShape(64, 14), encoding: Signs.self, BinaryOptions(level: level))
      #expect(plans.contains { $0.candidate.kernels == [.lanes] } == (level != .avx2))
    }
  }

  @Test func whatHasNoLanesIsRefused() throws {
    func plan(_ convolution: Convolution, _ options: BinaryOptions) throws {
      var options = options
      options.kernel = .lanes
      _ = try convolution.binaryPlan(
        for: MapShape(convolution.channels, 5), encoding: Signs.self, options)
    }
    let window = try Convolution.window(33, 4, Window(3))
    for options in [BinaryOptions(weights: .units), BinaryOptions(padding: .ones)] {
      let error = #expect(throws: FrugalConvError.self) { try plan(window, options) }
      guard case .noBinaryForm = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    try plan(.window(64, 4, Window(3)), BinaryOptions(padding: .ones))
    try plan(.pointwise(33, 4), BinaryOptions(padding: .ones))
    try plan(.shift(.evenlySpread(channels: 33), 4), BinaryOptions(padding: .ones))
  }
}

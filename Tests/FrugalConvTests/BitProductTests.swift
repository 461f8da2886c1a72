import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

/// The products of one-bit numbers, with inaccessible pages around every buffer.
@Suite struct BitProductTests {
  /// A product over tables of any values, and its counts.
  private struct NibbleProblem {
    let rows: Int, columns: Int, filters: Int
    let pixelStep = 3, rowStep: Int
    let block: [UInt8]
    let tables: [UInt8]
    /// `[filters][steps]`
    let weights: [UInt8]
    let runs: [frugal_nibble_run]
    let mostSteps: Int

    /// Nibbles of the map are random, or all the same.
    init(
      rows: Int, columns: Int, filters: Int, steps: Int, largest: Int, nibble: Int? = nil,
      _ generator: inout Generator
    ) {
      (self.rows, self.columns, self.filters) = (rows, columns, filters)
      rowStep = columns * pixelStep + 2
      mostSteps = 255 / largest
      var (left, place) = (steps, 0)
      var runs: [frugal_nibble_run] = []
      while left > 0 {
        let length = min(left, generator.integer(1...mostSteps))
        place += generator.integer(0...2)
        runs.append(frugal_nibble_run(start: place, end: place + length))
        (left, place) = (left - length, place + length)
      }
      self.runs = runs
      let size = (rows - 1) * rowStep + (columns - 1) * pixelStep + place
      block = (0..<size).map { _ in UInt8(4 * (nibble ?? generator.integer(0...16))) }
      // The largest value is everywhere in one table: byte sums come as high as they can.
      let values = (0..<17 * 16).map { index in
        index / 16 == 3 ? UInt8(largest) : UInt8(generator.integer(0...largest))
      }
      tables = (0..<17 * 32).map { values[$0 / 32 * 16 + $0 % 16] }
      weights = (0..<filters * steps).map { _ in UInt8(generator.integer(0...15)) }
    }

    var steps: Int { weights.count / filters }

    /// `[steps][64]` for every group, `[steps][32]` for the last one if that is enough.
    var packed: [UInt8] {
      var result: [UInt8] = []
      for first in stride(from: 0, to: filters, by: 64) {
        for step in 0..<steps {
          for filter in first..<first + (filters - first > 32 ? 64 : 32) {
            result.append(filter < filters ? weights[filter * steps + step] : 0)
          }
        }
      }
      return result
    }

    /// `[pixel][filter]`
    var counts: [Int] {
      let places = runs.flatMap { $0.start..<$0.end }
      return (0..<rows * columns).flatMap { pixel in
        let first = pixel / columns * rowStep + pixel % columns * pixelStep
        return (0..<filters).map { filter in
          places.enumerated().reduce(0) { sum, place in
            let table = Int(block[first + place.element]) / 4
            let weight = Int(weights[filter * steps + place.offset])
            return sum + Int(tables[table * 32 + weight])
          }
        }
      }
    }

    /// No kinds of rows: all pixels are of one kind.
    func run(
      _ level: Level, _ side: GuardedSide, _ finish: UnsafePointer<frugal_count_finish>,
      rowKinds: [Int32] = [], columnKinds: [Int32] = []
    ) {
      let block = Guarded(block, touching: side)
      let weights = Guarded(packed, touching: side)
      let tables = Guarded(tables, touching: side)
      let runs = Guarded(runs, touching: side)
      var product = frugal_nibble_product(
        block: block.elements.baseAddress, pixel_step: pixelStep, row_step: rowStep, height: rows,
        width: columns, runs: runs.elements.baseAddress, run_count: self.runs.count,
        most_steps: mostSteps, tables: tables.elements.baseAddress,
        weights: weights.elements.baseAddress, steps: steps, filters: filters)
      finish.pointee.withKinds(rowKinds, columnKinds, touching: side) {
        level.kernels!.pointee.multiply_nibbles(&product, $0)
      }
    }
  }

  @Test(arguments: Level.available, [1, 31, 32, 33, 64, 65, 96, 97, 128, 130, 200])
  func sumsOfLookedUpProductsAreExact(_ level: Level, _ filters: Int) {
    var generator = Generator(seed: UInt64(filters))
    for (index, (rows, columns)) in [(1, 1), (1, 5), (7, 7), (3, 33)].enumerated() {
      for (steps, largest) in [(1, 4), (63, 4), (150, 4), (70, 8)] {
        let problem = NibbleProblem(
          rows: rows, columns: columns, filters: filters, steps: steps, largest: largest,
          &generator)
        let counts = problem.counts
        let middle = counts.reduce(0, +) / counts.count
        // Kinds of pixels as near borders: a row's and a column's.
        let rowKinds = (0..<rows).map { Int32($0 == 0 ? 0 : $0 == rows - 1 ? 6 : 3) }
        let columnKinds = (0..<columns).map { Int32($0 < 2 ? 0 : $0 == columns - 1 ? 2 : 1) }
        let kinds = rowKinds.flatMap { row in columnKinds.map { Int(row + $0) } }
        for kind in CountSink.kinds {
          for (firstBit, isBordered) in [(0, false), (0, true), (37, true)]
          where kind == FRUGAL_SUMS_BITS || firstBit == 0 {
            let sink = CountSink(
              kind, filters: filters, pixels: rows * columns, around: middle, firstBit: firstBit,
              accumulates: index % 2 == 1, kindOfPixel: isBordered ? kinds : nil, &generator)
            let side = GuardedSide.allCases[(steps + index) % 2]
            sink.check(counts, counts, side, "\(rows)x\(columns), \(steps) steps, \(kind)") {
              problem.run(
                level, side, $0, rowKinds: isBordered ? rowKinds : [], columnKinds: columnKinds)
            }
          }
        }
      }
    }
  }

  @Test(arguments: Level.available) func theLargestCountsDoNotOverflow(_ level: Level) {
    var generator = Generator(seed: 8)
    // 65,532 of at most 65,534.
    let steps = 16383
    let problem = NibbleProblem(
      rows: 1, columns: 5, filters: 3, steps: steps, largest: 4, nibble: 3, &generator)
    let counts = problem.counts
    #expect(counts.allSatisfy { $0 == 4 * steps })
    for kind in [FRUGAL_SUMS_INT32, FRUGAL_SUMS_BITS] {
      let sink = CountSink(kind, filters: 3, pixels: 5, around: 4 * steps - 1, &generator)
      sink.check(counts, counts, .behind, "\(kind)") { problem.run(level, .behind, $0) }
    }
  }

  @Test(arguments: Level.available, [1, 63, 64, 65, 127, 256, 300, 1984, 2047])
  func sumsOfCountedOnesAreExact(_ level: Level, _ bits: Int) {
    var generator = Generator(seed: UInt64(bits))
    for (pixels, filters) in [(1, 1), (3, 33), (2, 70)] {
      let map = BitTable(rows: pixels, bits: bits, &generator)
      let weights = BitTable(rows: filters, bits: bits, &generator)
      for isAnd in [false, true] {
        let ones: Int32 = isAnd ? -1 : 0
        let counts = (0..<pixels).flatMap { pixel in
          (0..<filters).map { filter in
            (0..<bits).count { bit in
              isAnd
                ? map[pixel, bit] && weights[filter, bit]
                : map[pixel, bit] != weights[filter, bit]
            }
          }
        }
        for kind in CountSink.kinds {
          for side in GuardedSide.allCases {
            let offset = 2 * ones
            let sink = CountSink(
              kind, filters: filters, pixels: pixels, around: 0, accumulates: side == .before,
              factor: isAnd ? 2 : -2, offset: Int32(bits), &generator)
            // The kernel takes the ones of the pixel off; the sink knows nothing of them.
            let shifted = (0..<counts.count).map { place in
              let pixel = place / filters
              let less = (0..<bits).count { map[pixel, $0] } * Int(offset)
              return counts[place] + less / Int(sink.factor)
            }
            let values = shifted.map { Int(sink.factor) * $0 + bits }
            sink.check(shifted, values, side, "\(pixels) pixels, \(filters) filters, \(kind)") {
              let source = Guarded(map.packed, touching: side)
              let packed = Guarded(weights.packed, touching: side)
              var product = frugal_word_product(
                pixels: source.elements.baseAddress, pixel_words: map.words, count: pixels,
                weights: packed.elements.baseAddress, words: weights.words, filters: filters,
                is_and: isAnd ? 1 : 0, ones: offset)
              level.kernels!.pointee.multiply_words(&product, $0)
            }
          }
        }
      }
    }
  }
}

import CKernels
import ReferenceKernels
import Testing

/// What the finished counts of a product are stored as, and where.
struct CountSink {
  static let kinds = [
    FRUGAL_SUMS_BITS, FRUGAL_SUMS_INT32, FRUGAL_SUMS_INT16, FRUGAL_SUMS_FLOAT,
  ]

  let kind: frugal_sums
  let filters: Int
  let pixels: Int
  let factor: Int32
  let offset: Int32
  let accumulates: Bool
  let firstBit: Int
  /// `[kind][filter]`
  let thresholds: [Int32]
  let corrections: [Int32]
  let kindOfPixel: [Int]
  let inversions: [UInt32]
  let scale: [Float]
  let bias: [Float]

  init(
    _ kind: frugal_sums, filters: Int, pixels: Int, around middle: Int, firstBit: Int = 0,
    accumulates: Bool = false, factor: Int32 = -2, offset: Int32 = 77,
    kindOfPixel: [Int]? = nil, _ generator: inout Generator
  ) {
    self.kindOfPixel = kindOfPixel ?? Array(repeating: 0, count: pixels)
    (self.kind, self.filters, self.pixels) = (kind, filters, pixels)
    (self.factor, self.offset, self.firstBit) = (factor, offset, firstBit)
    self.accumulates = accumulates
    let whole = (filters + 31) / 32 * 32
    let kinds = self.kindOfPixel.max()! + 1
    thresholds = (0..<kinds * whole).map { index in
      index % whole >= filters
        ? 65535 : Int32(min(max(0, middle + generator.integer(-9...9)), 65535))
    }
    corrections = (0..<kinds * filters).map { _ in
      kinds == 1 ? 0 : Int32(generator.integer(-9...9))
    }
    inversions = (0..<whole / 32).map { group in
      let left = filters - 32 * group
      let bits = UInt32(truncatingIfNeeded: generator.next())
      return left >= 32 ? bits : bits & (1 << UInt32(left) - 1)
    }
    scale = generator.values(.integers, filters)
    bias = generator.values(.integers, filters)
  }

  var words: Int { (firstBit + filters + 63) / 64 }

  /// Runs a product, and compares what it stores with counts `[pixel][filter]` (bits compare
  /// `values`).
  func check(
    _ counts: [Int], _ values: [Int], _ side: GuardedSide, _ words: Comment,
    _ run: (UnsafePointer<frugal_count_finish>) -> Void
  ) {
    let places = filters * pixels
    let whole = (filters + 31) / 32 * 32
    let limits = Guarded(thresholds, touching: side)
    let countLimits = Guarded(
      thresholds.indices.map { index in
        let (first, place) = (index / 32 * 32, index % 32)
        return UInt16(thresholds[first + place % 16 * 2 + place / 16])
      }, touching: side)
    let added = Guarded(corrections, touching: side)
    let flips = Guarded(inversions, touching: side)
    let bits = Guarded([UInt64](repeating: 0, count: pixels * self.words), touching: side)
    let integers = Guarded([Int32](repeating: 5, count: places), touching: side)
    let shorts = Guarded([Int16](repeating: 5, count: places), touching: side)
    let floats = Guarded([Float](repeating: 5, count: places), touching: side)
    let scales = Guarded(scale, touching: side)
    let biases = Guarded(bias, touching: side)
    var finish = frugal_count_finish()
    finish.kind = kind
    finish.thresholds = UnsafePointer(limits.elements.baseAddress)
    finish.count_thresholds = UnsafePointer(countLimits.elements.baseAddress)
    finish.threshold_stride = whole
    (finish.times, finish.correction_stride) = (3, filters)
    finish.corrections = UnsafePointer(added.elements.baseAddress)
    finish.inversions = UnsafePointer(flips.elements.baseAddress)
    finish.words = bits.elements.baseAddress
    finish.pixel_words = self.words
    finish.first_bit = firstBit
    (finish.factor, finish.offset) = (factor, offset)
    finish.accumulates = accumulates ? 1 : 0
    finish.plane_stride = pixels
    finish.scale = UnsafePointer(scales.elements.baseAddress)
    finish.bias = UnsafePointer(biases.elements.baseAddress)
    finish.out =
      switch kind {
      case FRUGAL_SUMS_INT32: UnsafeMutableRawPointer(integers.elements.baseAddress)
      case FRUGAL_SUMS_INT16: UnsafeMutableRawPointer(shorts.elements.baseAddress)
      default: UnsafeMutableRawPointer(floats.elements.baseAddress)
      }
    run(&finish)

    func sum(_ place: Int) -> Int {
      let (filter, pixel) = place.quotientAndRemainder(dividingBy: pixels)
      let correction = Int(corrections[kindOfPixel[pixel] * filters + filter])
      return Int(factor) * counts[pixel * filters + filter] + Int(offset) + 3 * correction
    }
    switch kind {
    case FRUGAL_SUMS_BITS:
      var ones = [Bool](repeating: false, count: pixels * self.words * 64)
      for pixel in 0..<pixels {
        for filter in 0..<filters {
          let threshold = thresholds[kindOfPixel[pixel] * whole + filter]
          let isAbove = values[pixel * filters + filter] >= Int(threshold)
          let isInverted = inversions[filter / 32] >> UInt32(filter % 32) & 1 == 1
          ones[pixel * self.words * 64 + firstBit + filter] = isAbove != isInverted
        }
      }
      let expected = BitTable(rows: pixels, bits: self.words * 64, ones: ones)
      #expect(Array(bits.elements) == expected.packed, words)
    case FRUGAL_SUMS_INT32:
      let before = accumulates ? 5 : 0
      #expect(
        integers.elements.elementsEqual((0..<places).map { Int32(sum($0) + before) }), words)
    case FRUGAL_SUMS_INT16:
      #expect(shorts.elements.elementsEqual((0..<places).map { Int16(sum($0)) }), words)
    default:
      let expected = (0..<places).map { place in
        Float(sum(place)) * scale[place / pixels] + bias[place / pixels]
      }
      #expect(floats.elements.elementsEqual(expected), words)
    }
  }
}

extension frugal_count_finish {
  /// The same with kinds of rows and columns, guarded; without kinds of rows all pixels are of one.
  func withKinds(
    _ rows: [Int32], _ columns: [Int32], touching side: GuardedSide,
    _ body: (UnsafePointer<frugal_count_finish>) -> Void
  ) {
    let guardedRows = Guarded(rows, touching: side)
    let guardedColumns = Guarded(columns, touching: side)
    var finish = self
    if !rows.isEmpty {
      finish.row_kinds = UnsafePointer(guardedRows.elements.baseAddress)
      finish.column_kinds = UnsafePointer(guardedColumns.elements.baseAddress)
    }
    body(&finish)
  }
}

import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

/// The kernels over bit maps, each against plain loops, with inaccessible pages around every buffer.
@Suite struct BitKernelTests {
  private static let channels = [1, 4, 31, 63, 64, 65, 127, 130, 1984, 2047]

  /// What a packed pixel of planes should be.
  private func packed<Number: Comparable>(
    _ map: [Number], pixels: Int, channels: [Int], offsets: [Int]? = nil, thresholds: [Number],
    orEqual: Bool, words: Int
  ) -> [UInt64] {
    var result = [UInt64](repeating: 0, count: pixels * words)
    for pixel in 0..<pixels {
      for (bit, channel) in channels.enumerated() where channel >= 0 {
        let value = map[channel * pixels + pixel + (offsets?[bit] ?? 0)]
        let threshold = thresholds[thresholds.count == 1 ? 0 : channel]
        if orEqual ? value >= threshold : value > threshold {
          result[pixel * words + bit / 64] |= 1 << UInt64(bit % 64)
        }
      }
    }
    return result
  }

  private func pack<Number: BitwiseCopyable>(
    _ level: Level, _ kind: frugal_number, _ map: [Number], pixels: Int, channels: [Int],
    offsets: [Int]? = nil, thresholds: [Number], orEqual: Bool, words: Int, order: Bool,
    _ side: GuardedSide
  ) -> [UInt64] {
    let source = Guarded(map, touching: side)
    let limits = Guarded(thresholds, touching: side)
    let list = Guarded(channels.map(Int32.init), touching: side)
    let moves = Guarded(offsets ?? [], touching: side)
    let target = Guarded([UInt64](repeating: .max, count: pixels * words), touching: side)
    var packing = frugal_bit_packing(
      map: source.elements.baseAddress, number: kind, channel_stride: pixels, bits: channels.count,
      channels: order ? UnsafePointer(list.elements.baseAddress) : nil,
      offsets: offsets == nil ? nil : UnsafePointer(moves.elements.baseAddress),
      thresholds: limits.elements.baseAddress, threshold_stride: thresholds.count == 1 ? 0 : 1,
      or_equal: orEqual ? 1 : 0, pixel_words: words)
    // In two calls: blocks begin anywhere.
    let first = pixels / 3
    let output = target.elements.baseAddress!
    level.kernels!.pointee.pack_bits(&packing, 0, first, output)
    level.kernels!.pointee.pack_bits(&packing, first, pixels - first, output + first * words)
    return Array(target.elements)
  }

  @Test(arguments: Level.available, channels)
  func packedBitsAreTheComparisons(_ level: Level, _ count: Int) {
    var generator = Generator(seed: UInt64(count))
    let sizes = count > 1000 ? [9, 17] : [1, 7, 8, 9, 49, 67]
    for (index, pixels) in sizes.enumerated() {
      let side = GuardedSide.allCases[(index + count) % 2]
      var map = generator.values(.integers, count * pixels)
      for place in Swift.stride(from: 1, to: map.count, by: 5) {
        map[place] = generator.pick([.nan, -0.0, .infinity, -.infinity, -.nan])
      }
      var limits = generator.values(.integers, count)
      limits[count / 2] = generator.pick([.nan, .infinity, -.infinity, 0])
      var order = (0..<count).map { $0 }
      order.shuffle(using: &generator)
      order.insert(-1, at: count / 2)
      for orEqual in [false, true] {
        for (thresholds, channels, isOrdered) in [
          ([-0.0], Array(0..<count), false), (limits, order, true),
        ] {
          let words = (channels.count + 63) / 64 + index % 2
          let expected = packed(
            map, pixels: pixels, channels: channels, thresholds: thresholds, orEqual: orEqual,
            words: words)
          let found = pack(
            level, FRUGAL_FLOAT32, map, pixels: pixels, channels: channels, thresholds: thresholds,
            orEqual: orEqual, words: words, order: isOrdered, side)
          #expect(found == expected, "\(count) channels, \(pixels) pixels")
        }
        // Planes overlap so far that only the first and the last one touch the ends.
        let offsets = order.map { channel in
          let first = -max(channel, 0) * pixels
          let last = (count - 1 - max(channel, 0)) * pixels
          return generator.integer(max(first, -pixels / 2)...min(last, pixels / 2))
        }
        let ordered = (order.count + 63) / 64
        #expect(
          packed(
            map, pixels: pixels, channels: order, offsets: offsets, thresholds: limits,
            orEqual: orEqual, words: ordered)
            == pack(
              level, FRUGAL_FLOAT32, map, pixels: pixels, channels: order, offsets: offsets,
              thresholds: limits, orEqual: orEqual, words: ordered, order: true, side))
        let words = (count + 63) / 64
        let integers = (0..<map.count).map { _ in Int32(truncatingIfNeeded: generator.next()) % 3 }
        let shorts = integers.map(Int16.init)
        let thresholds = (0..<count).map { _ in Int32(generator.integer(-2...2)) }
        let expected = packed(
          integers, pixels: pixels, channels: Array(0..<count), thresholds: thresholds,
          orEqual: orEqual, words: words)
        #expect(
          expected
            == pack(
              level, FRUGAL_INT32, integers, pixels: pixels, channels: Array(0..<count),
              thresholds: thresholds, orEqual: orEqual, words: words, order: false, side))
        #expect(
          expected
            == pack(
              level, FRUGAL_INT16, shorts, pixels: pixels, channels: Array(0..<count),
              thresholds: thresholds.map(Int16.init), orEqual: orEqual, words: words, order: false,
              side))
      }
    }
  }

  @Test(arguments: Level.available, channels)
  func unpackedBitsAreTheTwoValues(_ level: Level, _ count: Int) {
    var generator = Generator(seed: UInt64(count))
    for pixels in [1, 7, 8, 25] {
      let bits = BitTable(rows: pixels, bits: count, &generator)
      for side in GuardedSide.allCases {
        let source = Guarded(bits.packed, touching: side)
        let target = Guarded([Float](repeating: 9, count: count * pixels), touching: side)
        level.kernels!.pointee.unpack_bits(
          source.elements.baseAddress, bits.words, pixels, count, -1, 1,
          target.elements.baseAddress, pixels)
        let expected = (0..<count).flatMap { channel in
          (0..<pixels).map { bits[$0, channel] ? Float(1) : -1 }
        }
        #expect(target.elements.elementsEqual(expected), "\(count) channels, \(pixels) pixels")
      }
    }
  }

  @Test(arguments: Level.available, channels)
  func gatheredBitsComeFromTheirPlaces(_ level: Level, _ count: Int) {
    var generator = Generator(seed: UInt64(count))
    let pixels = 5
    let bits = BitTable(rows: pixels, bits: count, &generator)
    var order = Array(-1..<count)
    order.shuffle(using: &generator)
    for places in [order, Array(stride(from: count - 1, through: 0, by: -3)), Array(0..<count)] {
      let words = (places.count + 63) / 64
      let moves = frugal_bit_move.moves(places)
      for side in GuardedSide.allCases {
        let source = Guarded(bits.packed, touching: side)
        let list = Guarded(moves, touching: side)
        let target = Guarded([UInt64](repeating: .max, count: pixels * words), touching: side)
        level.kernels!.pointee.gather_bits(
          source.elements.baseAddress, bits.words, pixels, list.elements.baseAddress, moves.count,
          target.elements.baseAddress, words)
        let ones = (0..<pixels).flatMap { pixel in places.map { $0 >= 0 && bits[pixel, $0] } }
        #expect(
          Array(target.elements) == BitTable(rows: pixels, bits: places.count, ones: ones).packed)
      }
    }
  }

  @Test(arguments: Level.available, [1, 63, 64, 65, 127, 130, 2047])
  func pooledBitsAreTheOnesOfTheWindow(_ level: Level, _ count: Int) {
    var generator = Generator(seed: UInt64(count))
    for (kernel, stride, padding, dilation, height, width) in [
      (2, 2, 0, 1, 7, 5), (3, 2, 1, 1, 7, 5), (3, 1, 3, 2, 3, 5), (1, 1, 0, 1, 1, 1),
      (3, 1, 1, 1, 1, 9),
    ] {
      let bits = BitTable(rows: height * width, bits: count, &generator)
      let outHeight = (height + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1
      let outWidth = (width + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1
      let inversions = BitTable(rows: 1, bits: count, &generator)
      var ones: [Bool] = []
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          for channel in 0..<count {
            var window: [Bool] = []
            for i in 0..<kernel {
              for j in 0..<kernel {
                let row = y * stride - padding + i * dilation
                let column = x * stride - padding + j * dilation
                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                window.append(bits[row * width + column, channel])
              }
            }
            ones.append(window.contains(true) != inversions[0, channel])
          }
        }
      }
      let expected = BitTable(rows: outHeight * outWidth, bits: count, ones: ones)
      for side in GuardedSide.allCases {
        let source = Guarded(bits.packed, touching: side)
        let target = Guarded(
          [UInt64](repeating: .max, count: outHeight * outWidth * bits.words), touching: side)
        let flips = Guarded(inversions.packed, touching: side)
        let origin = [frugal_tap_origin(top: -padding, left: -padding)]
        origin.withUnsafeBufferPointer { origins in
          var window = frugal_depthwise(
            map: nil, channel_stride: 0, height: height, width: width, kernel_height: kernel,
            kernel_width: kernel, stride_y: stride, stride_x: stride, dilation_y: dilation,
            dilation_x: dilation, out_width: outWidth, origins: origins.baseAddress,
            origin_stride: 0)
          let half = outHeight / 2
          let output = target.elements.baseAddress!
          let pool = level.kernels!.pointee.pool_bits!
          pool(
            &window, source.elements.baseAddress, bits.words, flips.elements.baseAddress, 0, half,
            output)
          pool(
            &window, source.elements.baseAddress, bits.words, flips.elements.baseAddress, half,
            outHeight,
            output + half * outWidth * bits.words)
        }
        #expect(Array(target.elements) == expected.packed, "kernel \(kernel), stride \(stride)")
      }
    }
  }

  @Test(arguments: Level.available, channels)
  func expandedNibblesAreThePlacesOfTheirTables(_ level: Level, _ count: Int) {
    var generator = Generator(seed: UInt64(count))
    let (height, width) = (3, 5)
    let bits = BitTable(rows: height * width, bits: count, &generator)
    for (first, length) in Set([0, count / 3, count / 2]).map({ ($0, count - $0) }) {
      for (left, right, isOne) in [(0, 0, false), (2, 1, false), (1, 2, true)] {
        let nibbles = (length + 3) / 4
        let part = BitTable(
          rows: height * width, bits: length,
          ones: (0..<height * width).flatMap { row in
            (first..<count).map { bits[row, $0] }
          })
        let outside = (0..<nibbles).map { nibble -> UInt8 in
          isOne ? 4 * (nibble < nibbles - 1 ? 15 : 15 >> UInt8(4 * nibbles - length)) : 0
        }
        var expected: [UInt8] = []
        for y in -1..<height + 2 {
          for x in -left..<width + right {
            let isInside = (0..<height).contains(y) && (0..<width).contains(x)
            expected +=
              isInside ? (0..<nibbles).map { part.nibble(y * width + x, $0) * 4 } : outside
          }
        }
        for side in GuardedSide.allCases {
          let source = Guarded(bits.packed, touching: side)
          let target = Guarded([UInt8](repeating: 255, count: expected.count + 7), touching: side)
          var rows = frugal_bit_rows(
            words: source.elements.baseAddress, pixel_words: bits.words, height: height,
            width: width, first_bit: first, bits: length, left: left, right: right,
            outside: isOne ? 1 : 0)
          level.kernels!.pointee.expand_bits(&rows, -1, height + 2, target.elements.baseAddress)
          #expect(
            target.elements.prefix(expected.count).elementsEqual(expected),
            "bits \(first)..<\(count)")
        }
      }
    }
  }

  @Test(arguments: Level.available, [1, 64, 130])
  func bordersSurroundRowsOfBits(_ level: Level, _ channels: Int) {
    var generator = Generator(seed: UInt64(channels))
    let (height, width) = (3, 5)
    let bits = BitTable(rows: height * width, bits: channels, &generator)
    for (left, right, isOne) in [(0, 0, false), (2, 1, false), (1, 2, true)] {
      var expected: [UInt64] = []
      for y in -1..<height + 2 {
        for x in -left..<width + right {
          let isInside = (0..<height).contains(y) && (0..<width).contains(x)
          let first = (y * width + x) * bits.words
          expected +=
            isInside
            ? bits.packed[first..<first + bits.words]
            : [UInt64](repeating: isOne ? .max : 0, count: bits.words)[...]
        }
      }
      for side in GuardedSide.allCases {
        let source = Guarded(bits.packed, touching: side)
        let target = Guarded([UInt64](repeating: 5, count: expected.count), touching: side)
        var rows = frugal_bit_rows(
          words: source.elements.baseAddress, pixel_words: bits.words, height: height,
          width: width, first_bit: 0, bits: channels, left: left, right: right,
          outside: isOne ? 1 : 0)
        level.kernels!.pointee.border_bits(&rows, -1, height + 2, target.elements.baseAddress)
        #expect(target.elements.elementsEqual(expected), "borders \(left), \(right)")
      }
    }
  }

  @Test(arguments: Level.available, [1, 63, 64, 65, 128, 130, 300])
  func displacedBitsComeFromTheirOwnPixels(_ level: Level, _ channels: Int) {
    var generator = Generator(seed: UInt64(channels))
    let moves = 7
    for (rows, columns) in [(1, 1), (2, 3), (3, 4), (2, 5), (1, 22), (2, 57)] {
      for (strideY, strideX) in [(1, 1), (2, 2), (1, 3)] {
        let (height, width) = ((rows - 1) * strideY + 3, (columns - 1) * strideX + 4)
        let bits = BitTable(rows: height * width, bits: channels, &generator)
        // The corners are among them: nothing behind the map may be read.
        let places =
          [(0, 0), (2, 3)]
          + (2..<moves).map { _ in (0...2, 0...3) }.map {
            (Int.random(in: $0, using: &generator), Int.random(in: $1, using: &generator))
          }
        // −1: a bit that no displacement moves is 0.
        let placeOfBit = (0..<channels).map { _ in Int.random(in: -1..<moves, using: &generator) }
        let masks = (0..<moves).flatMap { place in
          (0..<4).flatMap { _ in
            BitTable(rows: 1, bits: channels, ones: placeOfBit.map { $0 == place }).packed
          }
        }
        let ones = (0..<rows * columns).flatMap { pixel in
          placeOfBit.enumerated().map { bit, place in
            guard place >= 0 else { return false }
            let row = pixel / columns * strideY + places[place].0
            let column = pixel % columns * strideX + places[place].1
            return bits[row * width + column, bit]
          }
        }
        let expected = BitTable(rows: rows * columns, bits: channels, ones: ones).packed
        for side in GuardedSide.allCases {
          let source = Guarded(bits.packed, touching: side)
          let offsets = Guarded(
            places.map { ($0.0 * width + $0.1) * bits.words }, touching: side)
          let guardedMasks = Guarded(masks, touching: side)
          let target = Guarded([UInt64](repeating: 5, count: expected.count), touching: side)
          var displacing = frugal_bit_displacing(
            pixel_words: bits.words, height: rows, width: columns,
            pixel_step: strideX * bits.words, row_step: strideY * width * bits.words,
            offsets: offsets.elements.baseAddress, count: moves,
            masks: guardedMasks.elements.baseAddress)
          level.kernels!.pointee.displace_bits(
            &displacing, source.elements.baseAddress, target.elements.baseAddress)
          #expect(
            target.elements.elementsEqual(expected),
            "\(rows)×\(columns), strides \(strideY), \(strideX)")
        }
      }
    }
  }
}

import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

/// Planes of nibbles, their products and the planes of bits that come of them, each against plain
/// loops, with inaccessible pages around every buffer.
@Suite struct BitPlaneTests {
  @Test(arguments: Level.available, [1, 4, 31, 63, 64, 65, 127, 130])
  func splitNibblesStandInTheirPlanes(_ level: Level, _ channels: Int) {
    var generator = Generator(seed: UInt64(channels))
    for (height, width) in [(3, 1), (3, 5), (1, 31), (2, 32), (2, 33), (5, 14), (1, 70)] {
      for (left, right, outside) in [(0, 0, 0), (2, 1, 128), (1, 2, 15), (33, 40, 128)] {
        let bits = BitTable(rows: height * width, bits: channels, &generator)
        let (nibbles, pitch) = ((channels + 3) / 4, left + width + right)
        let stride = (height + 3) * pitch + left + 31
        var rows = [UInt8](repeating: UInt8(outside), count: nibbles * (height + 3) * pitch)
        for nibble in 0..<nibbles {
          for pixel in 0..<height * width {
            let row = nibble * (height + 3) + 1 + pixel / width
            rows[row * pitch + left + pixel % width] = bits.nibble(pixel, nibble)
          }
        }
        for side in GuardedSide.allCases {
          let source = Guarded(bits.packed, touching: side)
          let target = Guarded([UInt8](repeating: 99, count: nibbles * stride), touching: side)
          var planes = frugal_nibble_planes(
            words: source.elements.baseAddress, pixel_words: bits.words, height: height,
            width: width, nibbles: nibbles, left: left, right: right, outside: UInt8(outside),
            plane_stride: stride)
          level.kernels!.pointee.split_nibbles(
            &planes, -1, height + 2, target.elements.baseAddress)
          let found = (0..<nibbles).flatMap {
            target.elements[$0 * stride..<$0 * stride + (height + 3) * pitch]
          }
          #expect(found == rows, "\(height)×\(width), borders \(left), \(right)")
        }
      }
    }
  }

  @Test(arguments: Level.available, [1, 8, 31, 63, 64, 65, 127, 130])
  func joinedPlanesAreTheWordsOfTheirPixels(_ level: Level, _ channels: Int) {
    var generator = Generator(seed: UInt64(channels))
    for (height, width) in [(1, 1), (3, 5), (7, 7), (2, 32), (2, 33), (1, 70)] {
      let bits = BitTable(rows: height * width, bits: channels, &generator)
      let inversions = BitTable(rows: 1, bits: channels, &generator)
      let expected = BitTable(
        rows: height * width, bits: channels,
        ones: bits.ones.indices.map { bits.ones[$0] != inversions.ones[$0 % channels] })
      let (count, pitch) = ((channels + 7) / 8, width + 3)
      let stride = (height - 1) * pitch + width + 31
      var planes = (0..<count * stride).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      for plane in 0..<count {
        for pixel in 0..<height * width {
          planes[plane * stride + pixel / width * pitch + pixel % width] =
            bits.nibble(pixel, 2 * plane) | bits.nibble(pixel, 2 * plane + 1) << 4
        }
      }
      for side in GuardedSide.allCases {
        let source = Guarded(planes, touching: side)
        let flips = Guarded(inversions.packed, touching: side)
        let target = Guarded(
          [UInt64](repeating: .max, count: height * width * bits.words), touching: side)
        var joined = frugal_byte_planes(
          planes: source.elements.baseAddress, count: count, plane_stride: stride, pitch: pitch,
          height: height, width: width, inversions: flips.elements.baseAddress)
        level.kernels!.pointee.join_planes(&joined, target.elements.baseAddress, bits.words)
        #expect(Array(target.elements) == expected.packed, "\(height)×\(width)")
      }
    }
  }

  /// Nibbles, tables and weights of any values, and their sums.
  private struct Problem {
    let height: Int, width: Int, pitch: Int, groups: Int, filters: Int, mostSteps: Int
    let steps: Int
    /// `[groups][steps]`
    let offsets: [Int]
    let planes: [UInt8]
    let tables: [Int8]
    /// `[groups][filters][steps]`
    let weights: [UInt8]
    let channels: [Int32]
    /// Of each pixel of the rows, and what is added to a filter's sum there, `[filter][16]`; empty
    /// where nothing is.
    let kinds: [UInt8]
    let added: [Int8]
    /// `[channel][pixel]`
    let sums: [Int]

    init(
      _ height: Int, _ width: Int, groups: Int, filters: Int, steps: Int, largest: Int,
      _ generator: inout Generator
    ) {
      (self.height, self.width) = (height, width)
      (self.groups, self.filters, self.steps) = (groups, filters, steps)
      mostSteps = 126 / largest
      let pitch = width + generator.integer(0...3)
      self.pitch = pitch
      let reach = 2 * pitch + 5
      let planeStride = (height - 1) * pitch + width + reach + 31
      let offsets = (0..<groups * steps).map { place in
        place / steps * planeStride + generator.integer(0...reach)
      }
      let planes = (0..<groups * planeStride).map { _ in
        UInt8(generator.integer(0...19)).nibbleOrOutside
      }
      // Sums reach both ends: one table has nothing but the largest, one nothing but the least.
      let tables = (0..<32 * 16).map { index in
        Int8(
          index / 16 == 5
            ? largest : index / 16 == 30 ? -largest : generator.integer(-largest...largest))
      }
      var weights = (0..<groups * filters * steps).map { _ in UInt8(generator.integer(0...31)) }
      for step in 0..<steps {
        weights[step] = 5
        weights[weights.count - 1 - step] = 30
      }
      var channels = (0..<groups * filters).map(Int32.init)
      if generator.next() % 2 == 0 { channels.shuffle(using: &generator) }
      let addsKinds = steps <= mostSteps && generator.next() % 2 == 0
      let kinds =
        addsKinds
        ? (0..<(height - 1) * pitch + width + 31).map { _ in UInt8(generator.integer(0...15)) } : []
      var added: [Int8] = []
      var sums = [Int](repeating: 0, count: channels.count * height * width)
      for (place, channel) in channels.enumerated() {
        for pixel in 0..<height * width {
          let first = pixel / width * pitch + pixel % width
          sums[Int(channel) * height * width + pixel] = (0..<steps).reduce(0) {
            let nibble = Int(planes[first + offsets[place / filters * steps + $1]])
            return nibble < 16
              ? $0 + Int(tables[Int(weights[place * steps + $1]) * 16 + nibble]) : $0
          }
        }
      }
      if addsKinds {
        // Bytes of sums may wrap around as long as the last one fits.
        for channel in channels {
          let pixels = Int(channel) * height * width..<Int(channel + 1) * height * width
          var least = [Int](repeating: 0, count: 16)
          var most = least
          func kind(_ place: Int) -> Int {
            let (y, x) = (place - pixels.lowerBound).quotientAndRemainder(dividingBy: width)
            return Int(kinds[y * pitch + x])
          }
          for place in pixels {
            least[kind(place)] = min(least[kind(place)], sums[place])
            most[kind(place)] = max(most[kind(place)], sums[place])
          }
          let numbers: [Int] = (0..<16).map { kind in
            generator.integer(max(-128, -127 - least[kind])...min(127, 126 - most[kind]))
          }
          added += numbers.map(Int8.init)
          for place in pixels { sums[place] += numbers[kind(place)] }
        }
      }
      (self.offsets, self.planes, self.tables) = (offsets, planes, tables)
      (self.kinds, self.added) = (kinds, added)
      (self.weights, self.channels, self.sums) = (weights, channels, sums)
    }

    /// Fours of filters: `[steps][4]`.
    private var packed: [UInt8] {
      let fours = (filters + 3) / 4
      var packed = [UInt8](repeating: 0, count: groups * fours * steps * 4)
      for group in 0..<groups {
        for filter in 0..<filters {
          let first = (group * fours + filter / 4) * steps
          for step in 0..<steps {
            let weight = weights[(group * filters + filter) * steps + step]
            packed[(first + step) * 4 + filter % 4] = 4 * weight
          }
        }
      }
      return packed
    }

    /// Each table twice.
    private func doubled(_ tables: [Int8]) -> [UInt8] {
      (0..<tables.count / 16).flatMap { table -> [UInt8] in
        let values = tables[table * 16..<table * 16 + 16].map { UInt8(bitPattern: $0) }
        return values + values
      }
    }

    /// Tables of what is added, fours of filters in each group.
    private var packedAdded: [UInt8] {
      let fours = (filters + 3) / 4 * 4
      let none = [UInt8](repeating: 0, count: (fours - filters) * 32)
      return (0..<groups).flatMap { group -> [UInt8] in
        let first = group * filters * 16
        return doubled(Array(added[first..<first + filters * 16])) + none
      }
    }

    func run(_ level: Level, _ side: GuardedSide, _ finish: UnsafePointer<frugal_count_finish>) {
      let planes = Guarded(planes, touching: side)
      let offsets = Guarded(offsets, touching: side)
      let tables = Guarded(doubled(tables), touching: side)
      let weights = Guarded(packed, touching: side)
      let channels = Guarded(channels, touching: side)
      var product = frugal_plane_product(
        planes: planes.elements.baseAddress, offsets: offsets.elements.baseAddress,
        steps: steps, most_steps: mostSteps, pitch: pitch, height: height, width: width,
        tables: tables.elements.baseAddress, weights: weights.elements.baseAddress,
        groups: groups, filters: filters, channels: channels.elements.baseAddress, kinds: nil,
        added: nil)
      guard !kinds.isEmpty else {
        return level.kernels!.pointee.multiply_planes(&product, finish)
      }
      let kinds = Guarded(kinds, touching: side)
      let added = Guarded(packedAdded, touching: side)
      product.kinds = UnsafePointer(kinds.elements.baseAddress)
      product.added = UnsafePointer(added.elements.baseAddress)
      level.kernels!.pointee.multiply_planes(&product, finish)
    }
  }

  private func checkBits(_ problem: Problem, _ level: Level, _ side: GuardedSide, _ words: Comment)
  {
    let (plane, count) = (problem.height * problem.width, problem.channels.count)
    let largest = problem.steps > problem.mostSteps ? 32_766 : 126
    let limits = (0..<count).map { [-largest, largest + 1, 0, 3, -2, 124][$0 % 6] }
    let stride = (problem.height - 1) * problem.pitch + problem.width + 31
    let thresholds = Guarded(limits.map(Int32.init), touching: side)
    let bits = Guarded(
      [UInt8](repeating: 0, count: (count + 7) / 8 * stride), touching: side)
    var finish = frugal_count_finish()
    finish.kind = FRUGAL_SUMS_BITS
    finish.thresholds = UnsafePointer(thresholds.elements.baseAddress)
    finish.out = UnsafeMutableRawPointer(bits.elements.baseAddress)
    finish.plane_stride = stride
    problem.run(level, side, &finish)
    for (place, channel) in problem.channels.enumerated() {
      let found = (0..<plane).map { pixel in
        let byte = pixel / problem.width * problem.pitch + pixel % problem.width
        return bits.elements[Int(channel) / 8 * stride + byte] >> UInt8(channel % 8) & 1 == 1
      }
      let sums = problem.sums[Int(channel) * plane..<Int(channel + 1) * plane]
      #expect(found == sums.map { $0 >= limits[place] }, words)
    }
  }

  private func checkSums(_ problem: Problem, _ level: Level, _ side: GuardedSide, _ words: Comment)
  {
    let (plane, count) = (problem.height * problem.width, problem.channels.count)
    var generator = Generator(seed: 3)
    let (scale, bias) = (generator.values(.integers, count), generator.values(.integers, count))
    let (scales, biases) = (Guarded(scale, touching: side), Guarded(bias, touching: side))
    func run<Number>(
      _ kind: frugal_sums, _ out: Guarded<Number>, accumulates: Bool = false
    ) -> [Number] {
      var finish = frugal_count_finish()
      (finish.kind, finish.factor, finish.plane_stride) = (kind, -3, plane)
      finish.accumulates = accumulates ? 1 : 0
      finish.scale = UnsafePointer(scales.elements.baseAddress)
      finish.bias = UnsafePointer(biases.elements.baseAddress)
      finish.out = UnsafeMutableRawPointer(out.elements.baseAddress)
      problem.run(level, side, &finish)
      return Array(out.elements)
    }
    let integers = Guarded([Int32](repeating: 5, count: count * plane), touching: side)
    let sums = problem.sums.map { -3 * $0 }
    #expect(run(FRUGAL_SUMS_INT32, integers) == sums.map(Int32.init), words)
    #expect(
      run(FRUGAL_SUMS_INT32, integers, accumulates: true) == sums.map { Int32(2 * $0) }, words)
    let shorts = Guarded([Int16](repeating: 5, count: count * plane), touching: side)
    #expect(run(FRUGAL_SUMS_INT16, shorts) == sums.map(Int16.init), words)
    let floats = Guarded([Float](repeating: 5, count: count * plane), touching: side)
    let found = run(FRUGAL_SUMS_FLOAT, floats)
    for (place, channel) in problem.channels.enumerated() {
      let pixels = Int(channel) * plane..<Int(channel + 1) * plane
      #expect(
        found[pixels].elementsEqual(sums[pixels].map { Float($0) * scale[place] + bias[place] }),
        words)
    }
  }

  @Test(arguments: Level.available, [1, 3, 4, 5, 8, 9])
  func sumsOfPlanesAreExact(_ level: Level, _ filters: Int) {
    var generator = Generator(seed: UInt64(filters))
    let maps = [(1, 1), (1, 7), (7, 7), (5, 31), (3, 32), (2, 65), (40, 14), (2, 600)]
    for (index, (height, width)) in maps.enumerated() {
      for (groups, steps, largest) in [
        (1, 1, 4), (3, 9, 2), (2, 63, 2), (4, 31, 4), (2, 126, 1), (2, 32, 4), (1, 300, 2),
      ] {
        let problem = Problem(
          height, width, groups: groups, filters: filters, steps: steps, largest: largest,
          &generator)
        let side = GuardedSide.allCases[(index + steps) % 2]
        let words: Comment = "\(height)×\(width), \(groups) groups, \(steps) steps"
        checkBits(problem, level, side, words)
        checkSums(problem, level, side, words)
      }
    }
  }
}

extension UInt8 {
  /// Numbers from 16 on become the byte of a pixel outside.
  fileprivate var nibbleOrOutside: UInt8 { self < 16 ? self : 128 }
}

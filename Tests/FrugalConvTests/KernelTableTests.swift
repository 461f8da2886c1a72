import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The function tables themselves, where a plan's tolerance would be too wide.
@Suite struct KernelTableTests {
  /// Applies an activation to values, through the table of a level.
  private func apply(
    _ activation: frugal_activation, beta: Float = 1, low: Float = -.infinity,
    high: Float = .infinity, to values: [Float], _ level: Level
  ) -> [Float] {
    var epilogue = frugal_epilogue(
      activation: activation, beta: beta, low: low, high: high, residual: FRUGAL_RESIDUAL_NONE)
    var result = [Float](repeating: 0, count: values.count)
    level.kernels!.pointee.epilogue(
      &epilogue, nil, 0, nil, 0, values, values.count, &result, values.count, 1, values.count)
    return result
  }

  /// The most steps between floats that any result is from the exact value, and where.
  private func worst(
    _ values: [Float], _ results: [Float], _ exact: (Double) -> Double
  ) -> (ulps: Double, at: Float) {
    var worst: (ulps: Double, at: Float) = (0, 0)
    for (x, result) in zip(values, results) {
      let expected = exact(Double(x))
      let off = abs(Double(result) - expected) / Double(Float(expected).ulp)
      if !(off <= worst.ulps) { worst = (off, x) }
    }
    return worst
  }

  /// Every 16,411th float with |x| < limit.
  private func sweep(below limit: Float) -> [Float] {
    let positive = stride(from: 0, to: limit.bitPattern, by: 16_411).map { Float(bitPattern: $0) }
    return positive + positive.map(-)
  }

  @Test(arguments: Level.available) func sigmoidIsWithinTwoUlps(_ level: Level) {
    let values = sweep(below: 128).filter { $0 > -88.3 }
    let worst = worst(values, apply(FRUGAL_SIGMOID, to: values, level)) { 1 / (1 + exp(-$0)) }
    #expect(worst.ulps <= 2, "at \(worst.at)")
    // Below, the sigmoid is at most 5.9·10⁻³⁹, and zero is near enough.
    let far = sweep(below: 1000).filter { $0 < -88.3 }
    let limit = Float(bitPattern: 1 << 22)
    #expect(apply(FRUGAL_SIGMOID, to: far, level).allSatisfy { $0 >= 0 && $0 < limit })
  }

  @Test(arguments: Level.available, [1, -1, 0.5] as [Float])
  func swishIsWithinTwoUlps(_ level: Level, _ beta: Float) {
    let values = sweep(below: 1000 / abs(beta)).filter { beta * $0 > -88.3 }
    let results = apply(FRUGAL_SWISH, beta: beta, to: values, level)
    let worst = worst(values, results) { $0 / (1 + exp(-Double(beta) * $0)) }
    #expect(worst.ulps <= 2, "at \(worst.at)")
    // Below, swish is less than 4·10⁻³⁷, and zero is near enough.
    let far = sweep(below: 1000 / abs(beta)).filter { beta * $0 < -88.3 }
    #expect(
      apply(FRUGAL_SWISH, beta: beta, to: far, level).allSatisfy { abs($0) < 4e-37 / abs(beta) })
  }

  @Test(arguments: Level.available) func activationsAtTheEndsOfTheNumbers(_ level: Level) {
    let ends: [Float] = [-.infinity, -.greatestFiniteMagnitude, -0.0, 0, 88, 200, .infinity]
    #expect(apply(FRUGAL_SIGMOID, to: ends, level) == [0, 0, 0.5, 0.5, 1, 1, 1])
    #expect(
      apply(FRUGAL_SWISH, to: Array(ends[1...]), level)
        == [0, 0, 0, 88, 200, .infinity])
    #expect(
      apply(FRUGAL_HARD_SWISH, to: [-.greatestFiniteMagnitude, -4, -3, 0, 3, 4, .infinity], level)
        == [0, 0, 0, 0, 3, 4, .infinity])
    #expect(apply(FRUGAL_IDENTITY, to: ends, level) == ends)
    #expect(
      apply(FRUGAL_IDENTITY, low: 0, high: 6, to: ends, level) == [0, 0, 0, 0, 6, 6, 6])
  }

  @Test(arguments: Level.available) func nanPassesThroughEveryActivationInEveryLane(
    _ level: Level
  ) {
    let all = [FRUGAL_IDENTITY, FRUGAL_SWISH, FRUGAL_HARD_SWISH, FRUGAL_SIGMOID]
    for activation in all {
      for place in 0..<19 {
        var values = [Float](repeating: 1, count: 19)
        values[place] = .nan
        for (low, high) in [(-Float.infinity, Float.infinity), (0, 6), (0, .infinity)] {
          let result = apply(activation, low: low, high: high, to: values, level)
          #expect(result.indices.filter { result[$0].isNaN } == [place], "\(activation)")
        }
      }
    }
  }

  @Test(arguments: Level.available) func meansKeepTheirPrecisionOnLongRows(_ level: Level) {
    var generator = Generator(seed: 11)
    for count in [1, 7, 8, 9, 63, 64, 1000, 12_345] {
      let rows = generator.values(.reals, 2 * (count + 3)).map { $0 + 1000 }
      var means: [Float] = [0, 0]
      level.kernels!.pointee.mean_rows(rows, count + 3, 2, count, Float(count), &means, 1)
      for row in 0..<2 {
        let elements = rows[row * (count + 3)..<row * (count + 3) + count]
        let exact = elements.reduce(0.0) { $0 + Double($1) } / Double(count)
        // A sum in eight lanes: far better than count roundings in a row.
        let bound = Double(count / 8 + 10) * Double(Float.ulpOfOne) * 1001
        #expect(abs(Double(means[row]) - exact) <= bound, "\(count) elements")
      }
    }
  }

  @Test(arguments: Level.available) func scalesTouchTheirRowsOnly(_ level: Level) {
    for count in [1, 7, 8, 9, 31] {
      var values = [Float](repeating: 3, count: 2 * (count + 2))
      level.kernels!.pointee.scale_rows([2, -1], &values, count + 2, 2, count)
      let expected =
        Array(repeating: Float(6), count: count) + [3, 3]
        + Array(repeating: Float(-3), count: count) + [3, 3]
      #expect(values == expected)
    }
  }

  @Test func everyLevelThatRunsHasAWholeTable() throws {
    var count = 0
    let entries = UnsafeBufferPointer(start: frugal_kernel_entries(&count), count: count)
    #expect(count > 0)
    for level in Level.available {
      let raw = [FRUGAL_LEVEL_PORTABLE, FRUGAL_LEVEL_AVX2, FRUGAL_LEVEL_AVX512][
        try #require(Level.allCases.firstIndex(of: level))]
      let names = Set(
        entries.filter { $0.level == raw }.map { String(cString: $0.kernel) })
      #expect(names.count >= (level == .avx512 ? 1 : 7), "\(level): \(names)")
      #expect(String(cString: level.kernels!.pointee.name) == level.rawValue)
      #expect(level.kernels!.pointee.fma_burst(3).isFinite)
      // Its name, a pointer for every kernel, and a number.
      withUnsafeBytes(of: level.kernels!.pointee) { table in
        #expect(table.bindMemory(to: UInt64.self).allSatisfy { $0 != 0 }, "\(level) lacks a kernel")
      }
    }
    #expect(Level.available.first == .portable)
    #expect(frugal_kernels_at(FRUGAL_LEVEL_COUNT) == nil)
  }
}

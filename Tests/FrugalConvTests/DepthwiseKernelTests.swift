import CKernels
import ReferenceKernels
import Testing

@testable import FrugalConv

/// The depthwise kernel itself, block by block.
@Suite struct DepthwiseKernelTests {
  /// Channels of one extent, a square kernel with "same" borders, and random weights and biases.
  private struct Problem {
    let channels = 5
    let extent: Extent
    let kernel: Int
    let stride: Int
    var map: [Float]
    let weights: [Float]
    let biases: [Float]

    init(_ extent: Extent, kernel: Int, stride: Int) {
      (self.extent, self.kernel, self.stride) = (extent, kernel, stride)
      var generator = Generator(seed: UInt64(extent.width * 100 + kernel * 10 + stride))
      map = generator.values(.reals, channels * extent.height * extent.width)
      weights = generator.values(.reals, channels * kernel * kernel)
      biases = generator.values(.reals, channels)
    }

    var outHeight: Int { (extent.height + stride - 1) / stride }
    var outWidth: Int { (extent.width + stride - 1) / stride }

    /// The result, computed `rows` output rows of `count` channels at a time.
    func run(
      _ level: Level, rows: Int, count: Int, biased: Bool = true, low: Float = -.infinity,
      high: Float = .infinity
    ) -> [Float] {
      let plane = outHeight * outWidth
      var result = [Float](repeating: .nan, count: channels * plane)
      let origin = [frugal_tap_origin(top: -(kernel / 2), left: -(kernel / 2))]
      map.withUnsafeBufferPointer { map in
        origin.withUnsafeBufferPointer { origin in
          biases.withUnsafeBufferPointer { biases in
            var taps = frugal_depthwise(
              map: map.baseAddress, channel_stride: extent.height * extent.width,
              height: extent.height, width: extent.width, kernel_height: kernel,
              kernel_width: kernel, stride_y: stride, stride_x: stride, dilation_y: 1,
              dilation_x: 1, out_width: outWidth, origins: origin.baseAddress, origin_stride: 0)
            var finish = frugal_finish(
              bias: biased ? biases.baseAddress : nil, low: low, high: high)
            var words = [Float](repeating: .nan, count: frugal_depthwise_scratch(&taps))
            result.withUnsafeMutableBufferPointer { result in
              for c0 in stride(from: 0, to: channels, by: count) {
                for y0 in stride(from: 0, to: outHeight, by: rows) {
                  level.kernels!.pointee.depthwise(
                    &taps, weights, &finish, c0, min(channels, c0 + count), y0,
                    min(outHeight, y0 + rows), result.baseAddress! + (c0 * plane + y0 * outWidth),
                    plane, &words)
                }
              }
            }
          }
        }
      }
      return result
    }

    private func stride(from: Int, to: Int, by: Int) -> StrideTo<Int> {
      Swift.stride(from: from, to: to, by: by)
    }
  }

  /// Narrow and wide maps, with and without a rest of a tile; rows for more than one group; whole
  /// planes of each number of rows that has a body.
  private static let extents: [Extent] = [
    7, 8, 14, Extent(3, 2), Extent(23, 5), Extent(7, 9), Extent(30, 33), Extent(13, 40),
    4, Extent(5, 4), 6, Extent(7, 5), Extent(8, 7), 9, Extent(10, 27), Extent(4, 9),
  ]

  /// Calls for fewer than 14 rows sum in one order, wherever they cut the map, calls for more in
  /// another; the maps here come as a whole or in halves of 15 rows.
  @Test(arguments: Level.available, extents)
  func everyCutOfAMapGivesTheSameBits(_ level: Level, _ extent: Extent) {
    for (kernel, stride) in [
      (2, 1), (3, 1), (5, 1), (7, 1), (4, 1), (3, 2), (5, 2), (4, 2), (3, 3),
    ] {
      let problem = Problem(extent, kernel: kernel, stride: stride)
      let height = problem.outHeight
      let short = problem.run(level, rows: 1, count: 1)
      let long = problem.run(level, rows: height, count: problem.channels)
      #expect(short.allSatisfy { $0.isFinite }, "kernel \(kernel), stride \(stride)")
      #expect(zip(short, long).allSatisfy { abs($0 - $1) <= 1e-4 }, "kernel \(kernel)")
      for (rows, count) in [
        (1, 1), (2, 5), (3, 2), (4, 5), (5, 3), (7, 1), (15, 2), (height, 1), (height, 5),
      ] {
        if rows > 7, height % rows != 0 { continue }
        let cut = problem.run(level, rows: rows, count: count)
        #expect(
          cut.map(\.bitPattern) == (rows < 14 ? short : long).map(\.bitPattern),
          "kernel \(kernel), stride \(stride), \(rows) rows of \(count) channels")
      }
    }
  }

  @Test(arguments: Level.available, extents)
  func clampsAndKeepsNaN(_ level: Level, _ extent: Extent) {
    for (kernel, stride) in [(3, 1), (5, 2), (3, 3)] {
      var problem = Problem(extent, kernel: kernel, stride: stride)
      for index in Swift.stride(from: 3, to: problem.map.count, by: 41) {
        problem.map[index] = .nan
      }
      let plain = problem.run(level, rows: 9, count: 3)
      let clamped = problem.run(level, rows: 9, count: 3, low: -0.25, high: 0.5)
      #expect(plain.contains { $0.isNaN } && plain.contains { $0 < -0.25 || $0 > 0.5 })
      for (value, result) in zip(plain, clamped) {
        #expect(
          value.isNaN ? result.isNaN : result == min(max(value, -0.25), 0.5),
          "kernel \(kernel), stride \(stride)")
      }
    }
  }

  @Test(arguments: Level.available) func theBiasIsAllThatAMapOfZerosGives(_ level: Level) {
    var problem = Problem(Extent(6, 19), kernel: 3, stride: 1)
    for index in problem.map.indices { problem.map[index] = 0 }
    #expect(problem.run(level, rows: 6, count: 5, biased: false).allSatisfy { $0 == 0 })
    let biased = problem.run(level, rows: 6, count: 5)
    #expect(biased.indices.allSatisfy { biased[$0] == problem.biases[$0 / (6 * 19)] })
  }
}

import FrugalConv
import ReferenceKernels
import Testing

@Suite struct InterleavedGroupTests {
  @Test(arguments: [(1, 1), (3, 2), (2, 5), (7, 1), (1, 4)], oddShapes)
  func igcv1PrimariesThenSecondaries(_ sizes: (primaries: Int, size: Int), _ extent: Extent) throws
  {
    let convolution = try Convolution.igcv1(
      primaries: sizes.primaries, size: sizes.size, activation: .relu)
    try check(convolution, MapShape(sizes.primaries * sizes.size, extent, images: 2))
  }

  @Test(arguments: [1, 3, 6], [1, 2])
  func igcv1WidenedHasOtherSecondaries(_ widened: Int, _ stride: Int) throws {
    let window = Window(3, stride: Extent(stride))
    let convolution = try Convolution.igcv1(primaries: 4, size: 2, widened: widened, window)
    #expect(convolution.outputChannels == 4 * widened)
    try check(convolution, MapShape(8, Extent(7, 5), images: 2))
  }

  @Test(
    arguments: [[1, 8], [1, 2, 4], [1, 4, 2], [2, 4], [4, 2], [8], [1, 2, 2, 2], [8, 1]], [1, 2])
  func igcv2FactorsJoinOneDigitEach(_ sizes: [Int], _ stride: Int) throws {
    let window = Window(3, stride: Extent(stride))
    let convolution = try Convolution.igcv2(8, groupSizes: sizes, window, activation: .relu)
    for extent in [1, Extent(5, 7)] as [Extent] {
      try check(convolution, MapShape(8, extent, images: 2))
    }
  }

  @Test func igcv2OfManyChannelsAndStrips() throws {
    try check(.igcv2(30, groupSizes: [1, 5, 6]), MapShape(30, Extent(23, 20)))
    try check(.igcv2(33, groupSizes: [1, 3, 11]), MapShape(33, Extent(3, 5), images: 5), .reals)
  }

  @Test(
    arguments: [(6, 6, 2, 2, 3), (4, 8, 2, 4, 2), (8, 6, 4, 2, 1), (3, 5, 1, 1, 2)], oddShapes)
  func igcv3ExpandsPermutesAndReduces(_ p: (Int, Int, Int, Int, Int), _ extent: Extent) throws {
    for stride in [1, 2] as [Extent] {
      let convolution = try Convolution.igcv3Block(
        p.0, p.1, expansion: p.4, groups: (p.2, p.3), Window(3, stride: stride))
      try check(convolution, MapShape(p.0, extent, images: 2))
    }
  }

  /// No split into two has a smaller sum.
  @Test func balancedSizesAreTheBestSplit() throws {
    for channels in 1...200 {
      let sizes = try Convolution.balancedGroupSizes(channels: channels, count: 2)
      let sums = (1...channels).filter { channels % $0 == 0 }.map { $0 + channels / $0 }
      #expect(sizes[0] * sizes[1] == channels && sizes[0] >= sizes[1])
      #expect(sizes.reduce(0, +) == sums.min())
    }
  }

  @Test func balancedSizesMultiplyToTheChannelsAndAreNearlyEqual() throws {
    let expected: [(Int, Int, [Int])] = [
      (64, 2, [8, 8]), (64, 3, [4, 4, 4]), (416, 2, [26, 16]), (7, 2, [7, 1]), (1, 3, [1, 1, 1]),
      (36, 2, [6, 6]), (72, 2, [9, 8]), (288, 2, [18, 16]), (30, 3, [5, 3, 2]), (64, 1, [64]),
    ]
    for (channels, count, sizes) in expected {
      #expect(try Convolution.balancedGroupSizes(channels: channels, count: count) == sizes)
    }
  }
}

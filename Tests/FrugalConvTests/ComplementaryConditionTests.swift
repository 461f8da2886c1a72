import FrugalConv
import Testing

@Suite struct ComplementaryConditionTests {
  @Test(arguments: [(1, 1), (2, 3), (4, 4), (24, 2), (3, 7)])
  func igcv1IsStrict(_ sizes: (Int, Int)) throws {
    let convolution = try Convolution.igcv1(primaries: sizes.0, size: sizes.1)
    #expect(convolution.isStrictlyComplementary && convolution.isLooselyComplementary)
  }

  @Test(arguments: [[1, 8, 8], [1, 4, 4, 4], [2, 3], [2, 3, 4], [6], [1, 30]])
  func igcv2IsStrict(_ sizes: [Int]) throws {
    let channels = sizes.reduce(1, *)
    #expect(try Convolution.igcv2(channels, groupSizes: sizes).isStrictlyComplementary)
  }

  @Test func igcv3IsLooseAndNotStrict() throws {
    let block = try Convolution.igcv3Block(8, 8)
    #expect(block.isLooselyComplementary && !block.isStrictlyComplementary)
    // Two groups, then two: an input reaches 12 of the 24 channels of each half.
    #expect(block.paths.allSatisfy { $0.allSatisfy { $0 == 12 } })
  }

  @Test func aGroupedPairWithoutPermutationIsNeither() throws {
    let grouped = try Convolution.grouped(8, 8, groups: 2)
    let pair = try grouped.followed(by: grouped)
    #expect(!pair.isLooselyComplementary && !pair.isStrictlyComplementary)
    #expect(pair.paths[0] == [4, 4, 4, 4, 0, 0, 0, 0])
    #expect(pair.paths[7] == [0, 0, 0, 0, 4, 4, 4, 4])
  }

  @Test func depthwiseReachesOnlyItsOwnChannel() throws {
    let depthwise = try Convolution.depthwise(3, Window(3))
    #expect(depthwise.paths == [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    #expect(!depthwise.isLooselyComplementary)
    #expect(try Convolution.pointwise(3, 2).isStrictlyComplementary)
  }

  @Test func countsOfManyPathsDoNotOverflow() throws {
    var convolution = try Convolution.pointwise(64, 64)
    for _ in 0..<14 { convolution = try convolution.followed(by: .pointwise(64, 64)) }
    #expect(convolution.paths[0][0] == 1 << 40)
  }
}

import FrugalConv
import Testing

/// Costs against the papers' formulas, written out anew.
@Suite struct CostTests {
  private func costs(
    _ convolution: Convolution, height: Int = 7, width: Int = 9, images: Int = 1
  ) throws -> Costs {
    try convolution.costs(
      for: MapShape(
        images: images, channels: convolution.channels, height: height, width: width))
  }

  // MARK: Shift (ShiftNet)

  @Test(arguments: [(16, 16, 3), (8, 24, 1), (64, 32, 9)])
  func convShiftConv(_ p: (c: Int, d: Int, e: Int)) throws {
    let block = try Convolution.convShiftConv(p.c, p.d, expansion: p.e, stride: 2)
    let costs = try costs(block, height: 8, width: 10)
    let expanded = p.e * p.d
    #expect(costs.weights == expanded * (p.c + p.d))
    #expect(costs.biases == expanded + p.d)
    #expect(costs.multiplyAdds == p.c * expanded * 80 + expanded * p.d * 20)
  }

  @Test func wholeDisplacementsAreFreeAndRealOnesAreNot() throws {
    let pointwise = try costs(.pointwise(5, 3))
    #expect(try costs(.shift(.evenlySpread(channels: 5), 3)) == pointwise)
    let displacements = [RealDisplacement](repeating: RealDisplacement(dy: 0.5, dx: 1), count: 5)
    let active = try costs(.activeShift(displacements, 3), images: 2)
    #expect(active.weights == 3 * 5 + 2 * 5)
    #expect(active.multiplyAdds == 2 * 63 * (3 * 5 + 4 * 5))
  }

  // MARK: IGCV1

  @Test func igcv1HasLMMSPlusMLLWeights() throws {
    for l in 1...30 {
      for m in 1...6 {
        for k in [1, 3, 5] {
          let s = k * k
          let igc = try costs(.igcv1(primaries: l, size: m, Window(Extent(k))))
          #expect(igc.weights == l * m * m * s + m * l * l)
          #expect(igc.multiplyAdds == igc.weights * 63)
          #expect(igc.biases == l * m)
        }
      }
    }
    #expect(try costs(.igcv1(primaries: 24, size: 2)).weights == 2016)
  }

  @Test func igcv1IsWiderThanADenseWindowExactlyWhenThePaperSaysSo() throws {
    for l in 2...40 {
      for m in 1...8 {
        for k in [1, 2, 3] {
          let window = Window(Extent(k))
          let igc = try costs(.igcv1(primaries: l, size: m, window))
          let dense = try costs(.window(l * m, l * m, window))
          // As wide as G, dense costs more: of equal cost it is narrower. L/(L−1) < M·S.
          #expect((dense.weights > igc.weights) == (l < m * k * k * (l - 1)), "L \(l), M \(m)")
        }
      }
    }
  }

  @Test func igcv1IsWidestWhereLEqualsMS() throws {
    for l in 1...60 {
      for m in 1...8 {
        for s in [1, 4, 9] {
          let window = Window(Extent(s == 1 ? 1 : s == 4 ? 2 : 3))
          let t = try costs(.igcv1(primaries: l, size: m, window)).weights
          // T² ≥ 4·S·G³, equal only at the optimum.
          let bound = 4 * s * l * m * l * m * l * m
          #expect(t * t >= bound)
          #expect((t * t == bound) == (l == m * s), "L \(l), M \(m), S \(s)")
        }
      }
    }
  }

  // MARK: IGCV2

  @Test(
    arguments: [
      ([1, 64], 4672), ([1, 8, 8], 1600), ([1, 4, 4, 4], 1344), ([64], 36864), ([2, 8, 4], 1920),
    ])
  func igcv2WorkedValues(_ sizes: [Int], _ weights: Int) throws {
    let costs = try costs(.igcv2(64, groupSizes: sizes))
    #expect(costs.weights == weights)
    #expect(costs.multiplyAdds == weights * 63)
    #expect(costs.biases == 64)
  }

  @Test func igcv2NamedNeighboursCostTheSame() throws {
    #expect(try costs(.window(64, 64, Window(3))).weights == 36864)
    #expect(try costs(.depthwiseSeparable(64, 64)).weights == 4672)
  }

  @Test(arguments: [
    [1, 64], [1, 8, 8], [1, 4, 4, 4], [64], [2, 8, 4], [8, 8], [4, 16], [2, 32],
  ])
  func igcv2MeetsItsBoundOnlyInBalance(_ sizes: [Int]) throws {
    for k in [1, 2, 3, 4] {
      let s = k * k
      let q = try costs(.igcv2(64, groupSizes: sizes, Window(Extent(k)))).weights
      // Q ≥ L·C·(S·C)^(1/L), to the power of L; equal when S·K₁ = K₂ = … = K_L.
      let l = sizes.count
      let left = (0..<l).reduce(1.0) { product, _ in product * Double(q) / Double(l * 64) }
      let isBalanced = sizes.dropFirst().allSatisfy { $0 == s * sizes[0] }
      #expect(left >= Double(s * 64) * (1 - 1e-12))
      #expect((abs(left - Double(s * 64)) < 1e-6) == isBalanced, "\(sizes), S \(s)")
    }
  }

  // MARK: Blocks

  @Test(arguments: [(24, 32, 6), (8, 8, 2)])
  func igcv3AndMobileNetV2Blocks(_ p: (c: Int, d: Int, t: Int)) throws {
    let (e, s) = (p.t * p.c, 9)
    let mobile = try costs(.mobileNetV2Block(p.c, p.d, expansion: p.t))
    #expect(mobile.weights == e * p.c + s * e + e * p.d)
    #expect(mobile.biases == e + e + p.d)
    let igc = try costs(.igcv3Block(p.c, p.d, expansion: p.t, groups: (2, 4)))
    #expect(igc.weights == e * p.c / 2 + s * e + e * p.d / 4)
    #expect(igc.multiplyAdds == igc.weights * 63)
    let single = try costs(.mobileNetV2Block(p.c, p.d, expansion: 1))
    #expect(single.weights == s * p.c + p.c * p.d)
  }

  /// EfficientNet-B0: channels in and out, kernel, stride, expansion, hidden, output size, and the
  /// parameters of papers.md 3.3 (without batch norm).
  @Test(
    arguments: [
      (32, 16, 3, 1, 1, 8, 112, 1352), (16, 24, 3, 2, 6, 4, 56, 5572),
      (24, 24, 3, 1, 6, 6, 56, 10086), (24, 40, 5, 2, 6, 6, 28, 14694),
      (40, 40, 5, 1, 6, 10, 28, 30250), (40, 80, 3, 2, 6, 10, 14, 36010),
      (80, 80, 3, 1, 6, 20, 14, 100820), (80, 112, 5, 1, 6, 20, 14, 123860),
      (112, 112, 5, 1, 6, 28, 14, 205660), (112, 192, 5, 2, 6, 28, 7, 259420),
      (192, 192, 5, 1, 6, 48, 7, 582960), (192, 320, 3, 1, 6, 48, 7, 711984),
    ])
  func dsBlocksAreEfficientNets(
    _ p: (c: Int, d: Int, k: Int, stride: Int, t: Int, hidden: Int, size: Int, parameters: Int)
  ) throws {
    let window = Window(
      Extent(p.k), stride: Extent(p.stride), padding: .sameTensorFlow)
    func block(hidden: Int? = nil, extra: Bool = false) throws -> Costs {
      try costs(
        .dsBlock(
          p.c, p.d, expansion: p.t, window, hidden: hidden, extraPointwise: extra, bias: false),
        height: p.size * p.stride, width: p.size * p.stride)
    }
    let plain = try block(hidden: p.hidden)
    #expect(plain.parameters == p.parameters)
    let (e, area) = (p.c * p.t, p.size * p.size)
    let first = p.t == 1 ? 0 : p.c * e * area * p.stride * p.stride
    #expect(plain.multiplyAdds == first + (p.k * p.k * e + e * p.d) * area + 2 * e * p.hidden)
    // Conv_1 / 24 is EfficientNet's number in all but the first block.
    if p.t == 6 { #expect(try block() == plain) }
    // The literal text's 1×1 before the depthwise.
    let extra = try block(hidden: p.hidden, extra: true)
    #expect(extra.parameters - plain.parameters == e * e)
    #expect(extra.multiplyAdds - plain.multiplyAdds == e * e * area * p.stride * p.stride)
  }

  // MARK: Stages

  @Test func weightCountsAreTheDocumentedLayoutsStageByStage() throws {
    let displacements = [RealDisplacement](repeating: RealDisplacement(dy: 0.5, dx: 1), count: 5)
    let cases: [(Convolution, [Int])] = try [
      (.igcv1(primaries: 4, size: 3, widened: 5), [4 * 5 * 3 * 9, 5 * 4 * 4]),
      (.igcv2(24, groupSizes: [1, 4, 6]), [24 * 9, 24 * 4, 24 * 6]),
      (.igcv3Block(8, 12, expansion: 3, groups: (2, 4)), [24 * 8 / 2, 24 * 9, 12 * 24 / 4]),
      // Neither squeeze-excite nor displacements are among a stage's `weights`.
      (.dsBlock(4, 6, expansion: 2, hidden: 3), [8 * 4, 8 * 9, 6 * 8]),
      (.activeShift(displacements, 3), [3 * 5]),
      (.lowRankInSpace(5, rank: 3, 7, kernel: 5), [3 * 5 * 5, 7 * 3 * 5]),
      (
        .window(4, 6, Window(3)).followed(by: .pooling(6, .maximum, Window(2)))
          .followed(by: .depthwise(6, Window(5))), [6 * 4 * 9, 0, 6 * 25]
      ),
    ]
    for (convolution, counts) in cases {
      #expect(convolution.weightCounts == counts, "\(convolution)")
    }
  }

  // MARK: The rest

  @Test func lowRankPaysOffExactlyBelowItsBreakEven() throws {
    let (c, d, k) = (12, 20, 3)
    let window = Window(Extent(k))
    let dense = try costs(.window(c, d, window)).weights
    for rank in 1...80 {
      let inSpace = try costs(.lowRankInSpace(c, rank: rank, d, kernel: k)).weights
      #expect(inSpace == k * c * rank + k * rank * d)
      #expect((inSpace < dense) == (rank * (c + d) < k * c * d))
      let inChannels = try costs(.lowRankInChannels(c, rank: rank, d, window)).weights
      #expect(inChannels == c * rank * k * k + rank * d)
      #expect((inChannels < dense) == (rank * (c * k * k + d) < d * c * k * k))
    }
  }

  @Test func batchesMultiplyTheWorkAndNotTheParameters() throws {
    let block = try Convolution.dsBlock(4, 6)
    let (one, five) = (try costs(block), try costs(block, images: 5))
    #expect(five.parameters == one.parameters)
    #expect(five.multiplyAdds == 5 * one.multiplyAdds)
  }

  @Test func leastBytesAreInputOutputResidualAndParameters() throws {
    var convolution = try Convolution.pointwise(3, 5, stride: 2)
    let (input, output, parameters) = (2 * 3 * 63, 2 * 5 * 4 * 5, 3 * 5 + 5)
    #expect(try costs(convolution, images: 2).leastBytes == 4 * (input + output + parameters))
    for source in [Residual.Source.map, .output] {
      convolution.residual = Residual(source)
      #expect(
        try costs(convolution, images: 2).leastBytes == 4 * (input + 2 * output + parameters))
    }
  }

  @Test func poolingIsFree() throws {
    for convolution in [
      try Convolution.pooling(3, .maximum, Window(2)), try .globalAverage(3),
    ] {
      let costs = try costs(convolution)
      #expect(costs.parameters == 0 && costs.multiplyAdds == 0)
    }
  }

  @Test func aPlanCarriesTheCostsOfItsConvolution() throws {
    let convolution = try Convolution.igcv3Block(4, 6)
    let shape = MapShape(images: 2, channels: 4, height: 5, width: 6)
    #expect(try convolution.plan(for: shape).costs == convolution.costs(for: shape))
  }
}

import FrugalConv
import ReferenceKernels
import Testing

/// What must hold between operators, whatever the numbers.
@Suite struct InvariantTests {
  private let shape = MapShape(6, Extent(7, 9), images: 2)

  private func input(seed: UInt64 = 1) -> [Float] {
    var generator = Generator(seed: seed)
    return generator.values(.integers, shape.count)
  }

  private func stage(_ spatial: SpatialStep) throws -> Convolution {
    try Convolution(channels: 6, stages: [Stage(spatial, bias: false)])
  }

  @Test func shiftThereAndBackRestoresTheInterior() throws {
    let there = (0..<6).map { Displacement(dy: $0 % 3 - 1, dx: 2 - $0) }
    let back = there.map { Displacement(dy: -$0.dy, dx: -$0.dx) }
    let convolution = try stage(.shift(there)).followed(by: stage(.shift(back)))
    let (x, none) = (input(), [StageParameters(), StageParameters()])
    let y = try output(of: convolution, none, x, shape)
    for i in x.indices {
      let (plane, pixel) = i.quotientAndRemainder(dividingBy: shape.planeSize)
      let (row, column) = pixel.quotientAndRemainder(dividingBy: shape.width)
      let (dy, dx) = (back[plane % 6].dy, back[plane % 6].dx)
      let survives =
        (0..<shape.height).contains(row + dy) && (0..<shape.width).contains(column + dx)
      #expect(y[i] == (survives ? x[i] : 0), "channel \(plane % 6), row \(row), column \(column)")
    }
  }

  @Test func oneHotDepthwiseIsAShift() throws {
    let displacements = (0..<6).map { Displacement(dy: $0 % 3 - 1, dx: $0 / 2 - 1) }
    let weights = displacements.flatMap { d in
      (0..<9).map { Float($0 / 3 - 1 == d.dy && $0 % 3 - 1 == d.dx ? 1 : 0) }
    }
    for stride in [1, 2] as [Extent] {
      let depthwise = try Convolution.depthwise(6, Window(3, stride: stride), bias: false)
      #expect(
        try output(of: depthwise, [StageParameters(weights: weights)], input(), shape)
          == output(
            of: stage(.shift(displacements, stride: stride)), [StageParameters()], input(), shape))
    }
  }

  @Test func windowIsTheSumOfItsShiftedPointwises() throws {
    let window = Window(Extent(3, 2), dilation: Extent(1, 3))
    let experiment = try Experiment(.window(6, 4, window, bias: false), shape)
    let given = experiment.parameters[0]
    var sum = [Float](repeating: 0, count: experiment.outputShape.count)
    for tap in 0..<6 {
      // Padding "same": one row above, ⌊3/2⌋ columns to the left.
      let displacement = Displacement(dy: tap / 2 - 1, dx: tap % 2 * 3 - 1)
      let shift = try Convolution.shift(Array(repeating: displacement, count: 6), 4, bias: false)
      let weights = (0..<24).map { given.weights[$0 * 6 + tap] }
      let part = try output(
        of: shift, [StageParameters(weights: weights, scale: given.scale)], experiment.input, shape)
      for i in sum.indices { sum[i] += part[i] }
    }
    let direct = try output(
      of: experiment.convolution, experiment.parameters, experiment.input, shape)
    #expect(sum == direct)
    #expect(direct.contains { $0 != 0 })
  }

  @Test(arguments: [(4, 1, 3, 2), (6, 2, 2, 3), (1, 3, 4, 1)])
  func groupStridesAreABijection(_ p: (size: Int, stride: Int, blocks: Int, other: Int)) throws {
    let channels = p.size * p.stride * p.blocks * p.other
    let groups = try ChannelGroups(channels: channels, size: p.size, stride: p.stride)
    let all = (0..<groups.count).flatMap { group in
      (0..<groups.size).map { groups.channel($0, of: group) }
    }
    #expect(all.sorted() == Array(0..<channels))
  }

  @Test(arguments: [(2, 3), (3, 2), (6, 1), (1, 6)])
  func permutationAndItsInverseRestoreTheChannels(_ sizes: (groups: Int, size: Int)) throws {
    // Identity blocks from contiguous to interleaved groups are IGC's reorder, and back.
    let contiguous = try ChannelGroups.contiguous(channels: 6, groups: sizes.groups)
    let interleaved = try ChannelGroups.interleaved(channels: 6, groups: sizes.groups)
    func permutation(_ from: ChannelGroups, _ to: ChannelGroups) throws -> Convolution {
      try Convolution(
        channels: 6, stages: [Stage(.none(), .groups(inputs: from, outputs: to), bias: false)])
    }
    let identity = StageParameters(
      weights: (0..<6).flatMap { d in (0..<sizes.size).map { d % sizes.size == $0 ? 1 : 0 } })
    let there = try permutation(contiguous, interleaved)
    let x = input()
    let moved = try output(of: there, [identity], x, shape)
    let plane = shape.planeSize
    for channel in 0..<6 {
      // out[j·G + g] = in[g·N/G + j]
      let from = channel % sizes.groups * sizes.size + channel / sizes.groups
      #expect(
        moved[channel * plane..<(channel + 1) * plane].elementsEqual(
          x[from * plane..<(from + 1) * plane]))
    }
    let both = try there.followed(by: permutation(interleaved, contiguous))
    #expect(try output(of: both, [identity, identity], x, shape) == x)
  }

  @Test(arguments: [
    try! Convolution.igcv1(primaries: 3, size: 2, Window(1), bias: false),
    try! .igcv1(primaries: 2, size: 3, widened: 4, Window(1), bias: false),
    try! .igcv2(6, groupSizes: [2, 3], Window(1), bias: false),
    try! .igcv2(6, groupSizes: [1, 3, 2], Window(1), bias: false),
  ])
  func interleavedGroupsEqualTheDenseProductOfTheirBlocks(_ convolution: Convolution) throws {
    let experiment = try Experiment(convolution, shape)
    // Column c of the product of the stages' block matrices, in integers.
    let matrices = zip(convolution.stages, experiment.parameters).map(blockMatrix)
    let dense = matrices.dropFirst().reduce(matrices[0]) { multiply($1, $0) }
    let pointwise = try Convolution.pointwise(6, convolution.outputChannels, bias: false)
    let expected = try output(
      of: pointwise, [StageParameters(weights: dense.flatMap { $0 })], experiment.input, shape)
    #expect(
      try output(of: convolution, experiment.parameters, experiment.input, shape) == expected)
    #expect(dense.allSatisfy { row in row.contains { $0 != 0 } })
  }

  /// The matrix `[outputs][inputs]` of a stage without taps.
  private func blockMatrix(_ stage: Stage, _ parameters: StageParameters) -> [[Float]] {
    guard case .groups(let inputs, let outputs) = stage.mix else {
      return parameters.weights.indices.map { c in
        parameters.weights.indices.map { $0 == c ? parameters.weights[c] * parameters.scale[c] : 0 }
      }
    }
    var matrix = [[Float]](
      repeating: Array(repeating: 0, count: inputs.channels), count: outputs.channels)
    var index = 0
    for group in 0..<inputs.count {
      for to in 0..<outputs.size {
        for from in 0..<inputs.size {
          let row = outputs.channel(to, of: group)
          matrix[row][inputs.channel(from, of: group)] =
            parameters.weights[index] * parameters.scale[row]
          index += 1
        }
      }
    }
    return matrix
  }

  private func multiply(_ a: [[Float]], _ b: [[Float]]) -> [[Float]] {
    a.map { row in
      b[0].indices.map { j in row.indices.reduce(0) { $0 + row[$1] * b[$1][j] } }
    }
  }
}

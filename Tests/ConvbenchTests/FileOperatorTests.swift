import FrugalConv
import FrugalFiles
import Testing

@testable import convbench

/// `convbench run`: what does not fit is refused before anything runs.
@Suite struct FileOperatorTests {
  func file(_ shape: Int..., value: Float = 1) throws -> NumPyArray {
    let count = shape.reduce(1, *)
    return try NumPyArray(
      shape: shape, elements: .float32([Float](repeating: value, count: count)))
  }

  func make(
    _ name: FileOperator.Name, channels: Int = 4, _ weights: [NumPyArray],
    shifts: NumPyArray? = nil, groups: [Int] = []
  ) throws -> FileOperator {
    try FileOperator(
      name: name, channels: channels, weights: weights, bias: nil, shifts: shifts, groups: groups,
      stride: 1, dilation: 1, padding: .same, activation: .identity)
  }

  @Test func eachOperatorIsTheConvolutionOfItsName() throws {
    let shifts = try NumPyArray(shape: [4, 2], elements: .int64([0, 1, -1, 0, 2, 2, 0, 0]))
    let displacements = [(0, 1), (-1, 0), (2, 2), (0, 0)].map { Displacement(dy: $0.0, dx: $0.1) }
    #expect(
      try make(.pointwise, [file(6, 4, 1, 1)]).convolution == .pointwise(4, 6, bias: false))
    #expect(
      try make(.grouped, [file(6, 2, 3, 3)], groups: [2]).convolution
        == .grouped(4, 6, groups: 2, Window(3), bias: false))
    #expect(
      try make(.depthwise, [file(4, 1, 5, 5)]).convolution
        == .depthwise(4, Window(5), bias: false))
    #expect(
      try make(.window, [file(6, 4, 1, 3)]).convolution
        == .window(4, 6, Window(Extent(1, 3)), bias: false))
    #expect(
      try make(.shift, [file(6, 4, 1, 1)], shifts: shifts).convolution
        == .shift(displacements, 6, bias: false))
    #expect(
      try make(.igcv1, [file(4, 2, 3, 3), file(4, 2, 1, 1)], groups: [2, 2]).convolution
        == .igcv1(primaries: 2, size: 2, widened: 2, bias: false))
  }

  @Test func binaryOperatorsAreThoseInFloatsWithoutABias() throws {
    let shifts = try NumPyArray(shape: [4, 2], elements: .int64([0, 1, -1, 0, 2, 2, 0, 0]))
    #expect(
      try make(.binary1x1, [file(6, 4, 1, 1)]).convolution
        == make(.pointwise, [file(6, 4, 1, 1)]).convolution)
    #expect(
      try make(.binary3x3, [file(6, 4, 3, 3)]).convolution
        == make(.window, [file(6, 4, 3, 3)]).convolution)
    #expect(
      try make(.binaryGrouped3x3, [file(6, 2, 3, 3)], groups: [2]).convolution
        == make(.grouped, [file(6, 2, 3, 3)], groups: [2]).convolution)
    #expect(
      try make(.binaryShift, [file(6, 4, 1, 1)], shifts: shifts).convolution
        == make(.shift, [file(6, 4, 1, 1)], shifts: shifts).convolution)
    #expect(throws: (any Error).self) { try make(.binary3x3, [file(6, 4, 5, 5)]) }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let square = try file(4, 4, 1, 1)
    #expect(throws: (any Error).self) { try make(.pointwise, [file(4, 4)]) }
    #expect(throws: (any Error).self) { try make(.pointwise, [file(4, 4, 3, 3)]) }
    #expect(throws: (any Error).self) { try make(.pointwise, [square, square]) }
    #expect(throws: (any Error).self) { try make(.pointwise, [square], groups: [2]) }
    #expect(throws: (any Error).self) { try make(.grouped, [square]) }
    #expect(throws: FrugalConvError.channelsNotDivisible(channels: 4, by: 3)) {
      try make(.grouped, [square], groups: [3])
    }
    #expect(throws: (any Error).self) { try make(.shift, [square]) }
    #expect(throws: (any Error).self) { try make(.shift, [square], shifts: file(4, 2)) }
    #expect(throws: (any Error).self) { try make(.shift, [square], shifts: file(4, 3)) }
    #expect(throws: (any Error).self) { try make(.pointwise, [square], shifts: file(4, 2)) }
    #expect(throws: FrugalConvError.channelMismatch(expected: 3, found: 4)) {
      let shifts = try NumPyArray(shape: [3, 2], elements: .int8([0, 0, 1, 1, 2, 2]))
      return try make(.shift, [file(4, 3, 1, 1)], shifts: shifts)
    }
    #expect(throws: (any Error).self) {
      try make(.activeShift, [square], shifts: file(4, 2, value: .nan))
        .convolution.plan(for: MapShape(channels: 4, height: 3, width: 3))
    }
    #expect(throws: (any Error).self) { try make(.igcv1, [square], groups: [2, 2]) }
    #expect(throws: (any Error).self) { try make(.igcv1, [square, square], groups: [0, 4]) }
  }
}

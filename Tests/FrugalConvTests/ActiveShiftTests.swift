import FrugalConv
import ReferenceKernels
import Testing

@Suite struct ActiveShiftTests {
  private func random(_ channels: Int, reach: Float, quarters: Bool) -> [RealDisplacement] {
    var generator = Generator(seed: 5)
    func number() -> Float {
      let value = generator.real() * reach
      return quarters ? (value * 4).rounded() / 4 : value
    }
    return (0..<channels).map { _ in RealDisplacement(dy: number(), dx: number()) }
  }

  @Test(arguments: oddShapes, [1, 2, Extent(2, 3)] as [Extent])
  func quartersOfPixelsAreExact(_ extent: Extent, _ stride: Extent) throws {
    let displacements = random(7, reach: 2.5, quarters: true)
    try check(.activeShift(displacements, 3, stride: stride), MapShape(7, extent, images: 2))
  }

  @Test(arguments: oddShapes, [1, 2] as [Extent])
  func anyFractionIsInterpolated(_ extent: Extent, _ stride: Extent) throws {
    let displacements = random(7, reach: 3, quarters: false)
    try check(
      .activeShift(displacements, 3, stride: stride, activation: .relu),
      MapShape(7, extent, images: 2))
  }

  @Test func manyChannelsAndStrips() throws {
    let displacements = random(150, reach: 3, quarters: true)
    try check(.activeShift(displacements, 2), MapShape(150, Extent(23, 20)))
  }

  @Test func wholeDisplacementsEqualAShift() throws {
    let whole = [(0, 0), (1, -2), (-3, 1), (9, 9), (-1, 0)]
    let shape = MapShape(5, Extent(6, 9), images: 2)
    let shift = try Convolution.shift(whole.map { Displacement(dy: $0.0, dx: $0.1) }, 4)
    let active = try Convolution.activeShift(
      whole.map { RealDisplacement(dy: Float($0.0), dx: Float($0.1)) }, 4)
    let experiment = try Experiment(shift, shape)
    let result = try output(of: active, experiment.parameters, experiment.input, shape)
    #expect(experiment.firstDifference(result) == nil)
    try check(active, shape)
  }

  @Test(arguments: [1e9, -1e9, 3e38, -3e38, 0x1p31, -0x1p31, 1e-30, -1e-30, -1e-9] as [Float])
  func hugeAndTinyDisplacementsDoNotTrap(_ far: Float) throws {
    let displacements = [
      RealDisplacement(dy: far, dx: 0.5), RealDisplacement(dy: 0.25, dx: far),
      RealDisplacement(dy: far, dx: -far), RealDisplacement(dy: 0.5, dx: 0.5),
    ]
    try check(.activeShift(displacements, 3), MapShape(4, Extent(5, 6)), .reals)
  }

  @Test func displacementsAtTheBorderFadeToZero() throws {
    for edge in [-0.5, -0.999, 3.5, 4.5, -4.25] as [Float] {
      let displacements = [RealDisplacement(dy: edge, dx: edge)]
      try check(.activeShift(displacements, 1), MapShape(1, Extent(4, 5)), .reals)
    }
  }
}

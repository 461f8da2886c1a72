import FrugalConv
import ReferenceKernels
import Testing

@Suite struct PointwiseTests {
  @Test(
    arguments: [(1, 1), (3, 7), (7, 3), (33, 33)], oddShapes)
  func pointwiseAddsAllChannels(_ channels: (Int, Int), _ extent: Extent) throws {
    try check(.pointwise(channels.0, channels.1), MapShape(channels.0, extent))
  }

  @Test(arguments: [2, 3, Extent(1, 2), Extent(5, 4)] as [Extent])
  func pointwiseStrideTakesEveryNthPixel(_ stride: Extent) throws {
    for extent in oddShapes {
      try check(.pointwise(3, 5, stride: stride, activation: .relu), MapShape(3, extent, images: 2))
    }
  }

  @Test func batchesOfImagesDoNotMix() throws {
    try check(.pointwise(7, 3, activation: .relu6), MapShape(7, Extent(3, 5), images: 5))
    try check(.pointwise(7, 3, bias: false), MapShape(7, Extent(3, 5), images: 5), .reals)
  }

  @Test func manyOutputsAndStripsAreCutIntoTasks() throws {
    try check(.pointwise(3, 150), MapShape(3, Extent(23, 23)))
    try check(.pointwise(160, 3), MapShape(160, Extent(23, 20)))
    try check(.pointwise(5, 130), MapShape(5, Extent(45, 21), images: 3))
    try check(.pointwise(5, 70, stride: 2), MapShape(5, Extent(45, 45)))
  }

  /// Outputs beyond the sixes and fours of a panel, columns beyond the sixteens and eights of a tile.
  @Test(arguments: Array(1...14) + [20, 21])
  func everyWidthOfPanelMeetsEveryWidthOfTile(_ outputs: Int) throws {
    for columns in Array(1...18) + [23, 24, 25, 31, 33] {
      let shape = MapShape(5, Extent(1, columns))
      try check(.pointwise(5, outputs, activation: .relu), shape, seed: UInt64(columns))
    }
  }

  /// 140 and 280 outputs leave few behind the last cut, where panels are no longer six wide.
  @Test(arguments: [128, 134, 140, 143, 280])
  func manyOutputsAreCutBetweenPanels(_ outputs: Int) throws {
    let chain = try Convolution.pointwise(2, outputs)
      .followed(by: .shift(.evenlySpread(channels: outputs), 1))
    try check(chain, MapShape(2, Extent(16, 15)), forms: [.tileCopy, .displacedWrite])
    var adding = try Convolution.pointwise(2, outputs, activation: .relu)
    adding.residual = Residual(.output, .afterActivation)
    try check(adding, MapShape(2, Extent(16, 15)))
  }

  @Test(arguments: [(1, 1), (7, 3), (33, 130)], [1, 5])
  func fullyConnectedLayerIsAPointwiseConvolutionOfOnePixel(
    _ channels: (Int, Int), _ images: Int
  ) throws {
    let shape = MapShape(channels.0, 1, images: images)
    try check(.fullyConnected(channels.0, channels.1), shape)
    try check(.fullyConnected(channels.0, channels.1, activation: .relu), shape)
    try check(.fullyConnected(channels.0, channels.1), shape, .reals)
  }

  @Test(arguments: [(4, 8, 2), (9, 3, 3), (33, 33, 33), (12, 12, 1)], oddShapes)
  func groupedPointwiseSeesItsOwnGroup(_ sizes: (Int, Int, Int), _ extent: Extent) throws {
    try check(.grouped(sizes.0, sizes.1, groups: sizes.2), MapShape(sizes.0, extent, images: 2))
  }

  @Test func groupsWithStridesOfInputsAndOutputsAreFollowed() throws {
    // Inputs 2 apart in blocks of 6, outputs 4 apart: no named operator has this pair.
    let mix = ChannelMix.groups(
      inputs: try ChannelGroups(channels: 12, size: 3, stride: 2),
      outputs: try ChannelGroups(channels: 8, size: 2, stride: 4))
    for step in [SpatialStep.none(), .none(stride: 2), .window(Window(3))] {
      let convolution = try Convolution(channels: 12, stages: [Stage(step, mix)])
      try check(convolution, MapShape(12, Extent(5, 7), images: 2))
    }
  }

  /// The last columns, that fill no vector, of planes that are lines apart: one that goes with a
  /// tile, few enough floats to be moved together, and too many.
  @Test(arguments: [Extent(1, 33), Extent(1, 36), Extent(1, 39), Extent(7, 7)])
  func columnsLeftOverHaveTheirOwnRows(_ extent: Extent) throws {
    try check(.pointwise(640, 14, activation: .relu), MapShape(640, extent))
  }

  /// More product rows, and more weights, than are multiplied at a time.
  @Test(arguments: [Extent(3, 3), Extent(1, 33)])
  func blocksOfRowsAndOutputsAreAddedUp(_ extent: Extent) throws {
    var convolution = try Convolution.pointwise(1300, 130, activation: .relu)
    try check(convolution, MapShape(1300, extent))
    convolution.residual = Residual(.output, .beforeActivation)
    try check(convolution, MapShape(1300, extent))
  }
}

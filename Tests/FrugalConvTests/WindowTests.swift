import FrugalConv
import ReferenceKernels
import Testing

@Suite struct WindowTests {
  private static let paddings: [Padding] = [
    .same, .sameTensorFlow, .valid, .all(2), .explicit(top: 0, left: 1, bottom: 3, right: 0),
  ]

  @Test(arguments: [1, 3, Extent(1, 3), Extent(3, 1), Extent(2, 5)] as [Extent], paddings)
  func windowWeighsEveryTap(_ kernel: Extent, _ padding: Padding) throws {
    for stride in [1, 2, Extent(2, 3)] as [Extent] {
      let window = Window(kernel, stride: stride, padding: padding)
      try check(.window(3, 2, window), MapShape(3, Extent(7, 6), images: 2))
    }
  }

  @Test(arguments: [Extent(1, 2), 2, 3] as [Extent], paddings)
  func dilatedTapsAreApart(_ dilation: Extent, _ padding: Padding) throws {
    for stride in [1, 2] as [Extent] {
      let window = Window(3, stride: stride, dilation: dilation, padding: padding)
      try check(.window(2, 3, window, activation: .relu), MapShape(2, Extent(9, 8)))
    }
  }

  @Test(arguments: oddShapes)
  func windowsLargerThanTheMapReadZeros(_ extent: Extent) throws {
    try check(.window(3, 1, Window(7)), MapShape(3, extent))
    try check(.window(1, 3, Window(3, padding: .all(4))), MapShape(1, extent, images: 5))
  }

  @Test(arguments: [(6, 9, 3), (7, 7, 7), (4, 2, 2)])
  func groupedWindowSeesItsOwnGroup(_ sizes: (Int, Int, Int)) throws {
    let convolution = try Convolution.grouped(
      sizes.0, sizes.1, groups: sizes.2, Window(3, stride: 2, padding: .sameTensorFlow))
    try check(convolution, MapShape(sizes.0, Extent(8, 7), images: 2))
  }

  /// Tiles are pieces of eight pixels of any rows; the last piece of a row reaches back, spills into
  /// the next row, or is stored in part.
  @Test(arguments: Array(1...18) + [23, 24, 25], [nil, Residual.Source.map, .output])
  func everyWidthFillsTilesOfEveryPanel(_ width: Int, _ source: Residual.Source?) throws {
    for (outputs, groups) in [(1, 1), (4, 2), (4, 1), (8, 1), (10, 1), (13, 1)] {
      var convolution = try Convolution.grouped(
        2 * groups, outputs, groups: groups, Window(3), activation: .relu6)
      convolution.residual = source.map { Residual($0, .beforeActivation) }
      try check(convolution, MapShape(2 * groups, Extent(4, width)))
    }
  }

  @Test func stripsOfAWindowMeetInEveryRow() throws {
    // Sixteen channels of 120 floats a row: strips of two to four rows.
    try check(
      .grouped(16, 5, groups: 1, Window(3)), MapShape(16, Extent(13, 113)), .reals)
    try check(.grouped(16, 8, groups: 4, Window(5)), MapShape(16, Extent(31, 114)))
    // Rows that spill into the next one, up to the next strip.
    try check(.grouped(16, 5, groups: 1, Window(3)), MapShape(16, Extent(170, 7), images: 2))
    try check(.grouped(16, 5, groups: 1, Window(3)), MapShape(16, Extent(300, 1)))
  }

  @Test func productsOfManyRowsAndStripsAreAddedUp() throws {
    try check(.window(33, 2, Window(3)), MapShape(33, Extent(23, 22)))
    try check(.window(33, 2, Window(3)), MapShape(33, Extent(23, 22)), .reals)
    // More channels than a block with borders takes.
    try check(.window(70, 2, Window(3)), MapShape(70, Extent(23, 22)))
  }

  @Test(arguments: [3, 4], [1, 2])
  func lowRankPairsEqualTheirTwoConvolutions(_ kernel: Int, _ stride: Int) throws {
    let shape = MapShape(3, Extent(7, 9), images: 2)
    try check(.lowRankInSpace(3, rank: 2, 5, kernel: kernel, stride: stride), shape)
    try check(
      .lowRankInChannels(
        3, rank: 2, 5, Window(Extent(kernel), stride: Extent(stride)),
        activation: .relu), shape)
  }
}

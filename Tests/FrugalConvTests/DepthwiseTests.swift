import FrugalConv
import ReferenceKernels
import Testing

@Suite struct DepthwiseTests {
  private static let paddings: [Padding] = [
    .same, .sameTensorFlow, .valid, .explicit(top: 2, left: 0, bottom: 1, right: 5),
  ]

  @Test(arguments: 1...8, [1, 2, 3])
  func everyKernelSizeAndStride(_ kernel: Int, _ stride: Int) throws {
    for dilation in [1, 2] {
      for padding in Self.paddings {
        let window = Window(
          Extent(kernel), stride: Extent(stride),
          dilation: Extent(dilation), padding: padding)
        try check(.depthwise(2, window), MapShape(2, Extent(15, 18)))
      }
    }
  }

  @Test(arguments: [1, 3, 5, Extent(1, 4), Extent(3, 1)] as [Extent], [1, 2])
  func smallAndNarrowMaps(_ kernel: Extent, _ stride: Int) throws {
    for extent in oddShapes {
      for padding in [Padding.same, .sameTensorFlow, .all(9)] {
        let window = Window(kernel, stride: Extent(stride), padding: padding)
        try check(.depthwise(3, window, activation: .relu), MapShape(3, extent, images: 2))
      }
    }
  }

  @Test(arguments: Array(1...20) + [31, 32, 33, 63, 64, 65])
  func everyWidthOfTheVectorTail(_ width: Int) throws {
    for window in [Window(3), Window(5), Window(3, stride: 2), Window(3, dilation: 2)] {
      try check(.depthwise(1, window, bias: false), MapShape(1, Extent(4, width)))
    }
  }

  @Test(arguments: [1, 3, 7, 33], [1, 5])
  func eachChannelHasItsOwnKernel(_ channels: Int, _ images: Int) throws {
    try check(.depthwise(channels, Window(3)), MapShape(channels, Extent(5, 4), images: images))
  }

  @Test func strideDilationAndKernelDifferBetweenTheAxes() throws {
    let window = Window(
      Extent(2, 5), stride: Extent(3, 1), dilation: Extent(1, 3),
      padding: .explicit(top: 1, left: 7, bottom: 0, right: 2))
    try check(.depthwise(3, window), MapShape(3, Extent(10, 17)))
  }

  @Test(arguments: [7, 8, 14, 16, Extent(29, 33), Extent(9, 56)] as [Extent], [1, 2])
  func everyKindOfTile(_ extent: Extent, _ stride: Int) throws {
    for kernel in [2, 3, 5, 7] as [Extent] {
      for padding in [Padding.same, .valid, .explicit(top: 0, left: 5, bottom: 3, right: 0)] {
        let window = Window(kernel, stride: Extent(stride), padding: padding)
        try check(.depthwise(17, window, activation: .relu6), MapShape(17, extent))
      }
    }
  }

  @Test func planesLargerThanABlockAreCut() throws {
    try check(.depthwise(1, Window(3)), MapShape(1, Extent(130, 129)))
    try check(.depthwise(30, Window(3, stride: 2)), MapShape(30, Extent(25, 24)))
  }

  @Test(arguments: [7, 6, Extent(9, 12)] as [Extent])
  func manySmallPlanesAreCut(_ extent: Extent) throws {
    for kernel in [3, 5, 7] as [Extent] {
      let shape = MapShape(140, extent, images: 2)
      try check(.depthwise(140, Window(kernel), bias: false), shape, .reals)
    }
  }

  @Test func realDataIsWithinTheBound() throws {
    for kernel in [3, 5, 7] as [Extent] {
      try check(.depthwise(3, Window(kernel)), MapShape(3, Extent(9, 17)), .reals)
    }
  }

  @Test(arguments: oddShapes, [1, 2])
  func separableIsDepthwiseThenPointwise(_ extent: Extent, _ stride: Int) throws {
    let window = Window(3, stride: Extent(stride))
    let convolution = try Convolution.depthwiseSeparable(7, 5, window, activation: .relu)
    try check(convolution, MapShape(7, extent, images: 2))
  }
}

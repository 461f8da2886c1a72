import FrugalConv
import Testing

@Suite struct PoolingTests {
  private static let kinds: [Pooling] = [
    .maximum, .average(countsPadding: true), .average(countsPadding: false),
  ]
  private static let windows = [
    Window(1), Window(2, stride: 2, padding: .valid), Window(3), Window(3, stride: 2),
    Window(3, stride: 2, padding: .sameTensorFlow), Window(2, dilation: 2),
    Window(Extent(3, 2), stride: Extent(1, 3), padding: .all(1)), Window(5, padding: .all(2)),
  ]

  @Test(arguments: kinds, windows)
  func poolsEachWindow(_ kind: Pooling, _ window: Window) throws {
    for extent in [Extent(7, 5), Extent(4, 19), Extent(8, 33)] {
      try check(.pooling(3, kind, window), MapShape(3, extent, images: 2))
    }
  }

  @Test(arguments: kinds, oddShapes)
  func poolsMapsSmallerThanTheWindow(_ kind: Pooling, _ extent: Extent) throws {
    for window in [Window(3), Window(7), Window(5, stride: 3)] {
      try check(.pooling(7, kind, window), MapShape(7, extent, images: 2))
    }
  }

  @Test(arguments: kinds)
  func windowsThatTouchNoPixel(_ kind: Pooling) throws {
    // Three rows of padding around a 2×2 window: some windows lie outside the map.
    try check(.pooling(1, kind, Window(2, padding: .all(3))), MapShape(1, Extent(3, 4)))
  }

  @Test(arguments: [1, 3, 33], oddShapes + [Extent(31, 33)])
  func globalAverageOfEachPlane(_ channels: Int, _ extent: Extent) throws {
    try check(.globalAverage(channels), MapShape(channels, extent, images: 2))
  }

  @Test func poolingBetweenAndAfterOtherStages() throws {
    let pool = try Convolution.pooling(5, .maximum, Window(2, stride: 2, padding: .valid))
    let convolution = try Convolution.pointwise(3, 5, activation: .relu)
      .followed(by: pool).followed(by: .globalAverage(5)).followed(by: .fullyConnected(5, 4))
    try check(convolution, MapShape(3, Extent(6, 8), images: 5))
  }

  @Test func largePlanesAreCut() throws {
    for kind in Self.kinds {
      try check(.pooling(1, kind, Window(3, stride: 2)), MapShape(1, Extent(190, 180)))
    }
  }

  @Test func maximumLetsNaNThrough() throws {
    for level in Level.available {
      let shape = MapShape(1, Extent(1, 40))
      var elements = [Float](repeating: 1, count: 40)
      elements[17] = .nan
      let convolution = try Convolution.pooling(1, .maximum, Window(Extent(1, 3)))
      let plan = try convolution.plan(for: shape, PlanOptions(threads: 1, level: level))
      let result = try plan.run(
        plan.pack([StageParameters()]), FeatureMap(elements, shape: shape)
      ).array()
      #expect(result.indices.filter { result[$0].isNaN } == [16, 17, 18], "\(level)")
    }
  }
}

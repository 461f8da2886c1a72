import FrugalConv
import Testing

/// Numbers far beyond memory: an error or a plan, never a trap. Each test has its own process.
@Suite struct OverflowTests {
  static let sizes = [
    Int.max, Int.max - 1, Int.max / 4, 1 << 62, 1 << 40, 1 << 32, 1 << 31, Int(Int32.max), 0, -1,
    Int.min,
  ]

  static func operators() throws -> [Convolution] {
    [
      try .pointwise(4, 4), try .pointwise(4, 4, stride: 2), try .window(4, 4, Window(3)),
      try .grouped(4, 4, groups: 2), try .depthwise(4, Window(3, padding: .sameTensorFlow)),
      try .depthwise(4, Window(3, stride: 3, padding: .all(5))),
      try .shift(.evenlySpread(channels: 4, kernel: 2), 4),
      try .convShiftConv(4, 4, expansion: 3),
      try .activeShift(
        [RealDisplacement](repeating: RealDisplacement(dy: 0.5, dx: 1), count: 4), 3),
      try .igcv1(primaries: 2, size: 2), try .igcv2(4, groupSizes: [1, 2, 2]),
      try .igcv3Block(4, 4), try .mobileNetV2Block(4, 4), try .dsBlock(4, 4),
      try .pooling(4, .maximum, Window(2)), try .globalAverage(4),
      try .squeezeExcite(4, SqueezeExcite(hidden: 2)),
    ]
  }

  static func shapes(_ size: Int) -> [MapShape] {
    [
      MapShape(images: size, channels: 4, height: 1, width: 1),
      MapShape(channels: size, height: 1, width: 1), MapShape(channels: 4, height: size, width: 1),
      MapShape(channels: 4, height: 1, width: size),
      MapShape(channels: 4, height: size, width: size),
      MapShape(images: size, channels: size, height: size, width: size),
    ]
  }

  @Test func shapesOfAnyExtent() async {
    await #expect(processExitsWith: .success) {
      for size in OverflowTests.sizes {
        for shape in OverflowTests.shapes(size) {
          for convolution in try OverflowTests.operators() {
            let planned = (try? convolution.plan(for: shape)) != nil
            let costed = (try? convolution.costs(for: shape)) != nil
            #expect(!planned || costed)
            if size <= 0 || size > Int.max / 16 { #expect(!planned && !costed, "\(shape)") }
          }
          let memory: [Float] = [1, 2, 3]
          #expect(throws: FrugalConvError.self) { _ = try MapView(memory.span, shape: shape) }
          if size <= 0 || size > Int.max / 16 {
            #expect(throws: FrugalConvError.self) { _ = try FeatureMap(shape) }
          }
        }
      }
    }
  }

  @Test func stridesOfAnySize() async {
    await #expect(processExitsWith: .success) {
      for size in OverflowTests.sizes {
        let shape = MapShape(images: 3, channels: 3, height: 1, width: 1)
        let memory: [Float] = [1, 2, 3]
        for layout in [
          MapLayout(imageStride: size, channelStride: 1),
          MapLayout(imageStride: 1, channelStride: size),
          MapLayout(imageStride: size, channelStride: size),
        ] {
          #expect(throws: FrugalConvError.self) {
            _ = try MapView(memory.span, shape: shape, layout: layout)
          }
        }
      }
    }
  }

  @Test func windowsOfAnySize() async {
    await #expect(processExitsWith: .success) {
      for size in OverflowTests.sizes {
        let shape = MapShape(channels: 4, height: 5, width: 6)
        let extents = [Extent(size, 3), Extent(3, size), Extent(size, size)]
        for window in extents.flatMap({ extent in
          [
            Window(extent), Window(extent, padding: .sameTensorFlow), Window(3, stride: extent),
            Window(3, stride: extent, padding: .sameTensorFlow), Window(3, dilation: extent),
            Window(
              3,
              padding: .explicit(
                top: extent.height, left: extent.width, bottom: extent.height, right: extent.width)),
          ]
        }) {
          for make in [
            { try Convolution.depthwise(4, window) }, { try .window(4, 4, window) },
            { try .pooling(4, .average(countsPadding: true), window) },
          ] {
            let plan = try? make().plan(for: shape)
            #expect(plan?.description != "" && plan?.predictedTime.isFinite != false)
            if size <= 0, window.padding == .same { #expect(plan == nil, "\(window)") }
          }
        }
      }
    }
  }

  @Test func channelCountsOfAnySize() async {
    await #expect(processExitsWith: .success) {
      for size in OverflowTests.sizes {
        let shape = MapShape(channels: 4, height: 5, width: 6)
        for make: @Sendable () throws -> Convolution in [
          { try .pointwise(4, size) }, { try .window(4, size, Window(3)) },
          { try .grouped(4, size, groups: 2) }, { try .grouped(size, size, groups: size) },
          { try .lowRankInSpace(4, rank: size, 4, kernel: 3) },
          { try .igcv1(primaries: size, size: size) },
          { try .igcv1(primaries: 2, size: 2, widened: size) },
          { try .igcv2(4, groupSizes: [1, size, size]) },
          { try .igcv3Block(4, 4, expansion: size) },
          { try .mobileNetV2Block(4, 4, expansion: size) }, { try .dsBlock(4, 4, hidden: size) },
          { try .squeezeExcite(4, SqueezeExcite(hidden: size)) },
        ] {
          if size <= 0 || size > Int.max / 16 {
            #expect(throws: FrugalConvError.self) { _ = try make().plan(for: shape) }
          } else {
            _ = try? make().plan(for: shape)
          }
        }
      }
    }
  }

  @Test func stepsBetweenChannelsOfAnySize() async {
    await #expect(processExitsWith: .success) {
      let memory = [Float](repeating: 0, count: 12)
      let view = try MapView(memory.span, shape: MapShape(channels: 3, height: 2, width: 2))
      for size in OverflowTests.sizes where size > 0 {
        #expect(try view.channels(1..<3, step: size).shape.channels == 1)
      }
    }
  }
}

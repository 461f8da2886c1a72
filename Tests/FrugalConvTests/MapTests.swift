import FrugalConv
import Testing

@Suite struct MapTests {
  private let shape = MapShape(images: 2, channels: 3, height: 2, width: 5)
  private var elements: [Float] { (0..<shape.count).map { Float($0) } }

  @Test func bytesOfPixelsBecomePlanes() throws {
    // [H][W][C] with C = 3: pixel p has 3p, 3p + 1, 3p + 2.
    let pixels = (0..<18).map { UInt8($0 * 10) }
    let map = try FeatureMap(
      pixels: pixels.span, height: 2, width: 3, channels: 3, mean: [10, 0, 100],
      scale: [1, 0.5, -1])
    #expect(map.shape == MapShape(channels: 3, height: 2, width: 3))
    for y in 0..<2 {
      for x in 0..<3 {
        let first = Float((y * 3 + x) * 30)
        #expect(map[0, 0, y, x] == first - 10)
        #expect(map[0, 1, y, x] == (first + 10) / 2)
        #expect(map[0, 2, y, x] == 100 - (first + 20))
      }
    }
  }

  @Test func floatsOfPixelsBecomePlanes() throws {
    let pixels: [Float] = [1, 10, 2, 20, 3, 30]
    let plain = try FeatureMap(pixels: pixels.span, height: 1, width: 3, channels: 2)
    #expect(plain.array() == [1, 2, 3, 10, 20, 30])
    let normalised = try FeatureMap(
      pixels: pixels.span, height: 3, width: 1, channels: 2, mean: [2, 0], scale: [])
    #expect(normalised.array() == [-1, 0, 1, 10, 20, 30])
  }

  @Test func arraysComeBackAsTheyWent() throws {
    #expect(try FeatureMap(elements, shape: shape).array() == elements)
    // Planes of 4096 bytes stand apart, and come back together.
    let large = MapShape(images: 2, channels: 2, height: 32, width: 32)
    let values = (0..<large.count).map { Float($0) }
    let map = try FeatureMap(values, shape: large)
    #expect(map.layout.channelStride % 1024 != 0)
    #expect(map.array() == values)
    #expect(map[1, 1, 31, 31] == Float(large.count - 1))
  }

  @Test func copiesAreValues() throws {
    let original = try FeatureMap(elements, shape: shape)
    var copy = original
    copy[1, 2, 1, 4] = -1
    #expect(original[1, 2, 1, 4] == 59 && copy[1, 2, 1, 4] == -1)
    var second = copy
    let convolution = try Convolution.pointwise(3, 3, bias: false)
    let plan = try convolution.plan(for: shape)
    let weights = try plan.pack([StageParameters(weights: [Float](repeating: 0, count: 9))])
    var workspace = plan.makeWorkspace()
    try plan.run(weights, original, into: &second, workspace: &workspace)
    #expect(second.array().allSatisfy { $0 == 0 })
    #expect(copy[1, 2, 1, 4] == -1 && original.array() == elements)
  }

  @Test func newMapsAreZero() throws {
    #expect(try FeatureMap(shape).array() == [Float](repeating: 0, count: shape.count))
  }

  @Test func viewsFollowTheirLayout() throws {
    let memory = (0..<200).map { Float($0) }
    let layout = MapLayout(imageStride: 11, channelStride: 40)
    let view = try MapView(memory.span, shape: shape, layout: layout)
    #expect(view[1, 2, 1, 4] == 11 + 80 + 9)
    let odd = try view.images(1..<2).channels(0..<3, step: 2)
    #expect(odd.shape == MapShape(channels: 2, height: 2, width: 5))
    #expect(odd.array() == ((11..<21).map { Float($0) }) + ((91..<101).map { Float($0) }))
    let channelMajor = try MapView(elements.span, shape: shape, layout: .channelMajor(shape))
    #expect(channelMajor[1, 0, 0, 0] == 10 && channelMajor[0, 1, 0, 0] == 20)
  }

  @Test func aViewNeedsExactlyItsLastElement() throws {
    let layout = MapLayout(imageStride: 11, channelStride: 40)
    let needed = 11 + 80 + 10
    let enough = [Float](repeating: 0, count: needed)
    _ = try MapView(enough.span, shape: shape, layout: layout)
    #expect(throws: FrugalConvError.bufferTooShort(needed: needed, found: needed - 1)) {
      _ = try MapView(enough.span.extracting(first: needed - 1), shape: shape, layout: layout)
    }
    #expect(throws: FrugalConvError.bufferTooShort(needed: needed, found: 0)) {
      var none: [Float] = []
      _ = try MutableMapView(none.mutableSpan, shape: shape, layout: layout)
    }
    #expect(throws: FrugalConvError.bufferTooShort(needed: 60, found: 59)) {
      _ = try MapView(enough.span.extracting(first: 59), shape: shape)
    }
  }

  @Test(arguments: [(9, 40), (0, 40), (-11, 40), (11, 12), (31, 10), (30, 9), (29, 10), (10, 10)])
  func planesThatOverlapAreRefused(_ strides: (image: Int, channel: Int)) {
    let layout = MapLayout(imageStride: strides.image, channelStride: strides.channel)
    let overlaps = strides != (31, 10)
    let memory = [Float](repeating: 0, count: 500)
    let error = FrugalConvError.planesOverlap(
      imageStride: strides.image, channelStride: strides.channel, shape: shape)
    if overlaps {
      #expect(throws: error) { _ = try MapView(memory.span, shape: shape, layout: layout) }
      #expect(throws: error) {
        var writable = memory
        _ = try MutableMapView(writable.mutableSpan, shape: shape, layout: layout)
      }
    } else {
      #expect(throws: Never.self) { _ = try MapView(memory.span, shape: shape, layout: layout) }
    }
  }

  @Test func strideOfASingleImageOrChannelDoesNotMatter() throws {
    let one = MapShape(channels: 1, height: 2, width: 2)
    let memory: [Float] = [1, 2, 3, 4]
    for stride in [0, -7, Int.max, Int.min] {
      let layout = MapLayout(imageStride: stride, channelStride: stride)
      #expect(try MapView(memory.span, shape: one, layout: layout).array() == memory)
    }
  }

  @Test func slicesOutsideAreRefused() throws {
    let memory = elements
    let view = try MapView(memory.span, shape: shape)
    for range in [0..<4, 3..<4, -1..<2, Int.min..<0, 0..<Int.max] {
      let error = FrugalConvError.rangeOutside(
        lower: range.lowerBound, upper: range.upperBound, count: 3)
      #expect(throws: error) { _ = try view.channels(range) }
    }
    #expect(throws: FrugalConvError.rangeOutside(lower: 1, upper: 3, count: 2)) {
      _ = try view.images(1..<3)
    }
    #expect(throws: FrugalConvError.notPositive(what: "the step between channels", value: 0)) {
      _ = try view.channels(0..<3, step: 0)
    }
    var empty = shape
    empty.channels = 0
    #expect(throws: FrugalConvError.emptyShape(empty)) { _ = try view.channels(2..<2) }
  }

  @Test(arguments: [(5, 6), (7, 6)])
  func pixelsOfTheWrongLengthAreRefused(_ lengths: (found: Int, expected: Int)) {
    let bytes = [UInt8](repeating: 0, count: lengths.found)
    let error = FrugalConvError.wrongLength(
      of: "pixels", expected: lengths.expected, found: lengths.found)
    #expect(throws: error) {
      _ = try FeatureMap(pixels: bytes.span, height: 1, width: 3, channels: 2)
    }
    #expect(throws: error) {
      let floats = bytes.map { Float($0) }
      _ = try FeatureMap(pixels: floats.span, height: 1, width: 3, channels: 2)
    }
  }

  @Test func meansAndScalesOfTheWrongLengthAreRefused() {
    let bytes = [UInt8](repeating: 0, count: 6)
    #expect(throws: FrugalConvError.wrongLength(of: "mean", expected: 2, found: 3)) {
      _ = try FeatureMap(pixels: bytes.span, height: 1, width: 3, channels: 2, mean: [1, 2, 3])
    }
    #expect(throws: FrugalConvError.wrongLength(of: "scale", expected: 2, found: 1)) {
      _ = try FeatureMap(pixels: bytes.span, height: 1, width: 3, channels: 2, scale: [1])
    }
    #expect(throws: FrugalConvError.wrongLength(of: "elements", expected: 60, found: 59)) {
      _ = try FeatureMap([Float](repeating: 0, count: 59), shape: shape)
    }
  }
}

import FrugalConv

/// How the planes of a test map stand in memory.
enum Arrangement: CaseIterable {
  case compact
  /// `[N][C][H][W]` with a gap behind every plane and every image.
  case gaps
  /// `[C][N][H][W]` with gaps.
  case channelMajorWithGaps

  func layout(_ shape: MapShape) -> MapLayout {
    switch self {
    case .compact: return .compact(shape)
    case .gaps:
      let channel = shape.planeSize + 5
      return MapLayout(imageStride: shape.channels * channel + 3, channelStride: channel)
    case .channelMajorWithGaps:
      let image = shape.planeSize + 3
      return MapLayout(imageStride: image, channelStride: shape.images * image + 7)
    }
  }
}

/// Memory for a map, filled with sentinels; what is no element must stay one.
struct Canvas {
  /// A NaN that no arithmetic makes: whoever reads a gap is found out, too.
  static let sentinel = Float(bitPattern: 0x7FC1_2345)

  private static let tail = 11

  let shape: MapShape
  let layout: MapLayout
  var memory: [Float]

  init(_ shape: MapShape, _ arrangement: Arrangement, elements: [Float]? = nil) {
    self.shape = shape
    layout = arrangement.layout(shape)
    let last = (shape.images - 1) * layout.imageStride + (shape.channels - 1) * layout.channelStride
    memory = Array(repeating: Self.sentinel, count: last + shape.planeSize + Self.tail)
    guard let elements else { return }
    for (index, plane) in planes.enumerated() {
      let source = elements[index * shape.planeSize..<(index + 1) * shape.planeSize]
      memory.withUnsafeMutableBufferPointer { _ = $0[plane].update(fromContentsOf: source) }
    }
  }

  /// Where the planes stand, in the compact order `[N][C]`.
  private var planes: [Range<Int>] {
    (0..<shape.images).flatMap { n in
      (0..<shape.channels).map { c in
        let plane = n * layout.imageStride + c * layout.channelStride
        return plane..<plane + shape.planeSize
      }
    }
  }

  /// The memory up to the last element.
  var closeMemory: [Float] { memory.dropLast(Self.tail) }

  /// The elements, compact.
  var elements: [Float] { planes.flatMap { memory[$0] } }

  /// How many floats that are no elements are no longer sentinels.
  var damage: Int {
    var (count, end) = (0, 0)
    for plane in planes.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      count += damage(in: end..<plane.lowerBound)
      end = plane.upperBound
    }
    return count + damage(in: end..<memory.count)
  }

  private func damage(in gap: Range<Int>) -> Int {
    memory[gap].count { $0.bitPattern != Self.sentinel.bitPattern }
  }

  /// Whether nothing at all was written.
  var isUntouched: Bool { damage(in: memory.indices) == 0 }
}

extension Plan {
  /// Runs between canvases; the output's elements are what the convolution finds there.
  func run(
    _ weights: PackedWeights, _ input: Canvas, residual: Canvas? = nil, into output: inout Canvas
  ) throws {
    var workspace = makeWorkspace()
    let source = try MapView(input.memory.span, shape: input.shape, layout: input.layout)
    let (shape, layout) = (output.shape, output.layout)
    var target = try MutableMapView(output.memory.mutableSpan, shape: shape, layout: layout)
    if let residual {
      let added = try MapView(residual.memory.span, shape: residual.shape, layout: residual.layout)
      try run(weights, source, residual: added, into: &target, workspace: &workspace)
    } else {
      try run(weights, source, into: &target, workspace: &workspace)
    }
  }
}

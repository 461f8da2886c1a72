import FrugalConv
import ReferenceKernels

/// What a run of one-bit numbers reads.
enum BinarySource<Encoding: BitEncoding> {
  case bits(BitMap<Encoding>)
  case floats(GuardedMap, BitThreshold)

  /// Float maps with gaps between planes, which give zeros and ones: numbers are above a threshold
  /// of their channel, at it or below, or no numbers.
  static func floats(_ ones: IntegerMap, _ side: GuardedSide, seed: UInt64) -> BinarySource {
    var generator = Generator(seed: seed)
    let shape = ones.shape
    let tie = generator.pick([BitThreshold.Tie.zero, .one])
    let limits = generator.values(.integers, shape.channels)
    let numbers = ones.elements.enumerated().map { place, one in
      let limit = limits[place / shape.planeSize % shape.channels]
      return one == 1
        ? generator.pick([tie == .one ? limit : limit + 1, limit + 0.25, .infinity])
        : generator.pick([tie == .zero ? limit : limit - 1, limit - 0.5, .nan, -.infinity])
    }
    let canvas = Canvas(shape, .channelMajorWithGaps, elements: numbers)
    return .floats(
      GuardedMap(canvas, touching: side), BitThreshold(perChannel: limits, tie: tie))
  }

  var name: String { if case .bits = self { "bits" } else { "float maps" } }
}

/// A float map whose first or last number touches a guard page.
struct GuardedMap {
  let shape: MapShape
  let layout: MapLayout
  private let memory: Guarded<Float>

  init(_ canvas: Canvas, touching side: GuardedSide) {
    (shape, layout) = (canvas.shape, canvas.layout)
    memory = Guarded(canvas.closeMemory, touching: side)
  }

  /// As long as the map lives.
  var elements: UnsafeBufferPointer<Float> { UnsafeBufferPointer(memory.elements) }
}

/// Runs of a plan into numbers that touch guard pages.
///
/// Each makes one span: a variable that takes several crashes the compiler of Swift 6.3.
struct BinaryRun<Encoding: BitEncoding> {
  let plan: BinaryPlan<Encoding>
  let weights: PackedBinaryWeights
  let source: BinarySource<Encoding>
  let side: GuardedSide

  func bits() throws -> BitMap<Encoding> {
    switch source {
    case .bits(let map): return try plan.run(weights, map)
    case .floats(let map, let threshold):
      let view = try MapView(
        Span(_unsafeElements: map.elements), shape: map.shape, layout: map.layout)
      return try plan.run(weights, view, threshold)
    }
  }

  func sums() throws -> [Int32] {
    try sums(plan.run(_:_:into:workspace:), plan.run(_:_:_:into:workspace:))
  }

  func shortSums() throws -> [Int16] {
    try sums(plan.run(_:_:into:workspace:), plan.run(_:_:_:into:workspace:))
  }

  /// By the runs from bits and from float maps that write such sums.
  private func sums<Sum: FixedWidthInteger & BitwiseCopyable>(
    _ runBits: (
      PackedBinaryWeights, BitMap<Encoding>, inout MutableSpan<Sum>, inout Workspace
    ) throws -> Void,
    _ runFloats: (
      PackedBinaryWeights, borrowing MapView, BitThreshold, inout MutableSpan<Sum>, inout Workspace
    ) throws -> Void
  ) throws -> [Sum] {
    let sums = Guarded([Sum](repeating: 7, count: plan.outputShape.count), touching: side)
    var workspace = plan.makeWorkspace()
    var span = MutableSpan(_unsafeElements: sums.elements)
    switch source {
    case .bits(let map): try runBits(weights, map, &span, &workspace)
    case .floats(let map, let threshold):
      let view = try MapView(
        Span(_unsafeElements: map.elements), shape: map.shape, layout: map.layout)
      try runFloats(weights, view, threshold, &span, &workspace)
    }
    return Array(sums.elements)
  }

  /// From bits alone.
  func sums(adding times: Int, to before: [Int32]) throws -> [Int32] {
    guard case .bits(let map) = source else {
      preconditionFailure("sums of float maps are not added")
    }
    let sums = Guarded(before, touching: side)
    var workspace = plan.makeWorkspace()
    var span = MutableSpan(_unsafeElements: sums.elements)
    try plan.run(weights, map, times: times, addingTo: &span, workspace: &workspace)
    return Array(sums.elements)
  }

  func floats() throws -> Canvas {
    var canvas = Canvas(plan.outputShape, .gaps)
    let memory = Guarded(canvas.closeMemory, touching: side)
    var workspace = plan.makeWorkspace()
    var target = try MutableMapView(
      MutableSpan(_unsafeElements: memory.elements), shape: canvas.shape, layout: canvas.layout)
    switch source {
    case .bits(let map): try plan.run(weights, map, into: &target, workspace: &workspace)
    case .floats(let map, let threshold):
      let view = try MapView(
        Span(_unsafeElements: map.elements), shape: map.shape, layout: map.layout)
      try plan.run(weights, view, threshold, into: &target, workspace: &workspace)
    }
    canvas.memory.replaceSubrange(..<memory.elements.count, with: memory.elements)
    return canvas
  }
}

// Runs of the shortest kind, for arrays.
extension BinaryPlan {
  func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into sums: inout [Int32]
  ) throws {
    var workspace = makeWorkspace()
    var span = sums.mutableSpan
    try run(weights, input, into: &span, workspace: &workspace)
  }

  func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, times: Int,
    addingTo sums: inout [Int32]
  ) throws {
    var workspace = makeWorkspace()
    var span = sums.mutableSpan
    try run(weights, input, times: times, addingTo: &span, workspace: &workspace)
  }

  func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into sums: inout [Int16]
  ) throws {
    var workspace = makeWorkspace()
    var span = sums.mutableSpan
    try run(weights, input, into: &span, workspace: &workspace)
  }

  func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    into sums: inout [Int16]
  ) throws {
    var workspace = makeWorkspace()
    var span = sums.mutableSpan
    try run(weights, input, threshold, into: &span, workspace: &workspace)
  }

  func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into output: inout BitMap<Encoding>,
    workspaceBytes: Int
  ) throws {
    var workspace = try Workspace(bytes: workspaceBytes)
    try run(weights, input, into: &output, workspace: &workspace)
  }
}

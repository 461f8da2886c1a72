import FrugalConv
import ReferenceKernels
import Testing

/// Random one-bit numbers for one stage, and the sums that plain loops find.
struct BinaryExperiment<Encoding: BitEncoding> {
  let convolution: Convolution
  let shape: MapShape
  let options: BinaryOptions
  let input: IntegerMap
  /// As a trained model has them: above the threshold for the bit 1.
  let weights: [Float]
  let sums: IntegerMap

  init(
    _ convolution: Convolution, _ shape: MapShape, _ options: BinaryOptions, seed: UInt64 = 1
  ) throws {
    (self.convolution, self.shape, self.options) = (convolution, shape, options)
    var generator = Generator(seed: seed)
    let values = Encoding.values
    input = IntegerMap(
      (0..<shape.count).map { _ in generator.next() % 2 == 0 ? values.zero : values.one }, shape)
    let count = try convolution.costs(for: shape).weights
    let bits = (0..<count).map { _ in generator.next() % 2 == 0 }
    weights = bits.map { $0 ? 1 : -1 }
    let outside =
      switch options.padding {
      case .zero: 0
      case .ones: values.one
      case .zeroBits: values.zero
      }
    sums = Reference.sums(
      convolution.stages[0], bits.map { $0 ? options.weights.one : options.weights.zero }, input,
      outside: outside)
  }

  func plan(threads: Int, _ level: Level, _ kernel: BinaryKernel) throws -> BinaryPlan<Encoding> {
    var options = options
    (options.threads, options.level, options.kernel) = (threads, level, kernel)
    return try convolution.binaryPlan(for: shape, encoding: Encoding.self, options)
  }

  /// Checks the kernel of planes where it has a form for the convolution.
  func checkPlanes(_ level: Level, _ location: SourceLocation = #_sourceLocation) throws {
    do {
      _ = try plan(threads: 1, level, .planes)
    } catch FrugalConvError.noBinaryForm { return }
    try check(level, .planes, location)
  }

  /// Every way out and in gives what the reference says: sums of 32 and 16 bits, added sums, float
  /// maps with scale and bias, and bits above a threshold of each channel.
  func check(
    _ level: Level, _ kernel: BinaryKernel = .automatic,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    var generator = Generator(seed: 5)
    let channels = sums.shape.channels
    let least = (0..<channels).map { _ in generator.integer(-5...5) }
    let parameters = BinaryParameters(
      weights: weights, threshold: .atLeast(least), scale: generator.values(.integers, channels),
      bias: generator.values(.integers, channels))
    for threads in 1...3 {
      let plan = try plan(threads: threads, level, kernel)
      let words: Comment = "\(plan), padding \(options.padding)"
      let packed = try plan.pack([parameters])
      let bits = try BitMap<Encoding>(input)

      var integers = [Int32](repeating: 7, count: sums.elements.count)
      try plan.run(packed, bits, into: &integers)
      #expect(integers == sums.elements.map(Int32.init), words, sourceLocation: location)
      try plan.run(packed, bits, times: -3, addingTo: &integers)
      #expect(integers == sums.elements.map { Int32(-2 * $0) }, words, sourceLocation: location)

      var shorts = [Int16](repeating: 7, count: sums.elements.count)
      try plan.run(packed, bits, into: &shorts)
      #expect(shorts == sums.elements.map(Int16.init), words, sourceLocation: location)

      func channel(_ place: Int) -> Int { place / sums.shape.planeSize % channels }
      let scaled = sums.elements.enumerated().map {
        Float($1) * parameters.scale[channel($0)] + parameters.bias[channel($0)]
      }
      var canvas = Canvas(sums.shape, .gaps)
      try plan.run(packed, bits, into: &canvas)
      #expect(canvas.elements == scaled && canvas.damage == 0, words, sourceLocation: location)

      let ones = sums.elements.enumerated().map { $1 >= least[channel($0)] ? 1 : 0 }
      let expected = try BitMap<Encoding>(IntegerMap(ones, sums.shape))
      #expect(try plan.run(packed, bits) == expected, words, sourceLocation: location)

      // The same from float maps, whose numbers are above their thresholds or not.
      let reals = input.elements.map { $0 == 1 ? Float(0.25) : generator.pick([-2, 0, .nan]) }
      let map = Canvas(shape, .channelMajorWithGaps, elements: reals)
      let source = try MapView(map.memory.span, shape: shape, layout: map.layout)
      #expect(
        try plan.run(packed, source, BitThreshold()) == expected, words, sourceLocation: location)
    }
  }
}

extension BitMap {
  /// The bit 1 for every 1.
  init(_ map: IntegerMap) throws {
    let numbers = map.elements.map(Int32.init)
    try self.init(numbers.span, shape: map.shape, atLeast: [1])
  }
}

// Each makes one span: a variable that takes several crashes the compiler of Swift 6.3.
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
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into canvas: inout Canvas
  ) throws {
    var workspace = makeWorkspace()
    let (shape, layout) = (canvas.shape, canvas.layout)
    var view = try MutableMapView(canvas.memory.mutableSpan, shape: shape, layout: layout)
    try run(weights, input, into: &view, workspace: &workspace)
  }

  func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into output: inout BitMap<Encoding>,
    workspaceBytes: Int
  ) throws {
    var workspace = try Workspace(bytes: workspaceBytes)
    try run(weights, input, into: &output, workspace: &workspace)
  }
}

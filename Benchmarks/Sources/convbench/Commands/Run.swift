import ArgumentParser
import FrugalConv
import FrugalFiles

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs one operator on NumPy files, to check it against NumPy or PyTorch.",
    discussion: """
      Maps are [N,C,H,W], weights [D,C/G,k,k], both float32. Shifts are [C,2] as (dy, dx): \
      integers for shift, float32 for active-shift. igcv1 takes two weight files, the primary \
      [L·M,M,k,k] and the secondary [C,L,1,1] as applied to the permuted channels, and \
      --groups L,M.

      The binary operators turn map and weights into bits first: 1 where a number is at least its \
      threshold, 0 by default, of the map one or one a channel from --thresholds. Bits of weights \
      are -1 and +1, those of the map as --encoding says. Padding is exactly zero; the result are the \
      sums, int32.

      Operators: \(FileOperator.Name.allCases.map(\.rawValue).joined(separator: ", ")).
      Activations: \(Activation.names.joined(separator: ", ")).
      """)

  @Option(help: "What to run.")
  var `operator`: String

  @Option(help: "The input map.")
  var input: String

  @Option(help: "The weights, several files separated by commas.")
  var weights: String

  @Option(help: "One bias per output channel.")
  var bias: String?

  @Option(help: "The displacements of shift and active-shift.")
  var shifts: String?

  @Option(help: "Groups of grouped; L,M of igcv1.")
  var groups: String?

  @Option(help: "Stride along both axes.")
  var stride = 1

  @Option(help: "Dilation along both axes.")
  var dilation = 1

  @Option(help: "same, same-tf, valid, or pixels on each side.")
  var padding = "same"

  @Option(help: "What follows the sum.")
  var activation = "identity"

  @Option(help: "What multiplies matrices: automatic, openblas or fused.")
  var executor = "automatic"

  @Option(help: "Instruction-set level: portable, avx2 or avx512.")
  var level: String?

  @Option(help: "Threads (default: all cores).")
  var threads: Int?

  @Option(help: "What the bits of a binary operator's map are: pm1 (-1 and +1) or 01.")
  var encoding = "pm1"

  @Option(help: "From which value on a number of a binary operator's map is the bit 1.")
  var thresholds: String?

  @Option(help: "Where the result goes.")
  var output: String

  func run() throws {
    let map = try NumPyArray(path: input)
    guard map.shape.count == 4 else {
      throw ValidationError("--input: expected [N,C,H,W], found \(map.shape)")
    }
    let name = try named(`operator`, "--operator", FileOperator.Name.init(rawValue:))
    guard name.isBinary || (thresholds == nil && encoding == "pm1") else {
      throw ValidationError("--thresholds and --encoding are for the binary operators")
    }
    guard !name.isBinary || executor == "automatic" else {
      throw ValidationError("--executor is not for the binary operators")
    }
    let fileOperator = try FileOperator(
      name: name,
      channels: map.shape[1],
      weights: weights.split(separator: ",").map { try NumPyArray(path: String($0)) },
      bias: bias.map { try NumPyArray(path: $0) },
      shifts: shifts.map { try NumPyArray(path: $0) },
      groups: groups.map { text in
        try text.split(separator: ",").map { try named(String($0), "--groups") { Int($0) } }
      } ?? [],
      stride: Extent(stride), dilation: Extent(dilation),
      padding: named(padding, "--padding", Padding.init(name:)),
      activation: named(activation, "--activation", Activation.init(name:)))

    let shape = MapShape(
      images: map.shape[0], channels: map.shape[1], height: map.shape[2], width: map.shape[3])
    guard name.isBinary else {
      return try runFloats(fileOperator, FeatureMap(map.floats(), shape: shape))
    }
    switch encoding {
    case "pm1": try runBits(fileOperator, FeatureMap(map.floats(), shape: shape), Signs.self)
    case "01": try runBits(fileOperator, FeatureMap(map.floats(), shape: shape), Units.self)
    default: throw ValidationError("--encoding: unknown '\(encoding)'")
    }
  }

  private func runFloats(_ fileOperator: FileOperator, _ map: FeatureMap) throws {
    let plan = try fileOperator.convolution.plan(
      for: map.shape,
      PlanOptions(
        threads: threads, level: Level(option: level),
        executor: named(executor, "--executor", Executor.init(rawValue:))))
    let result = try plan.run(plan.pack(fileOperator.parameters), map)
    try write(.float32(result.array()), plan.outputShape)
    print(plan)
  }

  private func runBits<Encoding: BitEncoding>(
    _ fileOperator: FileOperator, _ map: FeatureMap, _ encoding: Encoding.Type
  ) throws {
    let plan = try fileOperator.convolution.binaryPlan(
      for: map.shape, encoding: encoding,
      BinaryOptions(threads: threads, level: Level(option: level)))
    let threshold = try BitThreshold(
      perChannel: thresholds.map { try NumPyArray(path: $0).floats() } ?? [0], tie: .one)
    var sums = [Int32](repeating: 0, count: plan.outputShape.count)
    var span = sums.mutableSpan
    var workspace = plan.makeWorkspace()
    try plan.run(
      plan.pack(fileOperator.parameters.map { BinaryParameters(weights: $0.weights) }),
      map.view, threshold, into: &span, workspace: &workspace)
    try write(.int32(sums), plan.outputShape)
    print(plan)
  }

  private func write(_ elements: NumPyArray.Elements, _ to: MapShape) throws {
    try NumPyArray(shape: [to.images, to.channels, to.height, to.width], elements: elements)
      .write(to: output)
  }

  /// The value a word names; throws, naming option and word, when it names none.
  private func named<T>(_ word: String, _ option: String, _ parse: (String) -> T?) throws -> T {
    guard let value = parse(word) else { throw ValidationError("\(option): unknown '\(word)'") }
    return value
  }
}

extension Activation {
  static let names = ["identity", "relu", "relu6", "swish", "hard-swish", "sigmoid"]

  init?(name: String) {
    switch name {
    case "identity": self = .identity
    case "relu": self = .relu
    case "relu6": self = .relu6
    case "swish": self = .swish()
    case "hard-swish": self = .hardSwish
    case "sigmoid": self = .sigmoid
    default: return nil
    }
  }
}

extension Padding {
  /// "same", "same-tf", "valid", or a number of pixels.
  init?(name: String) {
    switch name {
    case "same": self = .same
    case "same-tf": self = .sameTensorFlow
    case "valid": self = .valid
    default:
      guard let pixels = Int(name), pixels >= 0 else { return nil }
      self = .all(pixels)
    }
  }
}

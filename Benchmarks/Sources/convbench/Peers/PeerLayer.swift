import FrugalConv
import FrugalFiles

/// One layer as the peers know it; numbers stand in NumPy files, named by their paths.
enum PeerLayer: Equatable, Sendable {
  /// Weights `[D, C/G, k, k]`.
  case convolution(groups: Int, activation: String, weights: String, bias: String?)
  /// Signs of signs: weights `[D, C, k, k]`, of which the signs count, and +1 around the map.
  case binary(weights: String)
  /// Neighbouring channels that move alike: how many, dy, dx.
  case shift(runs: [[Int]])
  /// `y[i·groups + g] = x[g·size + i]`
  case shuffle(groups: Int)
  /// 1×1 convolutions on the means, the hidden one with swish.
  case squeezeExcite(reduce: String, reduceBias: String, expand: String, expandBias: String)
  /// Adds the input of the block.
  case residual
}

extension PeerLayer: Encodable {
  private enum Key: String, CodingKey {
    case kind, groups, activation, weights, bias, runs, reduce, reduceBias, expand, expandBias
  }

  func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    switch self {
    case .convolution(let groups, let activation, let weights, let bias):
      try object.encode("convolution", forKey: .kind)
      try object.encode(groups, forKey: .groups)
      try object.encode(activation, forKey: .activation)
      try object.encode(weights, forKey: .weights)
      try object.encodeIfPresent(bias, forKey: .bias)
    case .binary(let weights):
      try object.encode("binary", forKey: .kind)
      try object.encode(weights, forKey: .weights)
    case .shift(let runs):
      try object.encode("shift", forKey: .kind)
      try object.encode(runs, forKey: .runs)
    case .shuffle(let groups):
      try object.encode("shuffle", forKey: .kind)
      try object.encode(groups, forKey: .groups)
    case .squeezeExcite(let reduce, let reduceBias, let expand, let expandBias):
      try object.encode("squeeze-excite", forKey: .kind)
      try object.encode(reduce, forKey: .reduce)
      try object.encode(reduceBias, forKey: .reduceBias)
      try object.encode(expand, forKey: .expand)
      try object.encode(expandBias, forKey: .expandBias)
    case .residual:
      try object.encode("residual", forKey: .kind)
    }
  }
}

/// Describes convolutions to the peers: the stages become layers, the numbers become files.
struct PeerDescription {
  /// Where the files go.
  let folder: String

  /// The layers of one block; `name` keeps the files of several blocks apart. Throws what the
  /// peers' layers cannot say.
  func layers(
    _ convolution: Convolution, _ parameters: [StageParameters], name: String
  ) throws -> [PeerLayer] {
    var channels = convolution.channels
    var layers: [PeerLayer] = []
    for (index, stage) in convolution.stages.enumerated() {
      layers += try self.layers(stage, parameters[index], channels, "\(name)-\(index)")
      if case .groups(_, let outputs) = stage.mix { channels = outputs.channels }
    }
    if let residual = convolution.residual {
      guard residual.source == .input else { throw PeerError.notDescribable("this residual") }
      layers.append(.residual)
    }
    return layers
  }

  /// The layer of a convolution of signs; throws what the peers' layer cannot say.
  func binaryLayer(
    _ convolution: Convolution, _ parameters: [StageParameters], name: String
  ) throws -> PeerLayer {
    guard let stage = convolution.stages.first, convolution.stages.count == 1,
      case .groups(let inputs, let outputs) = stage.mix, inputs.count == 1, !stage.bias
    else { throw PeerError.notDescribable("\(convolution)") }
    let kernel: Int
    switch stage.spatial {
    case .none(stride: 1): kernel = 1
    case .window(Window(3)): kernel = 3
    default: throw PeerError.notDescribable("\(stage.spatial)")
    }
    let shape = [outputs.channels, inputs.channels, kernel, kernel]
    return .binary(weights: try write(parameters[0].weights, shape, "\(name)-weights"))
  }

  private func layers(
    _ stage: Stage, _ parameters: StageParameters, _ channels: Int, _ name: String
  ) throws -> [PeerLayer] {
    var layers: [PeerLayer] = []
    var kernel = 1
    switch stage.spatial {
    case .none(stride: 1): break
    case .shift(let displacements, stride: 1): layers.append(.shift(runs: displacements.runs))
    case .window(Window(3)), .depthwise(Window(3)): kernel = 3
    default: throw PeerError.notDescribable("\(stage.spatial)")
    }
    var groups = channels
    var outputs = channels
    var bias = parameters.bias
    var shuffle: PeerLayer?
    if case .groups(let from, let to) = stage.mix {
      (groups, outputs) = (from.count, to.channels)
      // Members that stand apart are brought together before, and put apart after.
      if let gather = try shuffleGroups(from, gather: true) {
        layers.append(.shuffle(groups: gather))
      }
      shuffle = try shuffleGroups(to, gather: false).map { .shuffle(groups: $0) }
      if !bias.isEmpty {
        bias = (0..<to.count).flatMap { group in
          (0..<to.size).map { bias[to.channel($0, of: group)] }
        }
      }
    }
    let shape = [outputs, channels / groups, kernel, kernel]
    layers.append(
      .convolution(
        groups: groups, activation: try word(for: stage.activation),
        weights: try write(parameters.weights, shape, "\(name)-weights"),
        bias: stage.bias ? try write(bias, [outputs], "\(name)-bias") : nil))
    if let shuffle { layers.append(shuffle) }
    if let squeezeExcite = stage.squeezeExcite, let numbers = parameters.squeezeExcite {
      guard squeezeExcite.activation == .swish(), squeezeExcite.gate == .sigmoid else {
        throw PeerError.notDescribable("\(squeezeExcite)")
      }
      let hidden = squeezeExcite.hidden
      layers.append(
        .squeezeExcite(
          reduce: try write(numbers.reduce, [hidden, outputs, 1, 1], "\(name)-reduce"),
          reduceBias: try write(numbers.reduceBias, [hidden], "\(name)-reduce-bias"),
          expand: try write(numbers.expand, [outputs, hidden, 1, 1], "\(name)-expand"),
          expandBias: try write(numbers.expandBias, [outputs], "\(name)-expand-bias")))
    }
    return layers
  }

  /// The shuffle between interleaved groups and contiguous ones; nil where they are contiguous.
  private func shuffleGroups(_ groups: ChannelGroups, gather: Bool) throws -> Int? {
    if groups.stride == 1 || groups.size == 1 { return nil }
    guard groups.stride == groups.count else { throw PeerError.notDescribable("\(groups)") }
    return gather ? groups.size : groups.count
  }

  private func word(for activation: Activation) throws -> String {
    switch activation {
    case .identity: "identity"
    case .relu6: "relu6"
    case .swish(beta: 1): "swish"
    default: throw PeerError.notDescribable("\(activation)")
    }
  }

  /// Writes an array; returns its path.
  func write(_ numbers: [Float], _ shape: [Int], _ name: String) throws -> String {
    let path = "\(folder)/\(name).npy"
    try NumPyArray(shape: shape, elements: .float32(numbers)).write(to: path)
    return path
  }
}

extension [Displacement] {
  /// Neighbours with one displacement together: how many, dy, dx.
  fileprivate var runs: [[Int]] {
    var runs: [[Int]] = []
    for displacement in self {
      if let last = runs.last, last[1] == displacement.dy, last[2] == displacement.dx {
        runs[runs.count - 1][0] += 1
      } else {
        runs.append([1, displacement.dy, displacement.dx])
      }
    }
    return runs
  }
}

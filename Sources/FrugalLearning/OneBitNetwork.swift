internal import FrugalConv

/// Fully connected layers of 1-bit values: activations 0 and 1, weights −1 and +1, products of two
/// bits, whole sums, which are 0 or 1 again for the next layer: 1 where a sum is above 0.
public struct OneBitNetwork: Hashable, Sendable {
  /// The signs of one layer's weights.
  public struct Layer: Hashable, Sendable {
    public let inputs, outputs: Int
    /// −1 and +1, `[outputs][inputs]`.
    public let signs: [Int8]

    /// W > 0 → +1, W < 0 → −1; zero, which the form leaves open, → +1. `weights` are
    /// `[outputs][inputs]`. Throws when one is not finite.
    public init(signsOf weights: Matrix) throws(LearningError) {
      try weights.requireFinite()
      (inputs, outputs) = (weights.columns, weights.rows)
      signs = weights.elements.map { $0 < 0 ? -1 : 1 }
    }
  }

  public let layers: [Layer]

  /// Throws when there is no layer, and when a layer has not the inputs that the one before gives.
  public init(_ layers: [Layer]) throws(LearningError) {
    guard !layers.isEmpty else { throw .countNotPositive(what: "layers", value: 0) }
    for (layer, next) in zip(layers, layers.dropFirst()) where layer.outputs != next.inputs {
      throw .columnsDiffer(expected: layer.outputs, found: next.inputs)
    }
    self.layers = layers
  }

  /// The sums of the last layer, `[samples][outputs]`: float32 values that are whole.
  ///
  /// Inputs, `[samples][inputs]`, become 1 above the threshold, else 0. Throws when their columns
  /// do not fit the first layer, and when one is not finite.
  public func sums(_ inputs: Matrix, threshold: Float = 0) throws(LearningError) -> Matrix {
    guard inputs.columns == layers[0].inputs else {
      throw .columnsDiffer(expected: layers[0].inputs, found: inputs.columns)
    }
    try inputs.requireFinite()
    do {
      let sums = try multiply(inputs, threshold)
      return Matrix(
        unchecked: sums.map(Float.init), rows: inputs.rows,
        columns: layers[layers.count - 1].outputs)
    } catch { throw LearningError(error) }
  }

  /// The last layer as bits, zeros and ones: 1 where its sum is above 0.
  public func bits(_ inputs: Matrix, threshold: Float = 0) throws(LearningError) -> Matrix {
    let sums = try self.sums(inputs, threshold: threshold)
    return Matrix(
      unchecked: sums.elements.map { $0 > 0 ? 1 : 0 }, rows: sums.rows, columns: sums.columns)
  }

  /// The layers as one plan of {0,1} × {−1,+1}, every sample an image of one pixel: what is between
  /// them stays bits.
  private func multiply(_ inputs: Matrix, _ threshold: Float) throws(FrugalConvError) -> [Int32] {
    var network = try Convolution.fullyConnected(layers[0].inputs, layers[0].outputs, bias: false)
    for layer in layers.dropFirst() {
      network = try network.followed(by: .fullyConnected(layer.inputs, layer.outputs, bias: false))
    }
    let shape = MapShape(images: inputs.rows, channels: inputs.columns, height: 1, width: 1)
    let plan = try network.binaryPlan(for: shape, encoding: Units.self)
    let parameters = layers.map { layer in
      BinaryParameters(
        weights: layer.signs.map(Float.init),
        threshold: .atLeast([Int](repeating: 1, count: layer.outputs)))
    }
    var sums = [Int32](repeating: 0, count: plan.outputShape.count)
    var span = sums.mutableSpan
    var workspace = plan.makeWorkspace()
    let map = try FeatureMap(inputs.elements, shape: shape)
    try plan.run(
      plan.pack(parameters), map.view, BitThreshold(threshold), into: &span,
      workspace: &workspace)
    return sums
  }
}

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
    let outputs = layers[layers.count - 1].outputs
    let sums = try self.sums(of: bits(inputs, threshold: threshold), samples: inputs.rows)
    return Matrix(unchecked: sums.map(Float.init), rows: inputs.rows, columns: outputs)
  }

  /// The last layer as bits, zeros and ones: 1 where its sum is above 0.
  public func bits(_ inputs: Matrix, threshold: Float = 0) throws(LearningError) -> Matrix {
    let sums = try self.sums(inputs, threshold: threshold)
    return Matrix(
      unchecked: sums.elements.map { $0 > 0 ? 1 : 0 }, rows: sums.rows, columns: sums.columns)
  }

  private func bits(_ inputs: Matrix, threshold: Float) throws(LearningError) -> [UInt8] {
    guard inputs.columns == layers[0].inputs else {
      throw .columnsDiffer(expected: layers[0].inputs, found: inputs.columns)
    }
    try inputs.requireFinite()
    return inputs.elements.map { $0 > threshold ? 1 : 0 }
  }

  private func sums(of bits: [UInt8], samples: Int) -> [Int32] {
    var bits = bits
    for layer in layers.dropLast() {
      bits = oneBitProduct(bits, samples: samples, layer).map { $0 > 0 ? 1 : 0 }
    }
    return oneBitProduct(bits, samples: samples, layers[layers.count - 1])
  }
}

/// `sums[s][o] = Σ over i of bits[s][i] · signs[o][i]`, bits 0 and 1, `[samples][inputs]`.
private func oneBitProduct(
  _ bits: [UInt8], samples: Int, _ layer: OneBitNetwork.Layer
) -> [Int32] {
  var sums: [Int32] = []
  sums.reserveCapacity(samples * layer.outputs)
  for sample in 0..<samples {
    for output in 0..<layer.outputs {
      var sum: Int32 = 0
      for i in 0..<layer.inputs where bits[sample * layer.inputs + i] == 1 {
        sum += Int32(layer.signs[output * layer.inputs + i])
      }
      sums.append(sum)
    }
  }
  return sums
}

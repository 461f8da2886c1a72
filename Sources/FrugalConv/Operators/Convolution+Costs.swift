/// What a convolution costs on paper.
public struct Costs: Hashable, Sendable {
  /// Weights of kernels, squeeze-excite and fully connected layers.
  public var weights: Int
  /// Biases, of squeeze-excite too.
  public var biases: Int
  /// Multiply-accumulate operations of the whole batch; an interpolated value counts as four.
  public var multiplyAdds: Int
  /// Bytes that must move when nothing but input, output, residual and parameters leaves the
  /// cache: each read or written once, 4 bytes a value.
  public var leastBytes: Int

  public var parameters: Int { weights + biases }
}

extension Convolution {
  /// Parameters, multiply-adds and least bytes for an input; throws what does not fit.
  ///
  /// Biases, activations, residuals and pooling count no multiply-adds. The two numbers of a real
  /// displacement are weights (they are learned), whole displacements are not.
  public func costs(for input: MapShape) throws(FrugalConvError) -> Costs {
    let shapes = try shapes(for: input)
    var costs = Costs(weights: 0, biases: 0, multiplyAdds: 0, leastBytes: 0)
    for (index, stage) in stages.enumerated() {
      let (from, to) = (shapes[index], shapes[index + 1])
      let weights = try stage.weightCount(from.channels)
      costs.weights += weights
      costs.biases += stage.bias ? to.channels : 0
      costs.multiplyAdds += try product(weights, to.planeSize, to.images)
      if case .activeShift = stage.spatial {
        costs.weights += 2 * from.channels
        costs.multiplyAdds += try product(4, from.channels, to.planeSize, to.images)
      }
      if let hidden = stage.squeezeExcite?.hidden {
        costs.weights += try product(2, hidden, to.channels)
        costs.biases += hidden + to.channels
        costs.multiplyAdds += try product(2, hidden, to.channels, to.images)
      }
    }
    let output = shapes[stages.count]
    let residual = residual?.source == .map || residual?.source == .output ? output.count : 0
    costs.leastBytes =
      MemoryLayout<Float>.stride * (input.count + output.count + residual + costs.parameters)
    return costs
  }
}

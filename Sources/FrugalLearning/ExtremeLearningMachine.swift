internal import FrugalConv

/// A network of three layers whose hidden weights are random and stay so: only the output weights
/// are learned, as one least-squares problem (Huang, Zhu and Siew 2006).
///
/// `h_b = logistic(Σ over a of W_ba·x_a + W_b,m+1)`, `y = Σ over b of β_b·h_b`, W uniform in
/// [−1, 1), β the solution of H·β ≈ T. With 1-bit arithmetic x, W and h are quantised: see
/// `Arithmetic`.
public struct ExtremeLearningMachine: Sendable {
  public enum Arithmetic: Hashable, Sendable {
    case float32
    /// Inputs are 1 above the threshold, else 0, weights the signs of W, hidden values 1 where their
    /// sum is above 0 (where the logistic function is above a half), else 0. With
    /// `quantisesOutput` β becomes ±α_k, by its sign, with α_k the mean of |β| of output k, so that
    /// the last sums are whole numbers times α_k (a strong ridge, C well below 1, keeps weights alike,
    /// so that signs lose less); else β stays float32.
    case oneBit(threshold: Float = 0, quantisesOutput: Bool = false)
  }

  /// How the output weights are found.
  public enum Solver: Hashable, Sendable {
    /// `LeastSquares.minimumNorm`
    case minimumNorm
    /// `LeastSquares.pseudoInverse`, times the targets.
    case pseudoInverse
    /// `LeastSquares.ridge`
    case ridge(c: Float)
  }

  public let arithmetic: Arithmetic
  /// W, `[hidden][inputs + 1]`; the last column meets the constant 1.
  public let hiddenWeights: Matrix
  /// β, `[hidden][outputs]`, as solved; nil before `fit`.
  public private(set) var outputWeights: Matrix?

  public var inputs: Int { hiddenWeights.columns - 1 }
  public var hidden: Int { hiddenWeights.rows }

  /// Random hidden weights: equal generators give equal networks. Throws when a size is below 1.
  public init(
    inputs: Int, hidden: Int, _ arithmetic: Arithmetic = .float32,
    using generator: inout some RandomNumberGenerator
  ) throws(LearningError) {
    guard inputs >= 1 else { throw .countNotPositive(what: "inputs", value: inputs) }
    guard hidden >= 1 else { throw .countNotPositive(what: "hidden values", value: hidden) }
    var weights = try Matrix(zeros: hidden, by: inputs + 1)
    for b in 0..<hidden {
      for a in 0...inputs { weights[b, a] = Float(generator.next() >> 40) * 0x1p-23 - 1 }
    }
    try self.init(hiddenWeights: weights, arithmetic)
  }

  /// Hidden weights of the caller's choice, `[hidden][inputs + 1]`. Throws when there is no input
  /// and when a weight, or a threshold, is not finite.
  public init(
    hiddenWeights: Matrix, _ arithmetic: Arithmetic = .float32
  ) throws(LearningError) {
    guard hiddenWeights.columns >= 2 else { throw .countNotPositive(what: "inputs", value: 0) }
    try hiddenWeights.requireFinite()
    if case .oneBit(let threshold, _) = arithmetic, !threshold.isFinite {
      throw .thresholdNotFinite(threshold)
    }
    self.hiddenWeights = hiddenWeights
    self.arithmetic = arithmetic
  }

  /// Solves for the output weights. `samples` are `[N][inputs]`, `targets` `[N][outputs]`.
  ///
  /// Throws, and changes nothing, when they do not fit or are not finite, and as the solver does.
  public mutating func fit(
    _ samples: Matrix, _ targets: Matrix, by solver: Solver = .minimumNorm
  ) throws(LearningError) {
    guard samples.rows == targets.rows else { throw .rowsDiffer(samples.rows, targets.rows) }
    let h = try hiddenValues(samples)
    switch solver {
    case .minimumNorm: outputWeights = try LeastSquares.minimumNorm(h, targets).weights
    case .ridge(let c): outputWeights = try LeastSquares.ridge(h, targets, c: c)
    case .pseudoInverse:
      try targets.requireFinite()
      outputWeights = try LeastSquares.pseudoInverse(h).times(targets)
    }
  }

  /// The outputs, `[N][outputs]`. Throws before `fit`, and when the samples do not fit or are not
  /// finite.
  public func predict(_ samples: Matrix) throws(LearningError) -> Matrix {
    guard let outputWeights else { throw .notTrained }
    guard case .oneBit(let threshold, true) = arithmetic else {
      return try hiddenValues(samples).times(outputWeights)
    }
    let beta = outputWeights.transposed
    let network = try OneBitNetwork([
      OneBitNetwork.Layer(signsOf: hiddenWeights), OneBitNetwork.Layer(signsOf: beta),
    ])
    try check(samples)
    var outputs = try network.sums(bits(samples, above: threshold))
    let scales = (0..<beta.rows).map { output in
      (0..<hidden).reduce(Float(0)) { $0 + abs(beta[output, $1]) } / Float(hidden)
    }
    for row in 0..<outputs.rows {
      for output in 0..<outputs.columns { outputs[row, output] *= scales[output] }
    }
    return outputs
  }

  /// H, `[N][hidden]`.
  public func hiddenValues(_ samples: Matrix) throws(LearningError) -> Matrix {
    try check(samples)
    switch arithmetic {
    case .float32:
      do { return try logisticValues(samples) } catch { throw LearningError(error) }
    case .oneBit(let threshold, _):
      let layer = try OneBitNetwork.Layer(signsOf: hiddenWeights)
      return try OneBitNetwork([layer]).bits(bits(samples, above: threshold))
    }
  }

  private func check(_ samples: Matrix) throws(LearningError) {
    guard samples.columns == inputs else {
      throw .columnsDiffer(expected: inputs, found: samples.columns)
    }
    try samples.requireFinite()
  }

  /// A fully connected layer: a pointwise convolution of images of one pixel.
  private func logisticValues(_ samples: Matrix) throws(FrugalConvError) -> Matrix {
    let layer = try Convolution.pointwise(inputs, hidden, activation: .sigmoid)
    let shape = MapShape(images: samples.rows, channels: inputs, height: 1, width: 1)
    let plan = try layer.plan(for: shape)
    var parameters = StageParameters(bias: (0..<hidden).map { hiddenWeights[$0, inputs] })
    for b in 0..<hidden {
      let row = b * (inputs + 1)
      parameters.weights += hiddenWeights.elements[row..<row + inputs]
    }
    let values = try plan.run(
      plan.pack([parameters]), FeatureMap(samples.elements, shape: shape))
    return Matrix(unchecked: values.array(), rows: samples.rows, columns: hidden)
  }

  /// The samples as zeros and ones, the constant 1 behind each.
  private func bits(_ samples: Matrix, above threshold: Float) -> Matrix {
    var elements: [Float] = []
    elements.reserveCapacity(samples.rows * (inputs + 1))
    for row in 0..<samples.rows {
      for value in samples.elements[row * inputs..<(row + 1) * inputs] {
        elements.append(value > threshold ? 1 : 0)
      }
      elements.append(1)
    }
    return Matrix(unchecked: elements, rows: samples.rows, columns: inputs + 1)
  }
}

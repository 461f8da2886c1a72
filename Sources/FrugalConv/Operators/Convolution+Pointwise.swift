extension Convolution {
  /// A 1×1 convolution: `y_d = Σ_c w[d][c]·x_c + b_d`. Weights `[D][C]`.
  public static func pointwise(
    _ inputs: Int, _ outputs: Int, stride: Extent = 1, bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try Convolution(
      channels: inputs,
      stages: [
        Stage(.none(stride: stride), .dense(inputs, outputs), bias: bias, activation: activation)
      ])
  }

  /// A fully connected layer on maps of 1×1 pixels: a pointwise convolution by its other name.
  public static func fullyConnected(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try pointwise(inputs, outputs, bias: bias, activation: activation)
  }
}

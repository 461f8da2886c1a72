extension Convolution {
  /// A shift convolution: each channel moves by its own whole displacement, then one 1×1 mixes
  /// them: `y_d[h, w] = Σ_c w[d][c]·x_c[h·s + dy_c, w·s + dx_c] + b_d`, zero outside.
  /// Weights `[D][C]` (ShiftNet, Wu et al. 2018; the sparse shift layer, Chen et al. 2019).
  ///
  /// Only the values the stride uses are read. A displacement beyond the map gives zeros.
  public static func shift(
    _ displacements: [Displacement], _ outputs: Int, stride: Extent = 1, bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try requirePositive(displacements.count, "displacements")
    return try Convolution(
      channels: displacements.count,
      stages: [
        Stage(
          .shift(displacements, stride: stride), .dense(displacements.count, outputs), bias: bias,
          activation: activation)
      ])
  }

  /// An active shift convolution: each channel moves by its own real displacement, interpolated
  /// bilinearly, then one 1×1 mixes them. Weights `[D][C]` (Jeon and Kim 2018).
  ///
  /// Throws when a displacement is not finite.
  public static func activeShift(
    _ displacements: [RealDisplacement], _ outputs: Int, stride: Extent = 1, bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try requirePositive(displacements.count, "displacements")
    return try Convolution(
      channels: displacements.count,
      stages: [
        Stage(
          .activeShift(displacements, stride: stride), .dense(displacements.count, outputs),
          bias: bias, activation: activation)
      ])
  }

  /// Conv-shift-conv of ShiftResNet: 1×1 to `expansion·outputs` channels, ReLU, shift, 1×1 that
  /// takes the stride, ReLU (Wu et al. 2018). The expanded channels are spread over the kernel.
  public static func convShiftConv(
    _ inputs: Int, _ outputs: Int, expansion: Int, kernel: Int = 3, stride: Extent = 1,
    bias: Bool = true, activation: Activation = .relu
  ) throws(FrugalConvError) -> Convolution {
    try requirePositive(kernel, "kernel")
    let expanded = try product(expansion, outputs)
    try requirePositive(expanded, "expanded channels")
    let limit = 1 << 24
    guard expanded <= limit else {
      throw .tooLarge(what: "expanded channels", value: expanded, limit: limit)
    }
    return try pointwise(inputs, expanded, bias: bias, activation: .relu)
      .followed(
        by: shift(
          .evenlySpread(channels: expanded, kernel: kernel), outputs, stride: stride, bias: bias,
          activation: activation))
  }
}

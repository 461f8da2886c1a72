extension Convolution {
  /// A k×k convolution: `y_d = Σ_c Σ_ij w[d][c][i][j]·x_c[y·s − top + i·d, …] + b_d`.
  /// Weights `[D][C][k][k]`.
  public static func window(
    _ inputs: Int, _ outputs: Int, _ window: Window, bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try grouped(inputs, outputs, groups: 1, window, bias: bias, activation: activation)
  }

  /// A convolution in groups of neighbouring channels (Krizhevsky et al. 2012): each group of
  /// outputs sees its own group of inputs. Weights `[D][C/G][k][k]`.
  ///
  /// Throws when the groups do not divide both channel counts.
  public static func grouped(
    _ inputs: Int, _ outputs: Int, groups: Int, _ window: Window = Window(1), bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    let mix = ChannelMix.groups(
      inputs: try .contiguous(channels: inputs, groups: groups),
      outputs: try .contiguous(channels: outputs, groups: groups))
    return try Convolution(
      channels: inputs,
      stages: [Stage(window.step, mix, bias: bias, activation: activation)])
  }

  /// One k×k kernel per channel: `y_c = Σ_ij w[c][i][j]·x_c[y·s − top + i·d, …] + b_c`.
  /// Weights `[C][k][k]`.
  public static func depthwise(
    _ channels: Int, _ window: Window, bias: Bool = true, activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try Convolution(
      channels: channels,
      stages: [Stage(.depthwise(window), bias: bias, activation: activation)])
  }

  /// A depthwise, then a 1×1 convolution (MobileNetV1, Howard et al. 2017).
  public static func depthwiseSeparable(
    _ inputs: Int, _ outputs: Int, _ window: Window = Window(3), bias: Bool = true,
    between: Activation = .relu6, activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try depthwise(inputs, window, bias: bias, activation: between)
      .followed(by: pointwise(inputs, outputs, bias: bias, activation: activation))
  }

  /// A k×1, then a 1×k convolution through `rank` maps (Jaderberg et al. 2014, scheme 2).
  /// Weights `[rank][C][k][1]` and `[D][rank][1][k]`; pays off below `rank = kCD/(C + D)`.
  public static func lowRankInSpace(
    _ inputs: Int, rank: Int, _ outputs: Int, kernel: Int, stride: Int = 1, bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try window(
      inputs, rank, Window(Extent(kernel, 1), stride: Extent(stride, 1)), bias: false
    ).followed(
      by: window(
        rank, outputs, Window(Extent(1, kernel), stride: Extent(1, stride)), bias: bias,
        activation: activation))
  }

  /// A k×k convolution to `rank` maps, then a 1×1 (Zhang et al. 2015, linear case).
  /// Weights `[rank][C][k][k]` and `[D][rank]`; pays off below `rank = DCk²/(Ck² + D)`.
  public static func lowRankInChannels(
    _ inputs: Int, rank: Int, _ outputs: Int, _ spatial: Window, bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    try window(inputs, rank, spatial, bias: false)
      .followed(by: pointwise(rank, outputs, bias: bias, activation: activation))
  }
}

extension Window {
  /// The spatial step that offers all taps; a 1×1 window without a border is no step at all.
  var step: SpatialStep {
    if kernel == 1, padding == .same || padding == .valid || padding == .sameTensorFlow {
      .none(stride: stride)
    } else {
      .window(self)
    }
  }
}

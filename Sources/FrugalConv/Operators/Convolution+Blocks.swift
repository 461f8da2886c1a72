extension Convolution {
  /// An inverted residual (MobileNetV2, Sandler et al. 2018): 1×1 to t·C channels, ReLU6,
  /// depthwise, ReLU6, linear 1×1; the input is added when it fits. Expansion 1 has no first 1×1.
  public static func mobileNetV2Block(
    _ inputs: Int, _ outputs: Int, expansion: Int = 6, _ window: Window = Window(3),
    bias: Bool = true
  ) throws(FrugalConvError) -> Convolution {
    let expanded = try product(inputs, expansion)
    var stages = [
      Stage(.depthwise(window), bias: bias, activation: .relu6),
      Stage(.none(), try .dense(expanded, outputs), bias: bias),
    ]
    if expansion != 1 {
      stages.insert(
        Stage(.none(), try .dense(inputs, expanded), bias: bias, activation: .relu6), at: 0)
    }
    return try Convolution(
      channels: inputs, stages: stages,
      residual: window.stride == 1 && inputs == outputs ? Residual(.input) : nil)
  }

  /// A depthwise-separable block with squeeze-excite: Conv_1, swish, [1×1,] depthwise, swish,
  /// squeeze-excite, linear Conv_2; the input is added when it fits. With the default ratios this
  /// is EfficientNet's MBConv6 (Tan and Le 2019).
  ///
  /// - Parameters:
  ///   - inputs: channels of the input.
  ///   - outputs: channels of the output.
  ///   - expansion: Conv_1's filters per input channel; 1 leaves Conv_1 out.
  ///   - window: of the depthwise step.
  ///   - reduction: Conv_1's filters per hidden channel of squeeze-excite (which has at least 1).
  ///   - hidden: hidden channels of squeeze-excite, when they do not follow from `reduction`.
  ///   - beta: of swish, x·sigmoid(beta·x).
  ///   - extraPointwise: one more 1×1 straight before the depthwise, as the block's patent words it.
  ///   - bias: each convolution adds a constant per output channel.
  public static func dsBlock(
    _ inputs: Int, _ outputs: Int, expansion: Int = 6, _ window: Window = Window(3),
    reduction: Int = 24, hidden: Int? = nil, beta: Float = 1, extraPointwise: Bool = false,
    bias: Bool = true
  ) throws(FrugalConvError) -> Convolution {
    try requirePositive(reduction, "reduction")
    let expanded = try product(inputs, expansion)
    let swish = Activation.swish(beta: beta)
    var stages: [Stage] = []
    if expansion != 1 {
      stages.append(Stage(.none(), try .dense(inputs, expanded), bias: bias, activation: swish))
    }
    if extraPointwise {
      stages.append(Stage(.none(), try .dense(expanded, expanded), bias: false))
    }
    let squeezeExcite = SqueezeExcite(
      hidden: hidden ?? max(1, expanded / reduction), activation: swish)
    stages.append(
      Stage(
        .depthwise(window), bias: bias, activation: swish, squeezeExcite: squeezeExcite))
    stages.append(Stage(.none(), try .dense(expanded, outputs), bias: bias))
    return try Convolution(
      channels: inputs, stages: stages,
      residual: window.stride == 1 && inputs == outputs ? Residual(.input) : nil)
  }

  /// Squeeze-excite alone.
  public static func squeezeExcite(
    _ channels: Int, _ squeezeExcite: SqueezeExcite
  ) throws(FrugalConvError) -> Convolution {
    try Convolution(
      channels: channels, stages: [Stage(.none(), bias: false, squeezeExcite: squeezeExcite)])
  }
}

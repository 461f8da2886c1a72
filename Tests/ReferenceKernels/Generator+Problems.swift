public import FrugalConv

extension Generator {
  /// A random convolution with a shape it fits.
  public mutating func problem() throws -> (Convolution, MapShape) {
    var convolution = try convolution()
    let shape = MapShape(
      images: integer(1...2), channels: convolution.channels, height: integer(1...9),
      width: pick([1, 2, 5, 7, 8, 9, 16, 19]))
    let fitsInput = try convolution.outputShape(for: shape) == shape
    if convolution.residual == nil, convolution.stages.last?.squeezeExcite == nil {
      convolution.residual = pick([
        nil, nil, Residual(fitsInput ? .input : .map, .afterActivation),
        Residual(.map, .beforeActivation), Residual(.output, .afterActivation),
      ])
    }
    return (convolution, shape)
  }

  private mutating func convolution() throws -> Convolution {
    let (inputs, outputs) = (integer(1...12), integer(1...12))
    let (groups, bias, activation) = (integer(1...3), integer(0...1) == 1, activation())
    switch integer(0...13) {
    case 0: return try .pointwise(inputs, outputs, stride: stride(), activation: activation)
    case 1:
      return try .grouped(
        groups * inputs, groups * outputs, groups: groups, window(), bias: bias,
        activation: activation)
    case 2: return try .depthwise(inputs, window(), bias: bias, activation: activation)
    case 3:
      return try .depthwiseSeparable(
        inputs, outputs, window(), bias: bias, between: self.activation(), activation: activation)
    case 4:
      return try .shift(
        displacements(inputs), outputs, stride: stride(), bias: bias, activation: activation)
    case 5:
      return try .convShiftConv(
        inputs, outputs, expansion: integer(1...3), kernel: pick([1, 3, 5]), stride: stride(),
        bias: bias, activation: activation)
    case 6:
      return try .activeShift(
        (0..<inputs).map { _ in RealDisplacement(dy: 3 * real(), dx: 3 * real()) }, outputs,
        stride: stride(), bias: bias, activation: activation)
    case 7:
      return try .igcv1(
        primaries: integer(1...4), size: integer(1...3), widened: pick([nil, 1, 4]), window(),
        bias: bias, activation: activation)
    case 8:
      return try .igcv2(
        24, groupSizes: pick([[1, 4, 6], [1, 2, 3, 4], [2, 12], [24], [1, 24], [3, 8]]), window(),
        bias: bias, activation: activation)
    case 9:
      return try .igcv3Block(
        2 * groups, pick([2 * groups, 4 * groups]), expansion: integer(1...3), groups: (groups, 2),
        Window(3, stride: stride()), bias: bias)
    case 10:
      return try .mobileNetV2Block(
        inputs, pick([inputs, outputs]), expansion: integer(1...3),
        Window(3, stride: stride(), padding: pick([.same, .sameTensorFlow])), bias: bias)
    case 11:
      return try .dsBlock(
        inputs, pick([inputs, outputs]), expansion: integer(1...3),
        Window(pick([3, 5]), stride: stride(), padding: pick([.same, .sameTensorFlow])),
        hidden: integer(1...3), beta: 1 + real() / 2, extraPointwise: bias)
    case 12: return try .pooling(inputs, pick(Self.poolings), window())
    default: return try .globalAverage(inputs)
    }
  }

  private static let poolings: [Pooling] = [
    .maximum, .average(countsPadding: true), .average(countsPadding: false),
  ]

  private mutating func stride() -> Extent { pick([1, 1, 2, Extent(1, 2), Extent(3, 1)]) }

  /// A window that fits a map of any size.
  private mutating func window() -> Window {
    let dilation = pick([1, 1, 2])
    let kernel = Extent(integer(1...5), integer(1...5))
    let reach = Extent(dilation * (kernel.height - 1), dilation * (kernel.width - 1))
    return Window(
      kernel, stride: stride(), dilation: Extent(dilation),
      padding: pick([
        .same, .same, .sameTensorFlow,
        .explicit(
          top: reach.height, left: 0, bottom: integer(0...2), right: reach.width + integer(0...2)),
      ]))
  }

  private mutating func activation() -> Activation {
    pick([
      .identity, .identity, .relu, .relu6, .swish(), .hardSwish, .sigmoid,
      .clamp(low: -1, high: 2),
    ])
  }

  private mutating func displacements(_ count: Int) -> [Displacement] {
    let reach = pick([1, 2, 30])
    return (0..<count).map { _ in
      Displacement(dy: integer(-reach...reach), dx: integer(-reach...reach))
    }
  }
}

import FrugalConv

/// The operators that a shape list can name.
enum LayerOperator: String, CaseIterable {
  case pointwise, window, grouped, depthwise, shift, igcv1
  case squeezeExcite = "squeeze-excite"
  case fullyConnected = "fully-connected"

  /// Keys without a default.
  var neededKeys: [LayerKey] {
    switch self {
    case .pointwise, .fullyConnected: []
    case .window, .depthwise, .shift: [.kernel]
    case .grouped: [.kernel, .groups]
    case .igcv1: [.kernel, .partitions, .size]
    case .squeezeExcite: [.hidden]
    }
  }

  /// Keys that can be left out.
  var optionalKeys: [LayerKey] {
    switch self {
    case .pointwise, .shift: [.stride, .norm, .act, .count]
    case .window, .depthwise: [.stride, .padding, .norm, .act, .count]
    case .grouped: [.stride, .padding, .permuted, .norm, .act, .count]
    case .igcv1: [.widened, .stride, .padding, .norm, .act, .count]
    case .squeezeExcite, .fullyConnected: [.act, .count]
    }
  }

  /// The convolution of a layer; throws what does not fit.
  func convolution(
    _ inputs: Int, _ outputs: Int, _ options: LayerOptions
  ) throws(FrugalConvError) -> Convolution {
    let stride = Extent(options.stride)
    let window = Window(
      Extent(options.kernel), stride: stride, padding: options.padding)
    let bias = options.norm != .none
    let activation = options.activation
    return switch self {
    case .pointwise:
      try .pointwise(inputs, outputs, stride: stride, bias: bias, activation: activation)
    case .window: try .window(inputs, outputs, window, bias: bias, activation: activation)
    case .grouped where options.permuted:
      try .groupedThenPermuted(
        inputs, outputs, groups: options.groups, window, bias: bias, activation: activation)
    case .grouped:
      try .grouped(
        inputs, outputs, groups: options.groups, window, bias: bias, activation: activation)
    case .depthwise: try .depthwise(inputs, window, bias: bias, activation: activation)
    case .shift:
      try .shift(
        .evenlySpread(channels: inputs, kernel: options.kernel), outputs, stride: stride,
        bias: bias, activation: activation)
    case .igcv1:
      try .igcv1(
        primaries: options.partitions, size: options.size, widened: options.widened, window,
        bias: bias, activation: activation)
    case .squeezeExcite:
      try .squeezeExcite(
        inputs, SqueezeExcite(hidden: options.hidden, activation: activation))
    case .fullyConnected: try .fullyConnected(inputs, outputs, activation: activation)
    }
  }
}

extension Convolution {
  /// A grouped convolution that stores output j of group g at channel `j·groups + g`: the
  /// permutation of IGCV3 at no cost.
  fileprivate static func groupedThenPermuted(
    _ inputs: Int, _ outputs: Int, groups: Int, _ window: Window, bias: Bool,
    activation: Activation
  ) throws(FrugalConvError) -> Convolution {
    let mix = ChannelMix.groups(
      inputs: try .contiguous(channels: inputs, groups: groups),
      outputs: try .interleaved(channels: outputs, groups: groups))
    let step = window.kernel == 1 ? SpatialStep.none(stride: window.stride) : .window(window)
    return try Convolution(
      channels: inputs, stages: [Stage(step, mix, bias: bias, activation: activation)])
  }
}

import FrugalConv

/// The operators that a shape list can name.
enum LayerOperator: String, CaseIterable {
  case pointwise, window, grouped, depthwise, separable, shift, igcv1, igcv2
  case activeShift = "active-shift"
  case convShiftConv = "conv-shift-conv"
  case igcv3Block = "igcv3-block"
  case mobileNetV2Block = "mobilenetv2-block"
  case dsBlock = "ds-block"
  case squeezeExcite = "squeeze-excite"
  case fullyConnected = "fully-connected"
  case maximumPooling = "maximum-pooling"
  case averagePooling = "average-pooling"
  case globalAverage = "global-average"

  /// Keys without a default.
  var neededKeys: [LayerKey] {
    switch self {
    case .pointwise, .fullyConnected, .globalAverage: []
    case .window, .depthwise, .separable, .shift, .maximumPooling, .averagePooling: [.kernel]
    case .grouped: [.kernel, .groups]
    case .igcv1: [.kernel, .partitions, .size]
    case .igcv2: [.kernel, .sizes]
    case .convShiftConv, .igcv3Block, .mobileNetV2Block, .dsBlock: [.kernel, .expansion]
    case .activeShift: []
    case .squeezeExcite: [.hidden]
    }
  }

  /// Keys that can be left out.
  var optionalKeys: [LayerKey] {
    let own: [LayerKey] =
      switch self {
      case .pointwise, .shift, .activeShift, .convShiftConv: [.stride, .norm, .act]
      case .window, .depthwise, .separable: [.stride, .padding, .norm, .act]
      case .grouped: [.stride, .padding, .permuted, .norm, .act]
      case .igcv1: [.widened, .stride, .padding, .norm, .act]
      case .igcv2: [.stride, .padding, .norm, .act]
      case .igcv3Block: [.groups, .stride, .padding, .norm]
      case .mobileNetV2Block, .dsBlock: [.stride, .padding, .norm]
      case .squeezeExcite, .fullyConnected: [.act]
      case .maximumPooling, .averagePooling: [.stride, .padding]
      case .globalAverage: []
      }
    return own + [.images, .count]
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
    case .separable:
      try .depthwiseSeparable(inputs, outputs, window, bias: bias, activation: activation)
    case .shift:
      try .shift(
        .evenlySpread(channels: inputs, kernel: options.kernel), outputs, stride: stride,
        bias: bias, activation: activation)
    case .igcv1:
      try .igcv1(
        primaries: options.partitions, size: options.size, widened: options.widened, window,
        bias: bias, activation: activation)
    case .igcv2:
      try .igcv2(inputs, groupSizes: options.sizes, window, bias: bias, activation: activation)
    case .activeShift:
      try .activeShift(
        .random(channels: inputs), outputs, stride: stride, bias: bias, activation: activation)
    case .convShiftConv:
      try .convShiftConv(
        inputs, outputs, expansion: options.expansion, kernel: options.kernel, stride: stride,
        bias: bias, activation: activation)
    case .igcv3Block:
      try .igcv3Block(
        inputs, outputs, expansion: options.expansion, groups: (options.groups, options.groups),
        window, bias: bias)
    case .mobileNetV2Block:
      try .mobileNetV2Block(inputs, outputs, expansion: options.expansion, window, bias: bias)
    case .dsBlock: try .dsBlock(inputs, outputs, expansion: options.expansion, window, bias: bias)
    case .maximumPooling: try .pooling(inputs, .maximum, window)
    case .averagePooling: try .pooling(inputs, .average(countsPadding: false), window)
    case .globalAverage: try .globalAverage(inputs)
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

extension [RealDisplacement] {
  /// By up to one pixel along each axis, the same in every run.
  static func random(channels: Int) -> Self {
    var random = RandomNumbers(seed: 2)
    return (0..<channels).map { _ in RealDisplacement(dy: random.float(), dx: random.float()) }
  }
}

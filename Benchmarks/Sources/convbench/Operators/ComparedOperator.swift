import FrugalConv

/// The operators of the comparison: each C → C, stride 1, with biases; those in one bit without, from
/// float maps to bits.
enum ComparedOperator: String, CaseIterable, Sendable {
  case pointwise
  case depthwise
  case depthwiseSeparable = "depthwise-separable"
  case shift
  case shiftAccumulated = "shift-accumulated"
  case activeShift = "active-shift"
  case igcv1
  case groupedPair = "grouped-pair"
  case igcv2
  case igcv3Block = "igcv3-block"
  case mobileNetV2Block = "mobilenetv2-block"
  case dsBlock = "ds-block"
  case grouped3x3
  case dense3x3
  case signWeights1x1 = "sign-weights1x1"
  case ternaryWeights1x1 = "ternary-weights1x1"
  case binary1x1
  case binaryShift = "binary-shift"
  case binaryGrouped3x3 = "binary-grouped3x3"
  case binary3x3

  /// What the row computes, in a few words.
  var summary: String {
    switch self {
    case .pointwise: "1x1"
    case .depthwise: "3x3 on each channel"
    case .depthwiseSeparable: "depthwise 3x3, ReLU6, 1x1"
    case .shift: "whole shifts of an even 3x3 split, then 1x1"
    case .shiftAccumulated: "the same as one adding sgemm per displacement: why not to"
    case .activeShift: "bilinear shifts by up to one pixel, then 1x1"
    case .igcv1: "3x3 in C/4 groups of 4, then 1x1 in 4 interleaved groups"
    case .groupedPair: "the two grouped convolutions of igcv1, not interleaved"
    case .igcv2: "depthwise 3x3, then two interleaved 1x1s"
    case .igcv3Block: "1x1 in 2 groups to 6C, depthwise 3x3, ReLU6, 1x1 in 2 groups, residual"
    case .mobileNetV2Block: "1x1 to 6C, depthwise 3x3, 1x1, ReLU6 between, residual"
    case .dsBlock: "1x1 to 6C, depthwise 3x3, squeeze-excite, 1x1, swish between, residual"
    case .grouped3x3: "3x3 in groups of 4 channels"
    case .dense3x3: "3x3 over all channels"
    case .signWeights1x1: "1x1 with weights of one bit, maps of floats"
    case .ternaryWeights1x1: "1x1 with weights of two bits, maps of floats"
    case .binary1x1: "a float map to bits by its signs, 1x1 in one bit, sums to bits"
    case .binaryShift: "the same with whole shifts before the 1x1"
    case .binaryGrouped3x3: "the same with a 3x3 in groups of 4 channels"
    case .binary3x3: "the same with a 3x3 over all channels"
    }
  }

  /// It multiplies numbers of one bit.
  var isBinary: Bool {
    switch self {
    case .binary1x1, .binaryShift, .binaryGrouped3x3, .binary3x3: true
    default: false
    }
  }

  /// Of its channel mix.
  var weightFormat: WeightFormat {
    switch self {
    case .signWeights1x1: .binary
    case .ternaryWeights1x1: .ternary
    default: .float32
    }
  }

  /// The operator that does the same but for a displacement or an interleaving, or in floats.
  var plain: ComparedOperator? {
    switch self {
    case .shift: .pointwise
    case .igcv1: .groupedPair
    case .signWeights1x1, .ternaryWeights1x1, .binary1x1: .pointwise
    case .binaryShift: .binary1x1
    case .binaryGrouped3x3: .grouped3x3
    case .binary3x3: .dense3x3
    default: nil
    }
  }

  /// The convolution on `channels` channels.
  func convolution(_ channels: Int) throws -> Convolution {
    let window = Window(3)
    switch self {
    case .pointwise, .signWeights1x1, .ternaryWeights1x1:
      return try .pointwise(channels, channels)
    case .depthwise: return try .depthwise(channels, window)
    case .depthwiseSeparable: return try .depthwiseSeparable(channels, channels, window)
    case .shift, .shiftAccumulated: return try .shift(.evenlySpread(channels: channels), channels)
    case .activeShift: return try .activeShift(.random(channels: channels), channels)
    case .igcv1: return try .igcv1(primaries: channels / 4, size: 4, window)
    case .groupedPair:
      return try .grouped(channels, channels, groups: channels / 4, window, bias: false)
        .followed(by: .grouped(channels, channels, groups: 4))
    case .igcv2:
      // 2^⌊log₂C/2⌋ and what it leaves.
      let second = 1 << ((channels.bitWidth - 1 - channels.leadingZeroBitCount) / 2)
      return try .igcv2(channels, groupSizes: [1, second, channels / second], window)
    case .igcv3Block: return try .igcv3Block(channels, channels, window)
    case .mobileNetV2Block: return try .mobileNetV2Block(channels, channels, window)
    case .dsBlock: return try .dsBlock(channels, channels, window)
    case .grouped3x3: return try .grouped(channels, channels, groups: channels / 4, window)
    case .dense3x3: return try .window(channels, channels, window)
    case .binary1x1: return try .pointwise(channels, channels, bias: false)
    case .binaryShift:
      return try .shift(.evenlySpread(channels: channels), channels, bias: false)
    case .binaryGrouped3x3:
      return try .grouped(channels, channels, groups: channels / 4, window, bias: false)
    case .binary3x3: return try .window(channels, channels, window, bias: false)
    }
  }
}

extension MapShape {
  /// "64x56x56": channels, rows, columns of one image.
  init?(text: String) {
    let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sizes.count == 3, let c = sizes[0], let h = sizes[1], let w = sizes[2],
      min(c, h, w) >= 1, max(c, h, w) <= 1 << 20
    else { return nil }
    self.init(channels: c, height: h, width: w)
  }

  /// The stages of MobileNet at 224 pixels.
  static let mobileNetStages = [(32, 112), (64, 56), (128, 28), (256, 14), (512, 7)].map {
    MapShape(channels: $0.0, height: $0.1, width: $0.1)
  }

  /// The stages of networks for CIFAR's 32 pixels.
  static let cifarStages = [(64, 32), (128, 16), (256, 8)].map {
    MapShape(channels: $0.0, height: $0.1, width: $0.1)
  }
}

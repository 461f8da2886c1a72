import FrugalConv

/// The blocks that other libraries are timed at as well: each C → C, stride 1; those in one bit from
/// bits to bits.
enum PeerBlock: String, CaseIterable, Sendable {
  case pointwise
  case depthwise
  case depthwiseSeparable = "depthwise-separable"
  case shift
  case igcv1
  case igcv3Block = "igcv3-block"
  case mobileNetV2Block = "mobilenetv2-block"
  case dsBlock = "ds-block"
  case dense3x3
  case binary1x1
  case binary3x3

  /// What the row computes, in a few words.
  var summary: String {
    switch self {
    case .shift: "whole shifts, C/9 neighbouring channels to each offset of a 3x3, then 1x1"
    case .igcv1: "3x3 in C/4 groups of 4, shuffle, 1x1 in 4 groups; not shuffled back"
    case .binary1x1: "1x1 in one bit, of signs with signs; the signs of its sums"
    case .binary3x3: "the same with a 3x3 over all channels, and +1 around the map"
    default: ComparedOperator(rawValue: rawValue)?.summary ?? rawValue
    }
  }

  /// It multiplies numbers of one bit.
  var isBinary: Bool { self == .binary1x1 || self == .binary3x3 }

  /// What a reader should know beside the figures.
  var remark: String? {
    switch self {
    case .dense3x3:
      "ncnn computes the dense 3x3 by Winograd's method, with fewer multiplications than the row "
        + "counts; the other peers and we multiply out, and are slower for it."
    case .binary1x1, .binary3x3:
      "Larq Compute Engine has no kernels for x86: as it comes it takes its reference path, and its "
        + "indirect kernels, which it takes when asked to, are portable C++."
    default: nil
    }
  }

  /// The convolution on `channels` channels.
  func convolution(_ channels: Int) throws -> Convolution {
    let window = Window(3)
    switch self {
    case .pointwise: return try .pointwise(channels, channels)
    case .depthwise: return try .depthwise(channels, window)
    case .depthwiseSeparable: return try .depthwiseSeparable(channels, channels, window)
    case .shift:
      // Neighbours move alike, so that a peer can move them by ten slices instead of C.
      return try .shift(.evenlyGrouped(channels: channels), channels)
    case .igcv1:
      // Nobody shuffles back: it would cost the peers 3 to 16 % at 64×56², measured on Zen 1.
      let interleaved = try ChannelGroups.interleaved(channels: channels, groups: 4)
      let mix = ChannelMix.groups(
        inputs: interleaved, outputs: try .contiguous(channels: channels, groups: 4))
      return try .grouped(channels, channels, groups: channels / 4, window, bias: false)
        .followed(by: Convolution(channels: channels, stages: [Stage(.none(), mix)]))
    case .igcv3Block: return try .igcv3Block(channels, channels, window)
    case .mobileNetV2Block: return try .mobileNetV2Block(channels, channels, window)
    case .dsBlock: return try .dsBlock(channels, channels, window)
    case .dense3x3: return try .window(channels, channels, window)
    case .binary1x1: return try .pointwise(channels, channels, bias: false)
    case .binary3x3: return try .window(channels, channels, window, bias: false)
    }
  }
}

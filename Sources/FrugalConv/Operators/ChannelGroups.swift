/// Which channels belong together: member i of group g stands at channel
/// `high·size·stride + i·stride + low`, where `g = high·stride + low`.
///
/// Stride 1 is an ordinary grouped convolution, one group of all channels a dense one. Every
/// permutation of the interleaved group convolutions is a stride, so none of them moves a byte:
/// the stride only becomes the leading dimension of a matrix.
public struct ChannelGroups: Hashable, Sendable {
  /// Channels in a group.
  public let size: Int
  /// Channels from one member to the next.
  public let stride: Int
  /// Groups.
  public let count: Int

  /// Groups of `size` channels, `stride` apart, that cover `channels` once.
  ///
  /// Throws when `size·stride` does not divide the channels.
  public init(channels: Int, size: Int, stride: Int = 1) throws(FrugalConvError) {
    try requirePositive(channels, "channels")
    try requirePositive(size, "the size of a group")
    try requirePositive(stride, "the stride of a group")
    let (span, overflow) = size.multipliedReportingOverflow(by: stride)
    guard !overflow, channels % span == 0 else {
      throw .channelsNotDivisible(channels: channels, by: overflow ? Int.max : span)
    }
    self.size = size
    self.stride = stride
    count = channels / size
  }

  /// `groups` groups of neighbouring channels. Throws when they do not divide the channels.
  public static func contiguous(channels: Int, groups: Int) throws(FrugalConvError) -> Self {
    try ChannelGroups(channels: channels, size: size(channels, groups))
  }

  /// `groups` groups that take every `groups`-th channel. Throws when they do not divide the
  /// channels.
  public static func interleaved(channels: Int, groups: Int) throws(FrugalConvError) -> Self {
    try ChannelGroups(channels: channels, size: size(channels, groups), stride: groups)
  }

  private static func size(_ channels: Int, _ groups: Int) throws(FrugalConvError) -> Int {
    try requirePositive(groups, "groups")
    guard channels % groups == 0, channels >= groups else {
      throw .channelsNotDivisible(channels: channels, by: groups)
    }
    return channels / groups
  }

  public var channels: Int { size * count }

  /// The channel of the first member of a group; its neighbours follow `stride` apart.
  public func first(of group: Int) -> Int {
    (group / stride) * size * stride + group % stride
  }

  /// The channel of a member of a group.
  public func channel(_ member: Int, of group: Int) -> Int {
    first(of: group) + member * stride
  }
}

/// Which channels a stage adds up: nothing, or every member of a group of inputs into every
/// member of the same group of outputs.
public enum ChannelMix: Hashable, Sendable {
  /// Each channel for itself.
  case none
  /// Weights `[group][output member][input member][taps]`: for contiguous groups the usual
  /// `[D][C/G][k][k]`.
  case groups(inputs: ChannelGroups, outputs: ChannelGroups)

  /// One group of all channels.
  public static func dense(_ inputs: Int, _ outputs: Int) throws(FrugalConvError) -> ChannelMix {
    .groups(
      inputs: try ChannelGroups(channels: inputs, size: inputs),
      outputs: try ChannelGroups(channels: outputs, size: outputs))
  }
}

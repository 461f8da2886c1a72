/// One step of a convolution: a spatial step, then a channel mix, then an epilogue.
///
/// `y = squeezeExcite(activation(mix(spatial(x)) + bias))`
public struct Stage: Hashable, Sendable {
  public var spatial: SpatialStep
  public var mix: ChannelMix
  /// A constant per output channel is added.
  public var bias: Bool
  public var activation: Activation
  public var squeezeExcite: SqueezeExcite?

  public init(
    _ spatial: SpatialStep, _ mix: ChannelMix = .none, bias: Bool = true,
    activation: Activation = .identity, squeezeExcite: SqueezeExcite? = nil
  ) {
    self.spatial = spatial
    self.mix = mix
    self.bias = bias
    self.activation = activation
    self.squeezeExcite = squeezeExcite
  }

  /// Channels of the output for `inputs` channels.
  func outputChannels(_ inputs: Int) -> Int {
    if case .groups(_, let outputs) = mix { outputs.channels } else { inputs }
  }

  /// Weights of the spatial step and the mix, for `inputs` channels; throws when they overflow.
  func weightCount(_ inputs: Int) throws(FrugalConvError) -> Int {
    switch (mix, spatial) {
    case (.groups(let inputs, let outputs), .window(let window)):
      try product(inputs.channels, outputs.size, window.kernel.height, window.kernel.width)
    case (.groups(let inputs, let outputs), _): try product(inputs.channels, outputs.size)
    case (.none, .depthwise(let window)):
      try product(inputs, window.kernel.height, window.kernel.width)
    case (.none, _): 0
    }
  }

  /// Throws what is wrong with the stage whatever the size of the map.
  func check(_ channels: Int, index: Int) throws(FrugalConvError) {
    switch mix {
    case .groups(let inputs, let outputs):
      switch spatial {
      case .depthwise, .pool, .globalAverage:
        throw .invalidStage(
          index: index, reason: "this spatial step and a channel mix are two stages")
      case .none, .shift, .activeShift, .window: break
      }
      guard inputs.count == outputs.count else {
        throw .groupCountsDiffer(inputs: inputs.count, outputs: outputs.count)
      }
      guard inputs.channels == channels else {
        throw .channelMismatch(expected: inputs.channels, found: channels)
      }
    case .none:
      if case .window = spatial {
        throw .invalidStage(index: index, reason: "the taps of a window need a channel mix")
      }
    }
    try spatial.check(channels)
    _ = try weightCount(channels)
    try activation.check()
    if let squeezeExcite {
      try requirePositive(squeezeExcite.hidden, "hidden channels of squeeze-excite")
      try squeezeExcite.activation.check()
      try squeezeExcite.gate.check()
    }
  }

  /// The shape of the output; throws when the stage does not fit the map.
  func output(of input: MapShape) throws(FrugalConvError) -> MapShape {
    let extent = try spatial.output(of: input.extent)
    let output = MapShape(
      images: input.images, channels: outputChannels(input.channels), height: extent.height,
      width: extent.width)
    try output.check()
    return output
  }
}

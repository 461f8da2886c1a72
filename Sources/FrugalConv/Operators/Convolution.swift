/// What to compute: a list of stages, each a spatial step, a channel mix and an epilogue.
///
/// The names people know are short lists, made by the static functions of this type. A new
/// operator is a new list, not a new code path.
public struct Convolution: Hashable, Sendable {
  /// Channels of the input.
  public let channels: Int
  public let stages: [Stage]
  /// A map that is added to the result of the last stage.
  public var residual: Residual?

  /// Throws when there is no stage, when one is wrong in itself, and when the channels of
  /// neighbouring stages do not fit.
  public init(channels: Int, stages: [Stage], residual: Residual? = nil) throws(FrugalConvError) {
    try requirePositive(channels, "channels")
    guard !stages.isEmpty else { throw .noStages }
    var current = channels
    for (index, stage) in stages.enumerated() {
      try stage.check(current, index: index)
      current = stage.outputChannels(current)
    }
    self.channels = channels
    self.stages = stages
    self.residual = residual
  }

  /// Channels of the output.
  public var outputChannels: Int {
    stages.reduce(channels) { channels, stage in stage.outputChannels(channels) }
  }

  /// How many weights each stage has: the lengths of `weights` in its `StageParameters` or
  /// `BinaryParameters`, with 0 for a stage that has none. `ChannelMix` documents their order, or
  /// the operator where nothing is mixed.
  ///
  /// Scales and biases, where given, are one per output channel of their stage.
  public var weightCounts: [Int] {
    var channels = channels
    return stages.map { stage in
      defer { channels = stage.outputChannels(channels) }
      // Making the convolution checked that none overflows.
      return try! stage.weightCount(channels)
    }
  }

  /// The shapes from the input to the output, one more than there are stages; throws what does
  /// not fit.
  public func shapes(for input: MapShape) throws(FrugalConvError) -> [MapShape] {
    try input.check()
    guard input.channels == channels else {
      throw .channelMismatch(expected: channels, found: input.channels)
    }
    var shapes = [input]
    for (index, stage) in stages.enumerated() {
      shapes.append(try stage.output(of: shapes[index]))
    }
    if residual?.source == .input, shapes[stages.count] != input {
      throw .residualDoesNotFit(input: input, output: shapes[stages.count])
    }
    return shapes
  }

  /// The shape of the output.
  public func outputShape(for input: MapShape) throws(FrugalConvError) -> MapShape {
    try shapes(for: input)[stages.count]
  }

  /// The stages of this convolution, then those of another.
  public func followed(by next: Convolution) throws(FrugalConvError) -> Convolution {
    guard residual == nil else {
      throw .invalidStage(index: stages.count, reason: "a residual ends a list of stages")
    }
    return try Convolution(
      channels: channels, stages: stages + next.stages, residual: next.residual)
  }
}

/// A map added to the result of the last stage, before or after its activation.
public struct Residual: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// The input of the convolution.
    case input
    /// A map given to `run`.
    case map
    /// What the output held before.
    case output
  }

  public enum Placement: Hashable, Sendable {
    case beforeActivation, afterActivation
  }

  public var source: Source
  public var placement: Placement

  public init(_ source: Source = .input, _ placement: Placement = .beforeActivation) {
    self.source = source
    self.placement = placement
  }
}

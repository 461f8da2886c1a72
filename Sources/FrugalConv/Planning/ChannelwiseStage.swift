internal import CKernels

/// A stage without a channel mix: each channel's rows are produced straight into the output, and
/// what the producer cannot finish in registers runs over them while they are in the first-level
/// cache.
struct ChannelwiseStage: Sendable {
  enum Producer: Sendable {
    /// The input as it stands.
    case planes
    case displaced([frugal_displaced_row], stride: Extent)
    /// Weighted taps: depthwise, or the four neighbours of a real displacement.
    case taps(TapWindow)
    case pool(frugal_pooling, TapWindow)
    case globalAverage
  }

  let input: MapShape
  let output: MapShape
  let producer: Producer
  /// Channels, and output rows of each, that one task computes.
  let blockChannels: Int
  let blockRows: Int
  /// The epilogue also reads what the output held, so rows are produced in a tile of scratch.
  var readsOutput = false

  var channelBlocks: Int { (output.channels + blockChannels - 1) / blockChannels }
  var rowBlocks: Int { (output.height + blockRows - 1) / blockRows }
  var tasks: Int { output.images * channelBlocks * rowBlocks }

  /// Channels at a time when a strip has fewer rows than a block.
  func channels(ofBlocksWithRows rows: Int) -> Int {
    readsOutput ? blockChannels : max(blockChannels, Self.blockFloats / (rows * output.width))
  }

  /// Floats of one task's output: enough work to be worth a task (about 10 µs of 3×3 taps).
  private static let blockFloats = 16_384

  init(_ stage: Stage, from: MapShape, to: MapShape) throws(FrugalConvError) {
    input = from
    output = to
    switch stage.spatial {
    case .none(stride: 1): producer = .planes
    case .none(let stride):
      let still = Displacement(dy: 0, dx: 0)
      producer = .displaced((0..<from.channels).map { still.row(channel: $0) }, stride: stride)
    case .shift(let displacements, let stride):
      producer = .displaced(
        displacements.enumerated().map { $1.row(channel: $0) }, stride: stride)
    case .activeShift(let displacements, let stride):
      producer = .taps(TapWindow(bilinear: displacements, stride: stride))
    case .depthwise(let window):
      producer = .taps(TapWindow(window, border: try window.borders(of: from.extent)))
    case .pool(let pooling, let window):
      let taps = TapWindow(window, border: try window.borders(of: from.extent))
      switch pooling {
      case .maximum: producer = .pool(FRUGAL_POOL_MAX, taps)
      case .average(countsPadding: true): producer = .pool(FRUGAL_POOL_AVERAGE_PADDED, taps)
      case .average(countsPadding: false): producer = .pool(FRUGAL_POOL_AVERAGE, taps)
      }
    case .globalAverage: producer = .globalAverage
    case .window: preconditionFailure("a window without a channel mix is refused earlier")
    }
    blockChannels = Self.blockChannels(to.channels, plane: max(to.planeSize, from.planeSize))
    blockRows = min(to.height, max(1, Self.blockFloats / to.width))
  }

  /// Equal blocks, several in fours: 83, 83, 83 and 7 channels would leave one of two threads idle.
  private static func blockChannels(_ channels: Int, plane: Int) -> Int {
    let most = max(1, blockFloats / plane)
    guard channels > most else { return channels }
    let blocks = ((channels + most - 1) / most + 3) / 4 * 4
    return (channels + blocks - 1) / blocks
  }

  /// Floats of scratch for one worker: a tile of produced rows, and what the taps' kernel needs.
  var scratch: (tile: Int, taps: Int) {
    var taps = 0
    if case .taps(let window) = producer {
      taps = window.scratch(input, outWidth: output.width)
    }
    let tile = readsOutput ? blockChannels * blockRows * output.width : 0
    return (WorkspaceLayout.aligned(tile), WorkspaceLayout.aligned(taps))
  }
}

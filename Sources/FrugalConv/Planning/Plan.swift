internal import CKernels

/// How one convolution is computed for one shape of input: kernels, strips, scratch. Made by
/// `Convolution.plan(for:_:)`; a value, shared freely.
public struct Plan: Sendable {
  public let convolution: Convolution
  public let inputShape: MapShape
  public let outputShape: MapShape
  /// Threads a run uses, the calling one among them.
  public let threads: Int
  /// The instruction-set level of the kernels.
  public let level: Level
  /// In what the weights of channel mixes are packed.
  public let weightFormat: WeightFormat
  /// Whether denormal numbers count as zeros during a run.
  public let flushesDenormals: Bool
  /// What the convolution costs on paper.
  public let costs: Costs

  let stages: [PlannedStage]
  let passes: [Pass]
  let workspace: WorkspaceLayout
  let packing: WeightPacking

  /// Which of the ways to run the convolution this is.
  public let candidate: Candidate
  /// How long a run on one thread takes as the cost model predicts it, counted in the multiply-adds
  /// that the core could do meanwhile at its peak. The number of threads has no part in it.
  public let predictedTime: Double
  /// Why the planner chose this candidate; nil for a plan that is only one of several.
  public internal(set) var choice: PlanChoice<Candidate>?

  /// Bytes of workspace that a run needs.
  public var workspaceBytes: Int { workspace.count * MemoryLayout<Float>.stride }

  /// What multiplies: "fused", "openblas", both joined by "+", or "direct" when no stage has a
  /// matrix.
  public var executor: String {
    let engines = stages.compactMap { $0.matrix?.engine }
    let names = [
      engines.contains(.fused) ? Executor.fused.rawValue : nil,
      engines.contains(.openBLAS) ? Executor.openBLAS.rawValue : nil,
    ].compactMap(\.self)
    return names.isEmpty ? "direct" : names.joined(separator: "+")
  }

  /// Whether a run calls OpenBLAS.
  var usesOpenBLAS: Bool { stages.contains { $0.matrix?.engine == .openBLAS } }

  /// Memory for `run`, for one run at a time.
  public func makeWorkspace() -> Workspace { Workspace(floats: workspace.count) }
}

/// Stages between two whole maps: one alone, or a chain.
struct Pass: Sendable {
  let stages: Range<Int>
  let chain: Chain?
}

/// A stage with its shapes and how its work is cut into tasks.
struct PlannedStage: Sendable {
  enum Work: Sendable {
    case matrix(MatrixStage)
    case channelwise(ChannelwiseStage)
  }

  let stage: Stage
  var work: Work
  /// How the gates of its squeeze-excite reach the next stage.
  var excitation = Excitation.planes

  var matrix: MatrixStage? { if case .matrix(let matrix) = work { matrix } else { nil } }

  /// The shape the stage writes: its output, or what the next stage's shift takes of it.
  var written: MapShape {
    switch work {
    case .matrix(let matrix): matrix.written
    case .channelwise(let channelwise): channelwise.output
    }
  }

  var input: MapShape {
    switch work {
    case .matrix(let matrix): matrix.input
    case .channelwise(let channelwise): channelwise.input
    }
  }

  /// Shares of a plane's mean that are taken apart, one for each strip, outside a chain.
  var strips: Int {
    switch work {
    case .matrix(let matrix): matrix.isFullyConnected ? 1 : matrix.strips
    case .channelwise(let channelwise): channelwise.rowBlocks
    }
  }

  /// Floats of scratch for one worker.
  var scratch: Int {
    switch work {
    case .matrix(let matrix):
      let parts = matrix.scratch
      return parts.block + parts.tile + parts.taps
    case .channelwise(let channelwise):
      let parts = channelwise.scratch
      return parts.tile + parts.taps
    }
  }
}

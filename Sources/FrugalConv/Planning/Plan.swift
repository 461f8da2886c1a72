internal import CKernels

/// How one convolution is computed for one shape of input: kernels, strips, scratch. Made by
/// `Convolution.plan(for:_:)`; immutable, shared freely.
public struct Plan: Sendable {
  public let convolution: Convolution
  public let inputShape: MapShape
  public let outputShape: MapShape
  /// Threads a run uses, the calling one among them.
  public let threads: Int
  /// The instruction-set level of the kernels.
  public let level: Level
  /// Whether denormal numbers count as zeros during a run.
  public let flushesDenormals: Bool
  /// What the convolution costs on paper.
  public let costs: Costs

  let stages: [PlannedStage]
  let passes: [Pass]
  let workspace: WorkspaceLayout
  let packing: WeightPacking

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

extension Convolution {
  /// Chooses kernels, strips and scratch for an input.
  ///
  /// Throws when the shape does not fit the convolution or overflows, when the level is not
  /// available, and when a matrix is beyond what OpenBLAS can index.
  public func plan(
    for input: MapShape, _ options: PlanOptions = PlanOptions()
  ) throws(FrugalConvError) -> Plan {
    let costs = try costs(for: input)
    let threads = options.threads ?? usableProcessors()
    try requirePositive(threads, "threads")
    try requireAtMost(1024, threads, "threads")
    let level = if let level = options.level { level } else { try Level.fromEnvironment() }
    guard level.kernels != nil else { throw .levelUnavailable(name: level.rawValue) }

    let shapes = try shapes(for: input)
    let passes = try passes(shapes, options)
    var planned = try plannedStages(shapes, passes, options, threads: threads)
    chooseExcitations(&planned)
    let layout = try workspace(planned, passes, images: input.images, threads: threads)
    let columns = planned.compactMap { stage in
      stage.matrix.flatMap { $0.engine == .openBLAS ? $0.stripPixels : nil }
    }
    if let widest = columns.max() { OpenBLAS.prepare(threads: threads, columns: widest) }
    return Plan(
      convolution: self, inputShape: input, outputShape: shapes[stages.count], threads: threads,
      level: level, flushesDenormals: options.flushesDenormals, costs: costs, stages: planned,
      passes: passes, workspace: layout, packing: try WeightPacking(self, planned))
  }

  private func workspace(
    _ planned: [PlannedStage], _ passes: [Pass], images: Int, threads: Int
  ) throws(FrugalConvError) -> WorkspaceLayout {
    var layout = WorkspaceLayout()
    layout.threads = threads
    for (index, pass) in passes.enumerated() {
      let windows = pass.chain?.windowFloats ?? 0
      for stage in planned[pass.stages] { layout.reserve(scratch: windows + stage.scratch) }
      let last = planned[pass.stages.upperBound - 1]
      if index < passes.count - 1 {
        layout.reserve(
          intermediate: index, try MapLayout.spread(last.written).span(of: last.written))
      }
      if let hidden = last.stage.squeezeExcite?.hidden {
        let channels = last.written.channels
        let gates = GateLayout(channels: channels, hidden: hidden)
        layout.reserve(gates: try product(gates.count, images))
        layout.reserve(
          means: try PlaneMeans.count(
            slots: pass.chain?.strips ?? last.strips, channels: channels, images: images))
      }
    }
    for stage in planned {
      layout.reserve(scaledWeights: try product(stage.matrix?.weightsPerImage ?? 0, images))
    }
    try requireAtMost(
      Workspace.mostBytes / MemoryLayout<Float>.stride, layout.count, "floats of workspace")
    return layout
  }

  /// Lets gates scale the weights of the next product where they are fewer than the pixels.
  private func chooseExcitations(_ planned: inout [PlannedStage]) {
    for index in planned.indices.dropLast() where planned[index].stage.squeezeExcite != nil {
      guard var next = planned[index + 1].matrix, next.engine == .fused,
        next.input.planeSize >= 2 * next.outputs.size,
        let count = try? ScaledWeights.count(next)
      else { continue }
      planned[index].excitation = .weights
      next.weightsPerImage = count
      planned[index + 1].work = .matrix(next)
    }
  }

  private func plannedStages(
    _ shapes: [MapShape], _ passes: [Pass], _ options: PlanOptions, threads: Int
  ) throws(FrugalConvError) -> [PlannedStage] {
    if residual != nil, stages.last?.squeezeExcite != nil {
      throw .invalidStage(
        index: stages.count - 1,
        reason: "a residual after squeeze-excite needs a stage of its own, Stage(.none())")
    }
    var planned: [PlannedStage] = []
    var alreadyShifted = false
    for (index, stage) in stages.enumerated() {
      let (from, to) = (planned.last?.written ?? shapes[0], shapes[index + 1])
      var read = stage
      if alreadyShifted { read.spatial = .none() }
      alreadyShifted = false
      guard case .groups(let inputs, let outputs) = stage.mix else {
        var work = try ChannelwiseStage(read, from: from, to: to)
        work.readsOutput = index == stages.count - 1 && residual?.source == .output
        planned.append(PlannedStage(stage: stage, work: .channelwise(work)))
        continue
      }
      var matrix = try MatrixStage(
        read, inputs: inputs, outputs: outputs, from: from, to: to, options.executor,
        threads: threads)
      try matrix.check()
      if index == stages.count - 1 {
        if residual?.source == .output, residual?.placement == .afterActivation {
          matrix.sink = .tile
        }
      } else if let (displacements, stride) = shift(at: index + 1), stage.squeezeExcite == nil,
        passes.contains(where: { $0.stages.upperBound == index + 1 }),
        options.shiftForm.writesDisplaced(planeSize: to.planeSize)
      {
        var sampled = to
        let extent = to.extent.sampled(by: stride)
        (sampled.height, sampled.width) = (extent.height, extent.width)
        matrix.write(displacedFor: displacements, stride: stride, shape: sampled)
        alreadyShifted = true
      }
      planned.append(PlannedStage(stage: stage, work: .matrix(matrix)))
    }
    return planned
  }

  /// The displacements of a stage that shifts and mixes.
  private func shift(at index: Int) -> ([Displacement], Extent)? {
    guard case .shift(let displacements, let stride) = stages[index].spatial,
      case .groups = stages[index].mix
    else { return nil }
    return (displacements, stride)
  }
}

/// What to plan, checked: all that the candidates have in common.
struct PlannedProblem {
  let convolution: Convolution
  /// From the input to the output.
  let shapes: [MapShape]
  let costs: Costs
  let threads: Int
  let level: Level
  let weightFormat: WeightFormat
  let flushesDenormals: Bool

  init(
    _ convolution: Convolution, _ input: MapShape, _ options: PlanOptions
  ) throws(FrugalConvError) {
    self.convolution = convolution
    costs = try convolution.costs(for: input)
    threads = options.threads ?? usableProcessors()
    try requirePositive(threads, "threads")
    try requireAtMost(1024, threads, "threads")
    level = if let level = options.level { level } else { try Level.fromEnvironment() }
    guard level.kernels != nil else { throw .levelUnavailable(name: level.rawValue) }
    shapes = try convolution.shapes(for: input)
    weightFormat = options.weightFormat
    guard weightFormat == .float32 || options.executor != .openBLAS else {
      throw .executorLacksFormat(.openBLAS, weightFormat)
    }
    flushesDenormals = options.flushesDenormals
  }
}

extension Plan {
  /// One candidate of a problem.
  init(
    _ problem: PlannedProblem, _ candidate: Candidate, _ passes: [Pass]
  ) throws(FrugalConvError) {
    let (convolution, shapes) = (problem.convolution, problem.shapes)
    var planned = try convolution.plannedStages(
      shapes, passes, candidate, problem.weightFormat, threads: problem.threads)
    convolution.chooseExcitations(&planned)
    workspace = try convolution.workspace(
      planned, passes, images: shapes[0].images, threads: problem.threads)
    packing = try WeightPacking(convolution, planned)
    self.convolution = convolution
    (inputShape, outputShape) = (shapes[0], shapes[shapes.count - 1])
    (threads, level, costs) = (problem.threads, problem.level, problem.costs)
    (weightFormat, flushesDenormals) = (problem.weightFormat, problem.flushesDenormals)
    stages = planned
    self.passes = passes
    self.candidate = candidate
    predictedTime = CostModel(problem.level).time(
      Workload(convolution, planned, passes))
  }

  /// Makes OpenBLAS ready, where a run calls it.
  func prepareOpenBLAS() {
    let columns = stages.compactMap { stage in
      stage.matrix.flatMap { $0.engine == .openBLAS ? $0.stripPixels : nil }
    }
    if let widest = columns.max() { OpenBLAS.prepare(threads: threads, columns: widest) }
  }
}

extension Convolution {
  fileprivate func workspace(
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
  fileprivate func chooseExcitations(_ planned: inout [PlannedStage]) {
    for index in planned.indices.dropLast() where planned[index].stage.squeezeExcite != nil {
      guard var next = planned[index + 1].matrix, next.engine == .fused, next.format == .float32,
        next.input.planeSize >= 2 * next.outputs.size,
        let count = try? ScaledWeights.count(next)
      else { continue }
      planned[index].excitation = .weights
      next.weightsPerImage = count
      planned[index + 1].work = .matrix(next)
    }
  }

  fileprivate func plannedStages(
    _ shapes: [MapShape], _ passes: [Pass], _ candidate: Candidate, _ format: WeightFormat,
    threads: Int
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
        read, inputs: inputs, outputs: outputs, from: from, to: to,
        MatrixStage.Engine(candidate.executor), format, threads: threads)
      try matrix.check()
      if index == stages.count - 1 {
        if residual?.source == .output, residual?.placement == .afterActivation {
          matrix.sink = .tile
        }
      } else if candidate.shiftForm == .displacedWrite, canWriteDisplaced(index, passes),
        let (displacements, stride) = shift(at: index + 1)
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
}

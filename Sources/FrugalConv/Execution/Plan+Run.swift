internal import CKernels

extension Plan {
  /// Computes the convolution: `output = convolution(input)`. Allocates nothing of ours.
  ///
  /// Throws, and writes nothing, when a shape, the weights or the workspace do not fit the plan.
  public func run(
    _ weights: PackedWeights, _ input: borrowing MapView, into output: inout MutableMapView,
    workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard convolution.residual?.source != .map else { throw .residualMissing }
    try check(weights, input.shape, output.shape, input.layout, output.layout, workspace)
    input.withPlanes { source in
      let source = SourcePlanes(start: source, layout: input.layout)
      run(weights, source, residual: nil, into: &output, workspace)
    }
  }

  /// Computes a convolution whose residual is a map of its own.
  ///
  /// Throws, and writes nothing, when a shape, the weights or the workspace do not fit the plan,
  /// and when the convolution takes no such residual.
  public func run(
    _ weights: PackedWeights, _ input: borrowing MapView, residual: borrowing MapView,
    into output: inout MutableMapView, workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard convolution.residual?.source == .map else { throw .residualNotExpected }
    try check(weights, input.shape, output.shape, input.layout, output.layout, workspace)
    guard residual.shape == outputShape else {
      throw .shapeMismatch(expected: outputShape, found: residual.shape)
    }
    input.withPlanes { source in
      residual.withPlanes { added in
        let source = SourcePlanes(start: source, layout: input.layout)
        let added = SourcePlanes(start: added, layout: residual.layout)
        run(weights, source, residual: added, into: &output, workspace)
      }
    }
  }

  /// Computes the convolution on maps in our own storage.
  public func run(
    _ weights: PackedWeights, _ input: FeatureMap, into output: inout FeatureMap,
    workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard output.shape == outputShape else {
      throw .shapeMismatch(expected: outputShape, found: output.shape)
    }
    var view = output.mutableView
    try run(weights, input.view, into: &view, workspace: &workspace)
  }

  /// Computes a convolution whose residual is a map of its own, on maps in our own storage.
  public func run(
    _ weights: PackedWeights, _ input: FeatureMap, residual: FeatureMap,
    into output: inout FeatureMap, workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard output.shape == outputShape else {
      throw .shapeMismatch(expected: outputShape, found: output.shape)
    }
    var view = output.mutableView
    try run(
      weights, input.view, residual: residual.view, into: &view, workspace: &workspace)
  }

  /// Computes the convolution into a new map.
  public func run(
    _ weights: PackedWeights, _ input: FeatureMap
  ) throws(FrugalConvError) -> FeatureMap {
    var output = try FeatureMap(outputShape)
    var workspace = makeWorkspace()
    try run(weights, input, into: &output, workspace: &workspace)
    return output
  }

  private func check(
    _ weights: PackedWeights, _ input: MapShape, _ output: MapShape, _ inputLayout: MapLayout,
    _ outputLayout: MapLayout, _ workspace: borrowing Workspace
  ) throws(FrugalConvError) {
    try check(weights)
    guard input == inputShape else { throw .shapeMismatch(expected: inputShape, found: input) }
    guard output == outputShape else { throw .shapeMismatch(expected: outputShape, found: output) }
    guard workspace.bytes >= workspaceBytes else {
      throw .workspaceTooSmall(needed: workspaceBytes, found: workspace.bytes)
    }
    // The maps in between stand in storage of ours, which planning has checked.
    if let first = stages.first?.matrix {
      try first.checkStrides(inputLayout, stages.count == 1 ? outputLayout : .spread(first.written))
    }
    if stages.count > 1, let last = stages.last?.matrix {
      try last.checkStrides(.spread(last.input), outputLayout)
    }
  }

  /// Runs stage after stage, from the input through the intermediate maps to the output.
  private func run(
    _ weights: PackedWeights, _ input: SourcePlanes, residual: SourcePlanes?,
    into output: inout MutableMapView, _ workspace: borrowing Workspace
  ) {
    if usesOpenBLAS { OpenBLAS.useOneThreadHere() }
    let floatMode = frugal_float_mode()
    if flushesDenormals { frugal_set_float_mode(frugal_flushing_denormals(floatMode)) }
    defer { frugal_set_float_mode(floatMode) }
    let start = workspace.storage.start
    let layout = output.layout
    output.withPlanes { planes in
      let last = TargetPlanes(start: planes, layout: layout)
      var source = input
      for (index, stage) in stages.enumerated() {
        var target = last
        if index < stages.count - 1 {
          target = TargetPlanes(
            start: start + self.workspace.offset(ofIntermediate: index),
            layout: .spread(stage.written))
        }
        var added: SourcePlanes?
        if index == stages.count - 1 {
          switch convolution.residual?.source {
          case .input: added = input
          case .map: added = residual
          case .output: added = last.readable
          case nil: break
          }
        }
        run(stage, index, weights.storage.start, source, added, target, start)
        source = target.readable
      }
    }
    withExtendedLifetime(weights) {}
    withExtendedLifetime(workspace.storage) {}
  }

  /// Runs one stage, then its squeeze-excite.
  private func run(
    _ planned: PlannedStage, _ index: Int, _ weights: UnsafePointer<Float>, _ source: SourcePlanes,
    _ residual: SourcePlanes?, _ target: TargetPlanes, _ workspace: UnsafeMutablePointer<Float>
  ) {
    let kernels = level.kernels!
    let part = packing.parts[index]
    let scratch = workspace + self.workspace.offset(ofScratch: 0)
    let scratchStride = self.workspace.scratch
    let bias = planned.stage.bias ? weights + part.bias : nil
    let placement = residual == nil ? nil : convolution.residual?.placement

    switch planned.work {
    case .matrix(let stage):
      // A product adds to the output by itself; only behind an activation the epilogue has to.
      let addsToOutput =
        residual != nil && convolution.residual?.source == .output && placement == .beforeActivation
      let job = MatrixJob(
        stage: stage, kernels: kernels, weights: weights + part.weights, source: source,
        target: target,
        epilogue: EpilogueWork(
          planned.stage.activation, bias: bias, residual: addsToOutput ? nil : residual,
          placement: placement, kernels: kernels),
        beta: addsToOutput ? 1 : 0, scratch: scratch, scratchStride: scratchStride,
        sizes: stage.scratch)
      run(.matrix(job), tasks: job.tasks)
    case .channelwise(let stage):
      let job = ChannelwiseJob(
        stage: stage, kernels: kernels, weights: weights + part.weights, source: source,
        target: target,
        epilogue: EpilogueWork(
          planned.stage.activation, bias: bias, residual: residual, placement: placement,
          kernels: kernels),
        scratch: scratch, scratchStride: scratchStride, sizes: stage.scratch)
      run(.channelwise(job), tasks: stage.tasks)
    }

    if let squeezeExcite = planned.stage.squeezeExcite {
      let job = GateJob(
        squeezeExcite: squeezeExcite, shape: planned.written, kernels: kernels, weights: weights,
        part: part, map: target, scratch: workspace + self.workspace.offsetOfGates)
      run(.squeeze(job), tasks: job.tasks)
      for image in 0..<planned.written.images { job.gate(image: image) }
      run(.excite(job), tasks: job.tasks)
    }
  }

  private func run(_ job: Job, tasks: Int) {
    WorkerPool.shared.run(job, tasks: tasks, threads: threads)
  }
}

internal import CKernels

/// Where everything stands that a run reads and writes.
struct RunPlaces {
  let weights: UnsafePointer<Float>
  let input: SourcePlanes
  let output: TargetPlanes
  /// What is added to the result of the last stage.
  let residual: SourcePlanes?
  let workspace: UnsafeMutablePointer<Float>
}

extension Plan {
  /// Runs pass after pass, from the input through the maps in between to the output.
  func run(
    _ weights: PackedWeights, _ input: SourcePlanes, residual: SourcePlanes?,
    into output: inout MutableMapView, _ workspace: borrowing Workspace
  ) {
    if usesOpenBLAS { OpenBLAS.useOneThreadHere() }
    let floatMode = frugal_float_mode()
    if flushesDenormals { frugal_set_float_mode(frugal_flushing_denormals(floatMode)) }
    defer { frugal_set_float_mode(floatMode) }
    let layout = output.layout
    output.withPlanes { planes in
      let output = TargetPlanes(start: planes, layout: layout)
      let added: SourcePlanes? =
        switch convolution.residual?.source {
        case .input: input
        case .map: residual
        case .output: output.readable
        case nil: nil
        }
      let places = RunPlaces(
        weights: weights.storage.start, input: input, output: output, residual: added,
        workspace: workspace.storage.start)
      for pass in passes.indices { run(pass, places) }
    }
    withExtendedLifetime(weights) {}
    withExtendedLifetime(workspace.storage) {}
  }

  /// Runs one pass, then its squeeze-excite.
  private func run(_ index: Int, _ places: RunPlaces) {
    let pass = passes[index]
    let last = pass.stages.upperBound - 1
    let source = index == 0 ? places.input : intermediate(behind: index - 1, places).readable
    let target = index == passes.count - 1 ? places.output : intermediate(behind: index, places)
    let means = means(of: pass, places)
    if let chain = pass.chain {
      let job = ChainJob(
        plan: self, chain: chain, places: places, source: source, target: target, means: means)
      run(.chain(job), tasks: job.tasks)
    } else {
      switch job(last, places, source, target, means: means) {
      case .matrix(let job): run(.matrix(job), tasks: job.tasks)
      case .channelwise(let job): run(.channelwise(job), tasks: job.stage.tasks)
      }
    }

    guard let squeezeExcite = stages[last].stage.squeezeExcite, let means else { return }
    let layout = workspace
    let scaled = stages[last].excitation == .weights ? stages[last + 1].matrix : nil
    let job = GateJob(
      squeezeExcite: squeezeExcite, shape: stages[last].written, kernels: level.kernels!,
      weights: places.weights, part: packing.parts[last], means: means, map: target,
      scratch: places.workspace + layout.offsetOfGates,
      scaled: scaled.map {
        ScaledWeights(
          stage: $0, weights: places.weights + packing.parts[last + 1].weights,
          scaled: places.workspace + layout.offsetOfScaledWeights)
      })
    run(.gate(job), tasks: inputShape.images)
    if scaled == nil { run(.excite(job), tasks: job.exciteTasks) }
  }

  private func run(_ job: Job, tasks: Int) {
    WorkerPool.shared.run(job, tasks: tasks, threads: threads)
  }

  /// The map that a pass writes and the next one reads.
  private func intermediate(behind pass: Int, _ places: RunPlaces) -> TargetPlanes {
    TargetPlanes(
      start: places.workspace + workspace.offset(ofIntermediate: pass),
      layout: .spread(stages[passes[pass].stages.upperBound - 1].written))
  }

  private func means(of pass: Pass, _ places: RunPlaces) -> PlaneMeans? {
    let last = stages[pass.stages.upperBound - 1]
    guard last.stage.squeezeExcite != nil else { return nil }
    return PlaneMeans(
      kernels: level.kernels!, start: places.workspace + workspace.offsetOfMeans,
      slots: pass.chain?.strips ?? last.strips, channels: last.written.channels,
      planeSize: last.written.planeSize)
  }
}

/// One run of one stage.
enum StageJob {
  case matrix(MatrixJob)
  case channelwise(ChannelwiseJob)
}

extension Plan {
  /// The work of a stage from some planes to others. In a chain its scratch is behind the windows.
  func job(
    _ index: Int, _ places: RunPlaces, _ source: SourcePlanes, _ target: TargetPlanes,
    means: PlaneMeans?, windows: Int = 0
  ) -> StageJob {
    let planned = stages[index]
    let kernels = level.kernels!
    let part = packing.parts[index]
    let isLast = index == stages.count - 1
    let residual = isLast ? places.residual : nil
    let placement = residual == nil ? nil : convolution.residual?.placement
    let bias = planned.stage.bias ? places.weights + part.bias : nil
    let scratch = places.workspace + (workspace.offset(ofScratch: 0) + windows)

    switch planned.work {
    case .matrix(let stage):
      // A product adds to the output by itself; only behind an activation the epilogue has to.
      let addsToOutput =
        residual != nil && convolution.residual?.source == .output && placement == .beforeActivation
      let scaled = places.workspace + workspace.offsetOfScaledWeights
      return .matrix(
        MatrixJob(
          stage: stage, kernels: kernels,
          weights: stage.weightsPerImage > 0
            ? UnsafePointer(scaled) : places.weights + part.weights,
          scales: places.weights + part.scales, source: source, target: target,
          epilogue: EpilogueWork(
            planned.stage.activation, bias: bias, residual: addsToOutput ? nil : residual,
            placement: placement, kernels: kernels),
          means: means, beta: addsToOutput ? 1 : 0, scratch: scratch,
          scratchStride: workspace.scratch, sizes: stage.scratch))
    case .channelwise(let stage):
      return .channelwise(
        ChannelwiseJob(
          stage: stage, kernels: kernels, weights: places.weights + part.weights, source: source,
          target: target,
          epilogue: EpilogueWork(
            planned.stage.activation, bias: bias, residual: residual, placement: placement,
            kernels: kernels),
          means: means, scratch: scratch, scratchStride: workspace.scratch, sizes: stage.scratch))
    }
  }
}

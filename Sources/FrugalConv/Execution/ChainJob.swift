internal import CKernels

/// One run of a chain of stages: each task takes a slab of rows through all of them.
struct ChainJob {
  let plan: Plan
  let chain: Chain
  let places: RunPlaces
  let source: SourcePlanes
  let target: TargetPlanes
  let means: PlaneMeans?

  var tasks: Int { plan.inputShape.images * chain.slabs.count }

  func run(task: Int, worker: Int) {
    let (image, slab) = task.quotientAndRemainder(dividingBy: chain.slabs.count)
    let last = chain.stages.count - 1
    for step in chain.slabs[slab] {
      var (source, target) = (source, target)
      if step.stage > 0 {
        source = window(step.stage - 1, from: step.readOrigin, worker).readable
      }
      if step.stage < last {
        target = window(step.stage, from: step.writeOrigin, worker)
        if !step.kept.isEmpty { move(step, target, worker) }
      }
      let job = plan.job(
        chain.stages.lowerBound + step.stage, places, source, target,
        means: step.stage == last ? means : nil, windows: chain.windowFloats)
      switch job {
      case .matrix(let job):
        job.run(image: image, rows: step.rows, slot: step.strip, worker: worker)
      case .channelwise(let job):
        job.run(image: image, rows: step.rows, slot: step.strip, worker: worker)
      }
    }
  }

  /// A worker's window as planes whose row `origin` is the first one it holds. Rows before it have
  /// addresses too, which nobody reads.
  private func window(_ index: Int, from origin: Int, _ worker: Int) -> TargetPlanes {
    let window = chain.windows[index]
    let scratch = places.workspace + plan.workspace.offset(ofScratch: worker)
    return TargetPlanes(
      start: scratch + (window.offset + window.margin - origin * window.shape.width),
      layout: window.layout)
  }

  /// Moves the rows that a window keeps to where it begins now.
  private func move(_ step: Chain.Step, _ target: TargetPlanes, _ worker: Int) {
    let window = chain.windows[step.stage]
    let width = window.shape.width
    let from = self.window(step.stage, from: step.keptOrigin, worker).readable
    let row = step.kept.lowerBound * width
    var copy = frugal_epilogue()
    copy.low = -.infinity
    copy.high = .infinity
    plan.level.kernels!.pointee.epilogue(
      &copy, nil, 0, nil, 0, from.start + row, window.layout.channelStride, target.start + row,
      window.layout.channelStride, window.shape.channels, step.kept.count * width)
  }
}

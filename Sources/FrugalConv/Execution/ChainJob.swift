internal import CKernels

/// One run of a chain of stages: each task takes a slab of rows, or of a block of channels, through
/// all of them.
struct ChainJob {
  let plan: Plan
  let chain: Chain
  let places: RunPlaces
  let source: SourcePlanes
  let target: TargetPlanes
  let means: PlaneMeans?

  var tasks: Int { plan.inputShape.images * chain.slabs.count * chain.blocks.count }

  func run(task: Int, worker: Int) {
    let (rest, block) = task.quotientAndRemainder(dividingBy: chain.blocks.count)
    let (image, slab) = rest.quotientAndRemainder(dividingBy: chain.slabs.count)
    let channels = chain.blocks[block]
    let last = chain.stages.count - 1
    for step in chain.slabs[slab] {
      var (source, target) = (source, target)
      if step.stage > 0 {
        source = window(step.stage - 1, from: step.readOrigin, of: channels, worker).readable
      }
      if step.stage < last {
        target = window(step.stage, from: step.writeOrigin, of: channels, worker)
        if !step.kept.isEmpty { move(step, target, of: channels, worker) }
      }
      let job = plan.job(
        chain.stages.lowerBound + step.stage, places, source, target,
        means: step.stage == last ? means : nil, windows: chain.windowFloats)
      switch job {
      case .matrix(let job):
        job.run(
          image: image, rows: step.rows, channels: channels, slot: step.strip, worker: worker)
      case .channelwise(let job):
        job.run(
          image: image, rows: step.rows, channels: channels, slot: step.strip, worker: worker)
      }
    }
  }

  /// A worker's window as planes of which it holds some channels, and rows from `origin` on. What
  /// is before those has addresses too, which nobody reads.
  private func window(
    _ index: Int, from origin: Int, of channels: Range<Int>?, _ worker: Int
  ) -> TargetPlanes {
    let window = chain.windows[index]
    let scratch = places.workspace + plan.workspace.offset(ofScratch: worker)
    let before =
      origin * window.shape.width + (channels?.lowerBound ?? 0) * window.layout.channelStride
    return TargetPlanes(
      start: scratch + (window.offset + window.margin - before), layout: window.layout)
  }

  /// Moves the rows that a window keeps to where it begins now.
  private func move(
    _ step: Chain.Step, _ target: TargetPlanes, of channels: Range<Int>?, _ worker: Int
  ) {
    let window = chain.windows[step.stage]
    let width = window.shape.width
    let from = self.window(step.stage, from: step.keptOrigin, of: channels, worker).readable
    let (row, first) = (step.kept.lowerBound * width, channels?.lowerBound ?? 0)
    var copy = frugal_epilogue()
    copy.low = -.infinity
    copy.high = .infinity
    plan.level.kernels!.pointee.epilogue(
      &copy, nil, 0, nil, 0, from.plane(0, first) + row, window.layout.channelStride,
      target.plane(0, first) + row, window.layout.channelStride,
      channels?.count ?? window.shape.channels, step.kept.count * width)
  }
}

internal import CKernels

/// One run of a stage without a channel mix.
struct ChannelwiseJob {
  let stage: ChannelwiseStage
  let kernels: UnsafePointer<frugal_kernels>
  let weights: UnsafePointer<Float>
  let source: SourcePlanes
  let target: TargetPlanes
  let epilogue: EpilogueWork
  let means: PlaneMeans?
  let scratch: UnsafeMutablePointer<Float>
  let scratchStride: Int
  /// Of the parts of scratch.
  let sizes: (tile: Int, taps: Int)

  func run(task: Int, worker: Int) {
    let (rest, rowBlock) = task.quotientAndRemainder(dividingBy: stage.rowBlocks)
    let (image, channelBlock) = rest.quotientAndRemainder(dividingBy: stage.channelBlocks)
    let c0 = channelBlock * stage.blockChannels
    let y0 = rowBlock * stage.blockRows
    run(
      image, c0..<min(stage.output.channels, c0 + stage.blockChannels),
      y0..<min(stage.output.height, y0 + stage.blockRows), slot: rowBlock, worker)
  }

  /// Some output rows of one image, and some channels of them, or all. `slot` is where their means
  /// go.
  func run(image: Int, rows: Range<Int>, channels: Range<Int>?, slot: Int, worker: Int) {
    let blockChannels = stage.channels(ofBlocksWithRows: rows.count)
    let all = channels ?? 0..<stage.output.channels
    for c0 in stride(from: all.lowerBound, to: all.upperBound, by: blockChannels) {
      let channels = c0..<min(all.upperBound, c0 + blockChannels)
      for y0 in stride(from: rows.lowerBound, to: rows.upperBound, by: stage.blockRows) {
        run(image, channels, y0..<min(rows.upperBound, y0 + stage.blockRows), slot: slot, worker)
      }
    }
  }

  private func run(
    _ image: Int, _ channels: Range<Int>, _ rows: Range<Int>, slot: Int, _ worker: Int
  ) {
    let (c0, c1) = (channels.lowerBound, channels.upperBound)
    let (y0, y1) = (rows.lowerBound, rows.upperBound)
    let (width, n) = (stage.output.width, rows.count * stage.output.width)
    let map = source.plane(image, 0)
    let end = target.plane(image, c0) + y0 * width
    let endStride = target.layout.channelStride
    let tile = scratch + worker * scratchStride
    let words = tile + sizes.tile
    let (block, ld) = stage.readsOutput ? (tile, n) : (end, endStride)
    var produced = UnsafePointer(block)
    var isFinished = epilogue.isIdentity
    var producedStride = ld

    switch stage.producer {
    case .planes:
      produced = source.plane(image, c0) + y0 * width
      producedStride = source.layout.channelStride
    case .displaced(let rows, let stride):
      var displacement = frugal_displacement(
        map: map, channel_stride: source.layout.channelStride, height: stage.input.height,
        width: stage.input.width, stride_y: stride.height, stride_x: stride.width,
        out_width: width)
      rows.withUnsafeBufferPointer { rows in
        kernels.pointee.displace(&displacement, rows.baseAddress! + c0, c1 - c0, y0, y1, block, ld)
      }
    case .taps(let taps):
      taps.withDescription(stage.input, layout: source.layout, map: map, outWidth: width) {
        var finish = frugal_finish.identity
        if block == end, let whole = epilogue.finish {
          finish = whole
          isFinished = true
        }
        kernels.pointee.depthwise($0, $1 ?? weights, &finish, c0, c1, y0, y1, block, ld, words)
      }
    case .pool(let kind, let taps):
      taps.withDescription(stage.input, layout: source.layout, map: map, outWidth: width) {
        taps, _ in
        kernels.pointee.pool(taps, kind, c0, c1, y0, y1, block, ld)
      }
    case .globalAverage:
      for channel in c0..<c1 {
        kernels.pointee.mean_rows(
          source.plane(image, channel), 0, 1, stage.input.planeSize,
          Float(stage.input.planeSize), block + (channel - c0) * ld, 1)
      }
    }
    if produced != UnsafePointer(end) || !isFinished {
      epilogue.run(
        produced, ld: producedStride, end, ld: endStride, image: image, channel: c0, step: 1,
        count: c1 - c0, pixel: y0 * width, n: n)
    }
    means?.add(
      end, endStride, image: image, slot: slot, channel: c0, step: 1, count: c1 - c0, n: n)
  }
}

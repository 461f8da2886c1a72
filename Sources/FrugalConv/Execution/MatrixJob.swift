internal import CKernels

/// One run of a matrix stage: its maps, weights and scratch.
struct MatrixJob {
  let stage: MatrixStage
  let kernels: UnsafePointer<frugal_kernels>
  let weights: UnsafePointer<Float>
  /// One per output channel, where the weights are signs.
  let scales: UnsafePointer<Float>
  let source: SourcePlanes
  let target: TargetPlanes
  let epilogue: EpilogueWork
  let means: PlaneMeans?
  /// 1 adds to what the output holds, 0 replaces it.
  let beta: Float
  let scratch: UnsafeMutablePointer<Float>
  let scratchStride: Int
  /// Of the parts of scratch.
  let sizes: (block: Int, tile: Int, taps: Int)

  /// Images become rows of one product when the planes are single, neighbouring pixels.
  var isFullyConnected: Bool {
    stage.isFullyConnected && stage.engine == .openBLAS && stage.sink == .planes
      && source.layout.channelStride == 1
      && target.layout.channelStride == 1
  }

  var tasks: Int { isFullyConnected ? stage.parts : stage.tasks }

  func run(task: Int, worker: Int) {
    if isFullyConnected { return runFullyConnected(part: task) }
    let (image, strip, part) = stage.work(ofTask: task)
    let rows = stage.cut.rows(of: strip)
    run(
      Strip(
        image: image, y0: rows.lowerBound, y1: rows.upperBound, width: stage.output.width,
        slot: strip),
      part: part, of: stage.parts, worker: worker)
  }

  /// Some output rows of one image, and some channels of them, or all: whole groups where there is
  /// more than one. `slot` is where their means go.
  func run(image: Int, rows: Range<Int>, channels: Range<Int>?, slot: Int, worker: Int) {
    let all = channels ?? 0..<stage.outputs.channels
    let stripRows = channels == nil ? stage.stripRows : stage.rowsOfBlocks
    for y0 in stride(from: rows.lowerBound, to: rows.upperBound, by: stripRows) {
      let strip = Strip(
        image: image, y0: y0, y1: min(rows.upperBound, y0 + stripRows),
        width: stage.output.width, slot: slot)
      if stage.outputs.count == 1 {
        run(strip, group: 0, members: all, worker: worker)
      } else {
        let size = stage.outputs.size
        run(strip, groups: all.lowerBound / size..<all.upperBound / size, worker: worker)
      }
    }
  }

  /// A run of output rows of one image.
  private struct Strip {
    let image, y0, y1, width, slot: Int
    var pixel: Int { y0 * width }
    var pixels: Int { (y1 - y0) * width }
  }

  private func run(_ strip: Strip, part: Int, of parts: Int, worker: Int) {
    let groups = stage.outputs.count
    if groups > 1 {
      run(strip, groups: groups * part / parts..<groups * (part + 1) / parts, worker: worker)
    } else {
      run(strip, group: 0, members: stage.members(ofPart: part, of: parts), worker: worker)
    }
  }

  private func run(_ strip: Strip, groups: Range<Int>, worker: Int) {
    for group in groups {
      run(strip, group: group, members: 0..<stage.outputs.size, worker: worker)
    }
  }

  private func run(_ strip: Strip, group: Int, members: Range<Int>, worker: Int) {
    guard stage.sink != .planes else { return multiply(strip, group, members, worker) }
    var first = members.lowerBound
    while first < members.upperBound {
      let next = stage.tileEnd(first, of: members.upperBound)
      multiply(strip, group, first..<next, worker)
      first = next
    }
  }

  /// Multiplies the weights of some outputs of a group with the group's rows over a strip.
  private func multiply(_ strip: Strip, _ group: Int, _ members: Range<Int>, _ worker: Int) {
    let block = scratch + worker * scratchStride
    let tile = block + sizes.block
    let channel = stage.outputs.channel(members.lowerBound, of: group)
    let plane = target.plane(strip.image, channel) + (stage.sink == .displaced ? 0 : strip.pixel)
    let planeStride = stage.outputs.stride * target.layout.channelStride
    let out = stage.sink == .planes ? plane : tile
    let outStride = stage.sink == .planes ? planeStride : stage.scratchStride

    for k0 in stride(from: 0, to: stage.rows, by: stage.blockRows) {
      let range = k0..<min(stage.rows, k0 + stage.blockRows)
      var right = UnsafePointer(block)
      var rightStride = stage.scratchStride
      if stage.source.isPlanes {
        rightStride = stage.inputs.stride * source.layout.channelStride
        let first = source.plane(strip.image, stage.inputs.first(of: group))
        right = first + (strip.pixel + k0 * rightStride)
      } else {
        produce(strip, group, range, into: block, words: tile + sizes.tile)
      }
      var first = members.lowerBound
      while first < members.upperBound {
        let end = stage.blockEnd(first, of: members.upperBound)
        multiply(
          strip, group, first..<end, range, right, rightStride,
          out + (first - members.lowerBound) * outStride, outStride)
        first = end
      }
    }
    finish(strip, channel, members.count, out, outStride, plane, planeStride)
  }

  /// Multiplies one block of weights with some product rows.
  private func multiply(
    _ strip: Strip, _ group: Int, _ members: Range<Int>, _ range: Range<Int>,
    _ rows: UnsafePointer<Float>, _ rowStride: Int, _ out: UnsafeMutablePointer<Float>,
    _ outStride: Int
  ) {
    let isFirst = range.lowerBound == 0
    let channel = stage.outputs.channel(members.lowerBound, of: group)
    let weights =
      stage.format != .float32
      ? weights
      : weights + strip.image * stage.weightsPerImage
        + (group * stage.outputs.size + members.lowerBound) * stage.rows
    switch stage.engine {
    case .openBLAS:
      OpenBLAS.multiply(
        m: members.count, n: strip.pixels, k: range.count, weights + range.lowerBound,
        lda: stage.rows, rows, ldb: rowStride, beta: isFirst ? beta : 1, out, ldc: outStride)
    case .fused:
      var product = frugal_product()
      product.weights = weights
      (product.depth, product.outputs) = (stage.rows, members.count)
      (product.k0, product.k1) = (range.lowerBound, range.upperBound)
      (product.rows, product.row_stride, product.columns) = (rows, rowStride, strip.pixels)
      (product.out, product.out_stride) = (out, outStride)
      product.accumulates = !isFirst || beta == 1 ? 1 : 0
      if finishesInRegisters {
        epilogue.describe(
          &product, isFirst: isFirst, isLast: range.upperBound == stage.rows, image: strip.image,
          channel: channel, step: stage.outputs.stride, pixel: strip.pixel)
      }
      guard stage.format == .float32 else {
        var signs = frugal_signs(
          codes: SignCodes(stage).words(of: group, from: members.lowerBound, at: weights),
          scales: scales + channel, scale_stride: stage.outputs.stride)
        return stage.format == .binary
          ? kernels.pointee.multiply_binary(&product, &signs)
          : kernels.pointee.multiply_ternary(&product, &signs)
      }
      guard case .bordered(let block) = stage.source else {
        return kernels.pointee.multiply(&product)
      }
      block.taps.withUnsafeBufferPointer { taps in
        var tapRows = frugal_tap_rows(
          block: rows, taps: taps.baseAddress, pitch: block.pitch, height: strip.y1 - strip.y0,
          width: strip.width)
        kernels.pointee.multiply_taps(&product, &tapRows)
      }
    }
  }

  /// The product takes the epilogue before it is stored.
  private var finishesInRegisters: Bool {
    stage.engine == .fused && stage.sink != .tile && epilogue.fitsRegisters
  }

  /// Runs the epilogue over products and moves them to where they belong.
  private func finish(
    _ strip: Strip, _ channel: Int, _ count: Int, _ result: UnsafeMutablePointer<Float>,
    _ ld: Int, _ plane: UnsafeMutablePointer<Float>, _ planeStride: Int
  ) {
    let (end, endStride) = stage.sink == .tile ? (plane, planeStride) : (result, ld)
    if !finishesInRegisters, stage.sink == .tile || !epilogue.isIdentity {
      epilogue.run(
        result, ld: ld, end, ld: endStride, image: strip.image, channel: channel,
        step: stage.outputs.stride, count: count, pixel: strip.pixel, n: strip.pixels)
    }
    means?.add(
      plane, planeStride, image: strip.image, slot: strip.slot, channel: channel,
      step: stage.outputs.stride, count: count, n: strip.pixels)
    guard stage.sink == .displaced else { return }
    for member in 0..<count {
      place(
        result + member * ld, strip, channel: channel + member * stage.outputs.stride,
        plane + member * planeStride)
    }
  }

  /// Writes the product rows k of a group over a strip, `block[(k − k0)·scratchStride + i]`, or what
  /// the taps of its channels read.
  private func produce(
    _ strip: Strip, _ group: Int, _ range: Range<Int>, into block: UnsafeMutablePointer<Float>,
    words: UnsafeMutablePointer<Float>
  ) {
    let map = source.plane(strip.image, 0)
    let stride = stage.scratchStride
    switch stage.source {
    case .planes: break
    case .bordered(let bordered):
      let taps = stage.rows / stage.inputs.size
      let channel = stage.inputs.channel(range.lowerBound / taps, of: group)
      var planes = frugal_bordered_planes(
        map: source.plane(strip.image, channel),
        channel_stride: stage.inputs.stride * source.layout.channelStride,
        height: stage.input.height, width: stage.input.width, pitch: bordered.pitch,
        margin: bordered.margin)
      let first = strip.y0 - bordered.top
      kernels.pointee.border(
        &planes, range.count / taps, first, first + strip.y1 - strip.y0 + bordered.moreRows, block,
        bordered.channelStride)
    case .displaced(let rows, let sampling):
      var displacement = frugal_displacement(
        map: map, channel_stride: source.layout.channelStride, height: stage.input.height,
        width: stage.input.width, stride_y: sampling.height, stride_x: sampling.width,
        out_width: strip.width)
      rows.withUnsafeBufferPointer { rows in
        kernels.pointee.displace(
          &displacement, rows.baseAddress! + (group * stage.rows + range.lowerBound), range.count,
          strip.y0, strip.y1, block, stride)
      }
    case .taps(let taps):
      taps.withDescription(
        stage.input, layout: source.layout, map: map, outWidth: strip.width
      ) { description, weights in
        var finish = frugal_finish.identity
        guard stage.inputs.stride == 1 else {
          for k in range {
            let channel = stage.inputs.channel(k, of: group)
            kernels.pointee.depthwise(
              description, weights, &finish, channel, channel + 1, strip.y0, strip.y1,
              block + (k - range.lowerBound) * stride, stride, words)
          }
          return
        }
        let first = stage.inputs.first(of: group)
        kernels.pointee.depthwise(
          description, weights, &finish, first + range.lowerBound, first + range.upperBound,
          strip.y0, strip.y1, block, stride, words)
      }
    }
  }

  /// Moves one channel's strip to where the next stage's shift wants it: row y of the strip is
  /// what output rows with `row·stride + dy = y` read. The first and the last strip also write the
  /// rows that read beyond the map, which are zero.
  private func place(
    _ row: UnsafePointer<Float>, _ strip: Strip, channel: Int, _ plane: UnsafeMutablePointer<Float>
  ) {
    let (stride, written) = (stage.sinkStride, stage.written)
    var shift = stage.sinkRows[channel]
    func firstRow(reading y: Int) -> Int {
      let distance = y - shift.dy
      return distance <= 0 ? 0 : min(written.height, (distance - 1) / stride.height + 1)
    }
    let first = strip.y0 == 0 ? 0 : firstRow(reading: strip.y0)
    let end = strip.y1 == stage.output.height ? written.height : firstRow(reading: strip.y1)
    guard first < end else { return }
    var displacement = frugal_displacement(
      map: row, channel_stride: 0, height: strip.y1 - strip.y0, width: strip.width,
      stride_y: stride.height, stride_x: stride.width, out_width: written.width)
    shift.dy -= strip.y0
    kernels.pointee.displace(
      &displacement, &shift, 1, first, end, plane + first * written.width, 0)
  }

  private func runFullyConnected(part: Int) {
    let members = stage.members(ofPart: part, of: stage.parts)
    guard !members.isEmpty else { return }
    let result = target.plane(0, members.lowerBound)
    OpenBLAS.multiplyTransposed(
      rows: stage.output.images, n: members.count, k: stage.rows, source.plane(0, 0),
      ldx: source.layout.imageStride, weights + members.lowerBound * stage.rows, beta: beta, result,
      ldy: target.layout.imageStride)
    for image in 0..<stage.output.images {
      let row = target.plane(image, members.lowerBound)
      if !epilogue.isIdentity {
        epilogue.run(
          row, ld: 1, row, ld: 1, image: image, channel: members.lowerBound, step: 1,
          count: members.count, pixel: 0, n: 1)
      }
      means?.add(
        row, 1, image: image, slot: 0, channel: members.lowerBound, step: 1,
        count: members.count, n: 1)
    }
  }
}

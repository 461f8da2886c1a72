internal import CKernels

/// Where the sums of a product go.
enum BinarySink {
  case bits(UnsafeMutablePointer<UInt64>)
  /// Compact `[N][D][H][W]`; sums are multiplied by `times`.
  case integers(UnsafeMutablePointer<Int32>, times: Int, adds: Bool)
  case shortIntegers(UnsafeMutablePointer<Int16>)
  case planes(TargetPlanes)
}

/// One run of a product of one-bit numbers.
struct BitProductJob {
  let stage: BinaryProduct
  let kernels: UnsafePointer<frugal_kernels>
  let weights: UnsafeRawPointer
  let part: BinaryPacking.Part
  let source: UnsafePointer<UInt64>
  /// The source's bits were packed for this product: they stand in its order, and where a shift
  /// displaces them to if it has a `packedDisplacement`.
  let isPacked: Bool
  let sink: BinarySink
  let scratch: UnsafeMutableRawPointer
  let scratchStride: Int

  /// Some output rows of one image, and some filters.
  struct Strip {
    let image: Int
    let rows: Range<Int>
    let filters: Range<Int>
    let worker: Int
  }

  func run(task: Int, worker: Int) {
    let (rest, part) = task.quotientAndRemainder(dividingBy: stage.parts)
    let (image, strip) = rest.quotientAndRemainder(dividingBy: stage.strips)
    let work = Strip(
      image: image, rows: stage.cut.rows(of: strip), filters: stage.filters(ofPart: part),
      worker: worker)
    if let planes = stage.planes { return multiply(work, planes) }
    clearBits(work)
    switch stage.kernel {
    case .tables: lookUp(work)
    case .lanes: countInLanes(work)
    case .words: countOnes(work)
    case .planes, .automatic: preconditionFailure("a product has one kernel, planes theirs above")
    }
    orderBits(work)
  }

  // MARK: Bits of the output

  var outputWords: Int { stage.output.wordsPerPixel }

  /// Words of the strip's first output pixel: in the output, or in scratch.
  private func words(_ strip: Strip) -> UnsafeMutablePointer<UInt64>? {
    guard case .bits(let target) = sink else { return nil }
    guard stage.outputMoves.isEmpty else {
      let place = scratch + (strip.worker * scratchStride + stage.scratch.filters)
      return place.assumingMemoryBound(to: UInt64.self)
    }
    return target + pixel(strip) * outputWords
  }

  func pixel(_ strip: Strip) -> Int {
    strip.image * stage.output.planeSize + strip.rows.lowerBound * stage.output.width
  }

  private func clearBits(_ strip: Strip) {
    guard !stage.fillsWords, let words = words(strip) else { return }
    let pitch = stage.output.width * outputWords
    guard stage.parts > 1 else {
      return words.update(repeating: 0, count: strip.rows.count * pitch)
    }
    // Words of other parts are other tasks'.
    let range = strip.filters.lowerBound / 64..<(strip.filters.upperBound + 63) / 64
    for pixel in 0..<strip.rows.count * stage.output.width {
      (words + pixel * outputWords + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }

  private func orderBits(_ strip: Strip) {
    guard !stage.outputMoves.isEmpty, case .bits(let target) = sink else { return }
    stage.outputMoves.withUnsafeBufferPointer { moves in
      kernels.pointee.gather_bits(
        words(strip), outputWords, strip.rows.count * stage.output.width, moves.baseAddress,
        moves.count, target + pixel(strip) * outputWords, outputWords)
    }
  }

  // MARK: Products

  private func lookUp(_ strip: Strip) {
    let block = scratch + (strip.worker * scratchStride + stage.scratch.block)
    let bytes = block.assumingMemoryBound(to: UInt8.self)
    let pixels = pixels(strip)
    for group in stage.groups.indices {
      let layout = stage.groups[group]
      var description = frugal_bit_rows(
        words: pixels.words, pixel_words: stage.orderedWords, height: pixels.height,
        width: stage.block.width, first_bit: layout.firstBit, bits: layout.bits,
        left: stage.block.left, right: stage.block.right, outside: stage.outsideIsOne ? 1 : 0)
      kernels.pointee.expand_bits(
        &description, pixels.first, pixels.first + stage.block.rows(strip.rows.count), bytes)
      multiply(strip, group, bytes)
    }
  }

  private func multiply(_ strip: Strip, _ group: Int, _ block: UnsafePointer<UInt8>) {
    let layout = stage.groups[group]
    stage.runs[group].withUnsafeBufferPointer { runs in
      stage.tables.bytes.withUnsafeBufferPointer { tables in
        var product = frugal_nibble_product()
        product.block = block
        product.pixel_step = stage.block.stride.width * layout.nibbles
        product.row_step = stage.block.stride.height * stage.block.pitch(layout.nibbles)
        (product.height, product.width) = (strip.rows.count, stage.output.width)
        (product.runs, product.run_count) = (runs.baseAddress, runs.count)
        product.most_steps = stage.tables.mostSteps
        product.tables = tables.baseAddress
        product.steps = layout.steps
        product.filters = strip.filters.count
        let groupWeights = weights + part.weights[group]
        product.weights = (groupWeights + strip.filters.lowerBound * layout.steps)
          .assumingMemoryBound(to: UInt8.self)
        var finish = finish(strip, group)
        withKinds(of: strip, &finish) { kernels.pointee.multiply_nibbles(&product, $0) }
      }
    }
  }

  /// Says of which kind each of a strip's pixels is.
  private func withKinds(
    of strip: Strip, _ finish: inout frugal_count_finish,
    _ body: (UnsafePointer<frugal_count_finish>) -> Void
  ) {
    guard let border = stage.border else { return body(&finish) }
    border.rows.withUnsafeBufferPointer { rows in
      border.columns.withUnsafeBufferPointer { columns in
        finish.row_kinds = rows.baseAddress! + strip.rows.lowerBound
        finish.column_kinds = columns.baseAddress
        body(&finish)
      }
    }
  }

  private func countInLanes(_ strip: Strip) {
    let pixels = pixels(strip)
    let block = pixelBlock(strip, pixels)
    let words = stage.orderedWords
    for (group, layout) in stage.groups.enumerated() {
      stage.offsets[group].withUnsafeBufferPointer { offsets in
        var product = frugal_lane_product()
        product.block = UnsafeRawPointer(block).assumingMemoryBound(to: UInt32.self)
        product.pixel_step = stage.block.stride.width * 2 * words
        product.row_step = stage.block.stride.height * stage.block.pitch(2 * words)
        (product.height, product.width) = (strip.rows.count, stage.output.width)
        (product.offsets, product.steps) = (offsets.baseAddress, offsets.count)
        product.weights =
          (weights + part.weights[group]).assumingMemoryBound(to: UInt32.self)
          + strip.filters.lowerBound * layout.laneSteps
        product.filters = strip.filters.count
        product.is_and = stage.laneCounts.isXor ? 0 : 1
        product.doubles = stage.laneCounts.doubles ? 1 : 0
        var finish = finish(strip, group)
        withKinds(of: strip, &finish) { kernels.pointee.multiply_lanes(&product, $0) }
      }
    }
  }

  /// The rows that the windows of a strip read: as they stand, or with their borders.
  private func pixelBlock(_ strip: Strip, _ pixels: Pixels) -> UnsafePointer<UInt64> {
    guard !stage.readsInPlace else { return pixels.words }
    let block = scratch + (strip.worker * scratchStride + stage.scratch.block)
    let words = block.assumingMemoryBound(to: UInt64.self)
    var border = frugal_bit_rows(
      words: pixels.words, pixel_words: stage.orderedWords, height: pixels.height,
      width: stage.block.width, first_bit: 0, bits: 64 * stage.orderedWords,
      left: stage.block.left, right: stage.block.right, outside: stage.outsideIsOne ? 1 : 0)
    kernels.pointee.border_bits(
      &border, pixels.first, pixels.first + stage.block.rows(strip.rows.count), words)
    return UnsafePointer(words)
  }

  /// Rows of pixels, and which of them a block begins with; it may lie outside.
  typealias Pixels = (words: UnsafePointer<UInt64>, height: Int, first: Int)

  /// What the block of a strip is made from: rows of the input, or displaced rows.
  func pixels(_ strip: Strip) -> Pixels {
    if isPacked, stage.packedDisplacement != nil {
      return (source + pixel(strip) * stage.orderedWords, strip.rows.count, 0)
    }
    let first = strip.rows.lowerBound * stage.stride.height + stage.reach.lowerBound
    let last = first + stage.inputRows(strip.rows.count)
    let start = max(first, 0)
    let inside = start..<max(start, min(last, stage.input.height))
    let rows = orderedRows(strip, inside)
    guard let displacement = stage.displacement else {
      return (rows, inside.count, first - start)
    }
    let memory = scratch + strip.worker * scratchStride
    let bordered = (memory + stage.scratch.bordered).assumingMemoryBound(to: UInt64.self)
    let displaced = (memory + stage.scratch.displaced).assumingMemoryBound(to: UInt64.self)
    var border = frugal_bit_rows(
      words: rows, pixel_words: stage.orderedWords, height: inside.count,
      width: stage.input.width, first_bit: 0, bits: 64 * stage.orderedWords,
      left: displacement.left, right: displacement.pitch - displacement.left - stage.input.width,
      outside: stage.outsideIsOne ? 1 : 0)
    kernels.pointee.border_bits(&border, first - start, last - start, bordered)
    displacement.offsets.withUnsafeBufferPointer { offsets in
      displacement.masks.withUnsafeBufferPointer { masks in
        var displacing = frugal_bit_displacing(
          pixel_words: stage.orderedWords, height: strip.rows.count, width: stage.output.width,
          pixel_step: stage.stride.width * stage.orderedWords,
          row_step: stage.stride.height * displacement.pitch * stage.orderedWords,
          offsets: offsets.baseAddress, count: offsets.count, masks: masks.baseAddress)
        kernels.pointee.displace_bits(&displacing, bordered, displaced)
      }
    }
    return (UnsafePointer(displaced), strip.rows.count, 0)
  }

  /// The input rows of a strip with their bits in the kernel's order.
  private func orderedRows(_ strip: Strip, _ rows: Range<Int>) -> UnsafePointer<UInt64> {
    let (input, isSame) = (stage.input, stage.order == nil || isPacked)
    let pixel = strip.image * input.planeSize + rows.lowerBound * input.width
    guard !isSame else { return source + pixel * stage.orderedWords }
    let ordered = (scratch + strip.worker * scratchStride).assumingMemoryBound(to: UInt64.self)
    stage.moves.withUnsafeBufferPointer { moves in
      kernels.pointee.gather_bits(
        source + pixel * input.wordsPerPixel, input.wordsPerPixel, rows.count * input.width,
        moves.baseAddress, moves.count, ordered, stage.orderedWords)
    }
    return UnsafePointer(ordered)
  }

  private func countOnes(_ strip: Strip) {
    let input = stage.input
    let pixel = strip.image * input.planeSize + strip.rows.lowerBound * input.width
    let isXor = stage.activations == .signs
    var product = frugal_word_product()
    product.pixels = source + pixel * input.wordsPerPixel
    (product.pixel_words, product.words) = (input.wordsPerPixel, input.wordsPerPixel)
    product.count = strip.rows.count * stage.output.width
    product.weights =
      (weights + part.weights[0]).assumingMemoryBound(to: UInt64.self)
      + strip.filters.lowerBound * input.wordsPerPixel
    product.filters = strip.filters.count
    product.is_and = isXor ? 0 : 1
    product.ones = stage.activations == .units && stage.weights == .signs ? Int32(-times) : 0
    var finish = finish(strip, 0)
    finish.factor = Int32((isXor ? -2 : stage.weights == .signs ? 2 : 1) * times)
    finish.offset = isXor ? Int32(stage.depth * times) : 0
    kernels.pointee.multiply_words(&product, &finish)
  }

  var times: Int { if case .integers(_, let times, _) = sink { times } else { 1 } }

  /// Where the sums of a group's filters go, and as what.
  private func finish(_ strip: Strip, _ group: Int) -> frugal_count_finish {
    let outputs = stage.outputs
    let first = strip.filters.lowerBound
    let index = group * stage.wholeFilters + first
    var finish = frugal_count_finish()
    let thresholds = weights + part.thresholds
    if stage.countsHave16Bits {
      finish.factor = Int32(stage.step * times)
      finish.offset = Int32(stage.base(group) * times)
      finish.count_thresholds = thresholds.assumingMemoryBound(to: UInt16.self) + index
    } else {
      finish.thresholds = thresholds.assumingMemoryBound(to: Int32.self) + index
    }
    finish.inversions =
      (weights + part.inversions).assumingMemoryBound(to: UInt32.self) + index / 32
    finish.words = words(strip)
    finish.pixel_words = outputWords
    finish.first_bit = group * outputs.size + first
    let scales = group * outputs.size + first
    if stage.border != nil {
      finish.threshold_stride = outputs.count * stage.wholeFilters
      finish.correction_stride = outputs.channels
      finish.times = Int32(times)
      finish.corrections = (weights + part.corrections).assumingMemoryBound(to: Int32.self) + scales
    }
    finish.scale = (weights + part.scale).assumingMemoryBound(to: Float.self) + scales
    finish.bias = (weights + part.bias).assumingMemoryBound(to: Float.self) + scales

    aim(&finish, strip, outputs.channel(first, of: group))
    finish.plane_stride *= outputs.stride
    return finish
  }

  /// Sets what sums become, and where those of a channel and its neighbours go.
  func aim(_ finish: inout frugal_count_finish, _ strip: Strip, _ channel: Int) {
    let output = stage.output
    let place =
      MapLayout.compact(output).channelStride * (strip.image * output.channels + channel)
      + strip.rows.lowerBound * output.width
    finish.plane_stride = output.planeSize
    switch sink {
    case .bits: finish.kind = FRUGAL_SUMS_BITS
    case .integers(let target, _, let adds):
      finish.kind = FRUGAL_SUMS_INT32
      finish.accumulates = adds ? 1 : 0
      finish.out = UnsafeMutableRawPointer(target + place)
    case .shortIntegers(let target):
      finish.kind = FRUGAL_SUMS_INT16
      finish.out = UnsafeMutableRawPointer(target + place)
    case .planes(let planes):
      finish.kind = FRUGAL_SUMS_FLOAT
      finish.plane_stride = planes.layout.channelStride
      let plane = planes.plane(strip.image, channel)
      finish.out = UnsafeMutableRawPointer(plane + strip.rows.lowerBound * output.width)
    }
  }
}

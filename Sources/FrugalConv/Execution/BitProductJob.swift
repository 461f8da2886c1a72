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
  /// The source's bits stand in the order of the kernel already.
  let isOrdered: Bool
  let sink: BinarySink
  let scratch: UnsafeMutableRawPointer
  let scratchStride: Int

  /// Some output rows of one image, and some filters.
  private struct Strip {
    let image: Int
    let rows: Range<Int>
    let filters: Range<Int>
    let worker: Int
  }

  func run(task: Int, worker: Int) {
    let (rest, part) = task.quotientAndRemainder(dividingBy: stage.parts)
    let (image, strip) = rest.quotientAndRemainder(dividingBy: stage.strips)
    let work = Strip(
      image: image, rows: stage.rows(ofStrip: strip), filters: stage.filters(ofPart: part),
      worker: worker)
    clearBits(work)
    if stage.kernel == .tables { lookUp(work) } else { countOnes(work) }
    orderBits(work)
  }

  // MARK: Bits of the output

  private var outputWords: Int { stage.output.wordsPerPixel }

  /// Words of the strip's first output pixel: in the output, or in scratch.
  private func words(_ strip: Strip) -> UnsafeMutablePointer<UInt64>? {
    guard case .bits(let target) = sink else { return nil }
    guard stage.outputMoves.isEmpty else {
      let place =
        scratch + (strip.worker * scratchStride + stage.scratch.ordered + stage.scratch.block)
      return place.assumingMemoryBound(to: UInt64.self)
    }
    return target + pixel(strip) * outputWords
  }

  private func pixel(_ strip: Strip) -> Int {
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
    let first = strip.rows.lowerBound * stage.stride.height + stage.reach.lowerBound
    let last = (strip.rows.upperBound - 1) * stage.stride.height + stage.reach.upperBound
    let inside = max(first, 0)..<max(max(first, 0), min(last + 1, stage.input.height))
    let block = scratch + (strip.worker * scratchStride + stage.scratch.ordered)
    let bytes = block.assumingMemoryBound(to: UInt8.self)
    let rows = orderedRows(strip, inside)

    for group in stage.groups.indices {
      let layout = stage.groups[group]
      stage.outside[group].withUnsafeBufferPointer { outside in
        var description = frugal_bit_rows(
          words: rows, pixel_words: stage.orderedWords, height: inside.count,
          width: stage.input.width, first_bit: layout.firstBit, bits: layout.bits,
          left: stage.border.left, right: stage.border.right, outside: outside.baseAddress)
        kernels.pointee.expand_bits(
          &description, first - inside.lowerBound, last + 1 - inside.lowerBound, bytes)
      }
      stage.runs[group].withUnsafeBufferPointer { runs in
        stage.tables.bytes.withUnsafeBufferPointer { tables in
          var product = frugal_nibble_product()
          product.block = UnsafePointer(bytes)
          product.pixel_step = stage.stride.width * layout.nibbles
          product.row_step = stage.stride.height * stage.pitch(group)
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
          finish.factor = Int32(stage.tables.step * times)
          finish.offset = Int32(stage.base(group) * times)
          kernels.pointee.multiply_nibbles(&product, &finish)
        }
      }
    }
  }

  /// The input rows of a strip with their bits in the kernel's order.
  private func orderedRows(_ strip: Strip, _ rows: Range<Int>) -> UnsafePointer<UInt64> {
    let (input, isSame) = (stage.input, stage.order == nil || isOrdered)
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

  private var times: Int { if case .integers(_, let times, _) = sink { times } else { 1 } }

  /// Where the sums of a group's filters go, and as what.
  private func finish(_ strip: Strip, _ group: Int) -> frugal_count_finish {
    let (output, outputs) = (stage.output, stage.outputs)
    let first = strip.filters.lowerBound
    let index = group * stage.wholeFilters + first
    var finish = frugal_count_finish()
    finish.thresholds = (weights + part.thresholds).assumingMemoryBound(to: Int32.self) + index
    finish.inversions =
      (weights + part.inversions).assumingMemoryBound(to: UInt32.self) + index / 32
    finish.words = words(strip)
    finish.pixel_words = outputWords
    finish.first_bit = group * outputs.size + first
    let scales = group * outputs.size + first
    finish.scale = (weights + part.scale).assumingMemoryBound(to: Float.self) + scales
    finish.bias = (weights + part.bias).assumingMemoryBound(to: Float.self) + scales

    let channel = outputs.channel(first, of: group)
    let place =
      MapLayout.compact(output).channelStride * (strip.image * output.channels + channel)
      + strip.rows.lowerBound * output.width
    finish.plane_stride = outputs.stride * output.planeSize
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
      finish.plane_stride = outputs.stride * planes.layout.channelStride
      let plane = planes.plane(strip.image, channel)
      finish.out = UnsafeMutableRawPointer(plane + strip.rows.lowerBound * output.width)
    }
    return finish
  }
}

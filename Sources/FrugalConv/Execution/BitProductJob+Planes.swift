internal import CKernels

extension BitProductJob {
  /// All filters of a strip, whose pixels are split into planes of nibbles first.
  func multiply(_ strip: Strip, _ planes: NibblePlanes) {
    let memory = scratch + strip.worker * scratchStride
    let nibbles = (memory + stage.scratch.block).assumingMemoryBound(to: UInt8.self)
    split(strip, planes, nibbles)

    var finish = frugal_count_finish()
    aim(&finish, strip, 0)
    finish.thresholds = (weights + part.thresholds).assumingMemoryBound(to: Int32.self)
    finish.factor = Int32(planes.tables.step * times)
    finish.scale = (weights + part.scale).assumingMemoryBound(to: Float.self)
    finish.bias = (weights + part.bias).assumingMemoryBound(to: Float.self)
    guard case .bits(let target) = sink else {
      return multiply(strip, planes, nibbles, &finish)
    }
    let bits = (memory + stage.scratch.filters).assumingMemoryBound(to: UInt8.self)
    bits.update(repeating: 0, count: planes.bytesOfBits)
    finish.out = UnsafeMutableRawPointer(bits)
    finish.plane_stride = planes.byteStride
    multiply(strip, planes, nibbles, &finish)
    var joined = frugal_byte_planes(
      planes: bits, count: planes.bytePlanes, plane_stride: planes.byteStride,
      pitch: planes.pitch, height: strip.rows.count, width: stage.output.width,
      inversions: (weights + part.inversions).assumingMemoryBound(to: UInt64.self))
    kernels.pointee.join_planes(&joined, target + pixel(strip) * outputWords, outputWords)
  }

  private func split(
    _ strip: Strip, _ planes: NibblePlanes, _ nibbles: UnsafeMutablePointer<UInt8>
  ) {
    let (pixels, block) = (pixels(strip), stage.block)
    // Tables have a product for sixteen nibbles; for any other it is 0.
    let outside: UInt8 = stage.padding == .zero ? 128 : stage.outsideIsOne ? 15 : 0
    var splitting = frugal_nibble_planes(
      words: pixels.words, pixel_words: stage.orderedWords, height: pixels.height,
      width: block.width, nibbles: planes.count, left: block.left, right: block.right,
      outside: outside, plane_stride: planes.stride)
    kernels.pointee.split_nibbles(
      &splitting, pixels.first, pixels.first + block.rows(strip.rows.count), nibbles)
  }

  private func multiply(
    _ strip: Strip, _ planes: NibblePlanes, _ nibbles: UnsafePointer<UInt8>,
    _ finish: UnsafePointer<frugal_count_finish>
  ) {
    planes.offsets.withUnsafeBufferPointer { offsets in
      planes.tables.bytes.withUnsafeBufferPointer { tables in
        planes.channels.withUnsafeBufferPointer { channels in
          var product = frugal_plane_product(
            planes: nibbles, offsets: offsets.baseAddress, steps: planes.steps,
            most_steps: SignedNibbleTables.mostSteps(planes.tables.step),
            pitch: planes.pitch, height: strip.rows.count, width: stage.output.width,
            tables: tables.baseAddress,
            weights: (weights + part.weights[0]).assumingMemoryBound(to: UInt8.self),
            groups: stage.groups.count, filters: stage.outputs.size, channels: channels.baseAddress,
            kinds: nil, added: nil)
          guard let kinds = planes.kinds else {
            return kernels.pointee.multiply_planes(&product, finish)
          }
          kinds.withUnsafeBufferPointer { kinds in
            product.kinds = kinds.baseAddress! + strip.rows.lowerBound * planes.pitch
            product.added = (weights + part.corrections).assumingMemoryBound(to: UInt8.self)
            kernels.pointee.multiply_planes(&product, finish)
          }
        }
      }
    }
  }
}

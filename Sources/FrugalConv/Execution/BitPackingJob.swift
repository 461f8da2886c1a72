internal import CKernels

/// The planes of float maps become bits, in the order that the first product wants.
struct BitPackingJob {
  let kernels: UnsafePointer<frugal_kernels>
  /// Of the first image.
  let packing: UnsafePointer<frugal_bit_packing>
  let imageStride: Int
  let shape: MapShape
  /// Of a shift: channels are displaced at once.
  let displacement: PackedDisplacement?
  let target: UnsafeMutablePointer<UInt64>
  /// Of displaced rows.
  let scratch: UnsafeMutableRawPointer
  let scratchStride: Int

  let pixelsPerTask: Int

  static let mostPixels = 1024

  init(
    kernels: UnsafePointer<frugal_kernels>, packing: UnsafePointer<frugal_bit_packing>,
    imageStride: Int, shape: MapShape, displacement: PackedDisplacement?, threads: Int,
    target: UnsafeMutablePointer<UInt64>, scratch: UnsafeMutableRawPointer, scratchStride: Int
  ) {
    (self.kernels, self.packing, self.imageStride) = (kernels, packing, imageStride)
    (self.shape, self.displacement, self.target) = (shape, displacement, target)
    (self.scratch, self.scratchStride) = (scratch, scratchStride)
    pixelsPerTask =
      displacement.map { $0.rowsPerTask * shape.width } ?? Self.pixels(of: shape, threads)
  }

  /// Equal tasks of whole cache lines of every plane; small maps are shared as by the product behind, so
  /// that a core finds there what it has packed.
  private static func pixels(of shape: MapShape, _ threads: Int) -> Int {
    let wanted = threads == 1 ? 1 : BinaryProduct.sharedTasks / shape.images
    let shared = min(wanted, shape.planeSize / BinaryProduct.leastPixels)
    let tasks = max((shape.planeSize + mostPixels - 1) / mostPixels, shared)
    return ((shape.planeSize + tasks - 1) / tasks + 15) / 16 * 16
  }

  private var tasksPerImage: Int { (shape.planeSize + pixelsPerTask - 1) / pixelsPerTask }
  var tasks: Int { shape.images * tasksPerImage }

  func run(task: Int, worker: Int) {
    let (image, part) = task.quotientAndRemainder(dividingBy: tasksPerImage)
    let first = part * pixelsPerTask
    let pixels = first..<min(first + pixelsPerTask, shape.planeSize)
    var packing = packing.pointee
    packing.map += image * imageStride * MemoryLayout<Float>.stride
    let words = target + (image * shape.planeSize + first) * packing.pixel_words
    guard let displacement else {
      return kernels.pointee.pack_bits(&packing, first, pixels.count, words)
    }
    let rows = (scratch + worker * scratchStride).assumingMemoryBound(to: UInt64.self)
    pack(displacement, pixels, &packing, rows)
    join(displacement, pixels, rows, words, packing.pixel_words)
  }

  /// Rows of a task whose channels come from the rows that they are displaced to.
  private func pack(
    _ displacement: PackedDisplacement, _ pixels: Range<Int>, _ packing: inout frugal_bit_packing,
    _ rows: UnsafeMutablePointer<UInt64>
  ) {
    let words = packing.pixel_words
    rows.update(repeating: 0, count: displacement.left * words)
    let inside = rows + displacement.left * words
    displacement.offsets.withUnsafeBufferPointer { offsets in
      packing.offsets = offsets.baseAddress
      for run in displacement.runs {
        let all = run.rows.lowerBound * shape.width..<run.rows.upperBound * shape.width
        let part = all.clamped(to: pixels)
        guard !part.isEmpty else { continue }
        run.channels.withUnsafeBufferPointer { channels in
          packing.channels = channels.baseAddress
          kernels.pointee.pack_bits(
            &packing, part.lowerBound, part.count,
            inside + (part.lowerBound - pixels.lowerBound) * words)
        }
      }
    }
    (inside + pixels.count * words).update(repeating: 0, count: displacement.right * words)
  }

  /// Pixels of those rows, joined from their neighbours.
  private func join(
    _ displacement: PackedDisplacement, _ pixels: Range<Int>,
    _ rows: UnsafePointer<UInt64>, _ target: UnsafeMutablePointer<UInt64>, _ words: Int
  ) {
    let across = displacement.across
    across.offsets.withUnsafeBufferPointer { offsets in
      across.masks.withUnsafeBufferPointer { masks in
        var displacing = frugal_bit_displacing(
          pixel_words: words, height: 1, width: pixels.count, pixel_step: words, row_step: 0,
          offsets: offsets.baseAddress, count: offsets.count, masks: masks.baseAddress)
        kernels.pointee.displace_bits(&displacing, rows, target)
      }
    }
    for column in displacement.columns {
      column.inside.withUnsafeBufferPointer { inside in
        for pixel in stride(from: column.x, to: pixels.count, by: shape.width) {
          for word in 0..<words { target[pixel * words + word] &= inside[word] }
        }
      }
    }
  }
}

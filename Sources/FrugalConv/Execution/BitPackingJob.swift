internal import CKernels

/// The planes of float maps become bits, in the order that the first product wants.
struct BitPackingJob {
  let kernels: UnsafePointer<frugal_kernels>
  /// Of the first image.
  let packing: UnsafePointer<frugal_bit_packing>
  let imageStride: Int
  let shape: MapShape
  let target: UnsafeMutablePointer<UInt64>

  /// Pixels of a task: whole cache lines of every plane.
  private static let pixels = 1024

  private var tasksPerImage: Int { (shape.planeSize + Self.pixels - 1) / Self.pixels }
  var tasks: Int { shape.images * tasksPerImage }

  func run(task: Int) {
    let (image, part) = task.quotientAndRemainder(dividingBy: tasksPerImage)
    let first = part * Self.pixels
    let count = min(Self.pixels, shape.planeSize - first)
    var packing = packing.pointee
    packing.map += image * imageStride * MemoryLayout<Float>.stride
    kernels.pointee.pack_bits(
      &packing, first, count, target + (image * shape.planeSize + first) * packing.pixel_words)
  }
}

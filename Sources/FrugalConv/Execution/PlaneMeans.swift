internal import CKernels

/// The means of a stage's planes, taken while each strip is in cache: a share of every strip in a
/// slot of its own, so that no order of tasks changes their sum.
struct PlaneMeans {
  let kernels: UnsafePointer<frugal_kernels>
  /// `[image][slot][channel]`
  let start: UnsafeMutablePointer<Float>
  let slots: Int
  let channels: Int
  let planeSize: Int

  /// Floats between slots.
  private var slotStride: Int { WorkspaceLayout.aligned(channels) }

  static func count(slots: Int, channels: Int, images: Int) throws(FrugalConvError) -> Int {
    try product(images, slots, WorkspaceLayout.aligned(channels))
  }

  /// The share of some rows in the means of `count` channels, `step` apart from `channel` on.
  func add(
    _ rows: UnsafePointer<Float>, _ stride: Int, image: Int, slot: Int, channel: Int, step: Int,
    count: Int, n: Int
  ) {
    kernels.pointee.mean_rows(
      rows, stride, count, n, Float(planeSize), self.slot(slot, of: image) + channel, step)
  }

  /// The means of an image, summed into its first slot.
  func sum(image: Int) -> UnsafePointer<Float> {
    let total = slot(0, of: image)
    var addition = frugal_epilogue()
    addition.low = -.infinity
    addition.high = .infinity
    addition.residual = FRUGAL_RESIDUAL_BEFORE
    for slot in 1..<max(slots, 1) {
      kernels.pointee.epilogue(
        &addition, nil, 0, self.slot(slot, of: image), 0, total, 0, total, 0, 1, channels)
    }
    return UnsafePointer(total)
  }

  private func slot(_ slot: Int, of image: Int) -> UnsafeMutablePointer<Float> {
    start + (image * slots + slot) * slotStride
  }
}

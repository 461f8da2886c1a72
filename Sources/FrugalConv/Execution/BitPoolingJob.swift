internal import CKernels

/// One run of a pooling stage over bits.
struct BitPoolingJob {
  let stage: BitPooling
  let kernels: UnsafePointer<frugal_kernels>
  let inversions: UnsafePointer<UInt64>
  let source: UnsafePointer<UInt64>
  let target: UnsafeMutablePointer<UInt64>

  var tasks: Int { stage.output.images * stage.tasksPerImage }

  func run(task: Int) {
    let (image, part) = task.quotientAndRemainder(dividingBy: stage.tasksPerImage)
    let (input, output) = (stage.input, stage.output)
    let words = input.wordsPerPixel
    let y0 = part * BitPooling.rows
    let y1 = min(output.height, y0 + BitPooling.rows)
    stage.window.withDescription(
      input, layout: .compact(input), map: nil, outWidth: output.width
    ) { window, _ in
      kernels.pointee.pool_bits(
        window, source + image * input.planeSize * words, words, inversions, y0, y1,
        target + (image * output.planeSize + y0 * output.width) * words)
    }
  }
}

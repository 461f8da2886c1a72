/// Where a stage of one-bit numbers reads, and which of that lies outside the map.
struct BinaryReading: Sendable {
  let stride: Extent
  /// The taps of a window, or the displacement of each channel.
  let taps: [(dy: Int, dx: Int)]
  let isShift: Bool
  /// Where taps outside the map must not count, though they are read as bits.
  let border: BitBorder?

  /// Throws when the step has no form in one bit.
  init(
    _ spatial: SpatialStep, index: Int, from input: MapShape, to output: MapShape,
    activations: BitValues, padding: BitPadding
  ) throws(FrugalConvError) {
    /// Beyond the ends every pixel comes from outside, wherever it is.
    func bounded(_ dy: Int, _ dx: Int, _ step: Extent) -> (dy: Int, dx: Int) {
      (
        min(max(dy, -(output.height - 1) * step.height - 1), input.height),
        min(max(dx, -(output.width - 1) * step.width - 1), input.width)
      )
    }
    switch spatial {
    case .none(let step): (stride, taps, isShift) = (step, [(0, 0)], false)
    case .window(let window):
      let pads = try window.borders(of: input.extent)
      (stride, isShift) = (window.stride, false)
      taps = (0..<window.kernel.height).flatMap { i in
        (0..<window.kernel.width).map { j in
          bounded(
            i * window.dilation.height - pads.top, j * window.dilation.width - pads.left,
            window.stride)
        }
      }
    case .shift(let displacements, let step):
      (stride, isShift) = (step, true)
      taps = displacements.map { bounded($0.dy, $0.dx, step) }
    case .activeShift: throw .noBinaryForm(stage: index, reason: "a bilinear displacement")
    case .depthwise, .pool, .globalAverage:
      throw .noBinaryForm(stage: index, reason: "a channel mix behind a depthwise step")
    }
    // {0, 1} has a bit for the number 0.
    border =
      padding == .zero && activations == .signs
      ? BitBorder(taps, stride: stride, input: input.extent, output: output.extent) : nil
  }
}

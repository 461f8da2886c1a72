internal import FrugalConv

/// One axis of a window over a map: where outputs read, from the definition of the padding.
struct Axis {
  let kernel, stride, dilation, before, outputs: Int

  /// Row or column that tap `tap` of output `output` reads.
  func position(_ output: Int, _ tap: Int) -> Int { output * stride - before + tap * dilation }
}

extension Window {
  func rows(of height: Int) -> Axis {
    var explicit: (Int, Int)?
    if case .explicit(let top, _, let bottom, _) = padding { explicit = (top, bottom) }
    return axis(height, kernel.height, stride.height, dilation.height, explicit)
  }

  func columns(of width: Int) -> Axis {
    var explicit: (Int, Int)?
    if case .explicit(_, let left, _, let right) = padding { explicit = (left, right) }
    return axis(width, kernel.width, stride.width, dilation.width, explicit)
  }

  private func axis(
    _ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ explicit: (Int, Int)?
  ) -> Axis {
    let reach = dilation * (kernel - 1)
    let (before, after) = border(size, reach: reach, stride, explicit)
    var outputs = 0
    while outputs * stride + reach < before + size + after { outputs += 1 }
    return Axis(
      kernel: kernel, stride: stride, dilation: dilation, before: before, outputs: outputs)
  }
  private func border(
    _ size: Int, reach: Int, _ stride: Int, _ explicit: (Int, Int)?
  ) -> (before: Int, after: Int) {
    switch padding {
    case .valid: return (0, 0)
    case .explicit: return explicit!
    case .same: return (reach / 2, reach - reach / 2)
    case .sameTensorFlow:
      // As many outputs as there are multiples of the stride on the map; the last one must fit.
      let last = (size - 1) / stride * stride
      let missing = max(0, last + reach + 1 - size)
      return (missing / 2, missing - missing / 2)
    }
  }
}

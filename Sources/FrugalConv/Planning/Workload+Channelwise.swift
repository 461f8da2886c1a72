extension Workload {
  /// A stage without a channel mix over one image.
  mutating func add(_ stage: ChannelwiseStage, _ pieces: [RowPiece], _ epilogue: EpilogueNeeds) {
    for piece in pieces {
      var once = Workload()
      once.add(stage, rows: piece.rows, epilogue)
      add(once, times: Double(piece.count))
    }
  }

  /// Some rows of it.
  private mutating func add(_ stage: ChannelwiseStage, rows: Int, _ epilogue: EpilogueNeeds) {
    let channels = stage.output.channels
    let floats = Double(channels * rows * stage.output.width)
    let block = stage.channels(ofBlocksWithRows: rows)
    let blocks = Double((channels + block - 1) / block)
    self[.tasks] += blocks
    self[.kernelCalls] += blocks
    switch stage.producer {
    case .planes: break
    case .displaced(_, let stride):
      addCopies(
        planes: channels, rows: rows, floats: floats,
        strided: stride != 1 || stage.output.width != stage.input.width)
    case .taps(let taps): add(taps, channels: channels, rows: rows, width: stage.output.width)
    case .pool(_, let taps):
      let inside = stage.columnsInside(taps)
      let vectors = inside < 8 ? 0 : (inside + 7) / 8 * 8
      let singles = inside < 8 ? stage.output.width : stage.output.width - inside
      let tapsOfRows = Double(channels * rows) * Double(taps.kernel.area)
      self[.pooledTaps] += tapsOfRows * Double(vectors)
      self[.singlePooledTaps] += tapsOfRows * Double(singles)
    case .globalAverage:
      self[.meanFloats] += Double(channels * stage.input.planeSize)
      self[.kernelCalls] += Double(channels)
    }
    add(epilogue, floats: floats, channels: channels)
    if case .planes = stage.producer, epilogue.isIdentity { self[.epilogueFloats] += floats }
    if !epilogue.isIdentity { self[.kernelCalls] += blocks }
  }

  /// Displaced copies of some planes, `rows` rows of each.
  mutating func addCopies(planes: Int, rows: Int, floats: Double, strided: Bool) {
    self[strided ? .sampledFloats : .copiedFloats] += floats
    self[strided ? .sampledRows : .copiedRows] += Double(planes * rows)
    self[.copies] += Double(planes)
  }

  /// Windows on some channels, `rows` output rows of each.
  mutating func add(_ taps: TapWindow, channels: Int, rows: Int, width: Int) {
    let (channels, kernel, stride) = (Double(channels), taps.kernel, taps.stride)
    // Rows end in a vector that reaches back, or spills.
    let filled = Double((width + 7) / 8 * 8)
    let isUnrolled =
      kernel.height == kernel.width && [2, 3, 5, 7].contains(kernel.height) && taps.dilation == 1
      && stride.height == stride.width && stride.height <= 2
    let plain: CostTerm = stride.width > 2 ? .gatheredTapMultiplyAdds : .plainTapMultiplyAdds
    self[isUnrolled ? .tapMultiplyAdds : plain] +=
      channels * Double(rows) * filled * Double(kernel.area)
    func touched(_ count: Int, _ stride: Int, _ kernel: Int, _ dilation: Int) -> Double {
      Double(count - 1) * Double(stride) + Double(kernel - 1) * Double(dilation) + 1
    }
    self[stride == 1 ? .tappedFloats : .sampledTapFloats] +=
      channels * touched(rows, stride.height, kernel.height, taps.dilation.height)
      * touched(width, stride.width, kernel.width, taps.dilation.width)
    self[.tapRows] += channels * Double(rows)
    self[.tapPlanes] += channels
  }

  /// An epilogue in a pass of its own, unless there is nothing to compute.
  mutating func add(_ epilogue: EpilogueNeeds, floats: Double, channels: Int) {
    guard !epilogue.isIdentity else { return }
    self[.epilogueFloats] += floats
    self[.epilogueRows] += Double(channels)
    if epilogue.addsResidual { self[.residualFloats] += floats }
    if epilogue.isExponential { self[.exponentials] += floats }
  }
}

extension ChannelwiseStage {
  /// Output columns whose windows stand inside the map, at most.
  fileprivate func columnsInside(_ taps: TapWindow) -> Int {
    let span = (taps.kernel.width - 1) * taps.dilation.width + 1
    return min(output.width, max(0, input.width - span + taps.stride.width) / taps.stride.width)
  }
}

/// What an epilogue has to compute.
struct EpilogueNeeds {
  let bias: Bool
  let activation: Activation
  let residual: Residual?

  var addsResidual: Bool { residual != nil }
  var isIdentity: Bool { !bias && activation == .identity && residual == nil }

  /// Swish and sigmoid.
  var isExponential: Bool {
    switch activation {
    case .swish, .sigmoid: true
    case .identity, .clamp, .hardSwish: false
    }
  }

  /// No more than a bias, a residual and a clamp, in this order.
  var fitsRegisters: Bool {
    switch activation {
    case .identity: true
    case .clamp: residual?.placement != .afterActivation
    case .swish, .hardSwish, .sigmoid: false
    }
  }
}

extension Plan: CustomStringConvertible {
  /// What was chosen, in words: executor, level, stages, workspace and cost.
  public var description: String {
    var lines = [
      "\(inputShape) to \(outputShape) on \(executor), level \(level.rawValue), "
        + "\(threads) thread\(threads == 1 ? "" : "s")"
        + (flushesDenormals ? ", denormals count as zeros" : "")
    ]
    for pass in passes {
      for index in pass.stages { lines.append("  stage \(index + 1): \(stages[index].words)") }
      if let chain = pass.chain { lines.append("    " + chain.words) }
    }
    lines.append(
      "  \(costs.multiplyAdds) multiply-adds, \(costs.parameters) parameters, "
        + "at least \(costs.leastBytes) bytes moved, \(workspaceBytes) bytes of workspace")
    return lines.joined(separator: "\n")
  }
}

extension PlannedStage {
  fileprivate var words: String {
    let work =
      switch work {
      case .matrix(let matrix): matrix.words
      case .channelwise(let channelwise): channelwise.words
      }
    guard stage.squeezeExcite != nil else { return work }
    let gated = excitation == .planes ? "these planes" : "the next stage's weights"
    return work + ", means on the way, gates on " + gated
  }
}

extension Chain {
  fileprivate var words: String {
    "stages \(stages.lowerBound + 1) to \(stages.upperBound) strip by strip: \(strips) strips in "
      + "\(slabs.count) slab\(slabs.count == 1 ? "" : "s"), windows of "
      + windows.map { "\($0.capacity)" }.joined(separator: ", ") + " rows between"
  }
}

extension MatrixStage {
  fileprivate var words: String {
    let source =
      switch source {
      case .planes: "the planes as they stand"
      case .displaced: "displaced copies, \(blockRows) rows at a time"
      case .bordered(let block): "blocks of \(block.channels) channels with borders"
      case .taps: "bilinear rows, \(blockRows) at a time"
      }
    let sink =
      switch sink {
      case .planes: "in place"
      case .tile: "through a tile"
      case .displaced: "through a tile to where the next stage's shift wants each channel"
      }
    let groups = outputs.count == 1 ? "" : "\(outputs.count) groups of "
    let product = engine == .fused ? "fused product" : "sgemm"
    return "\(product) \(groups)\(outputs.size)x\(rows)x\(stripPixels) over \(source), "
      + "\(strips) strip\(strips == 1 ? "" : "s") in \(parts) part\(parts == 1 ? "" : "s"), "
      + "epilogue \(sink)"
  }
}

extension ChannelwiseStage {
  fileprivate var words: String {
    let producer =
      switch producer {
      case .planes: "elementwise"
      case .displaced: "displaced copies"
      case .taps(let taps): "taps \(taps.kernel) per channel"
      case .pool(_, let taps): "pooling \(taps.kernel)"
      case .globalAverage: "means of planes"
      }
    return "\(producer), \(blockChannels) channels of \(blockRows) rows at a time"
  }
}

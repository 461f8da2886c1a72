extension Plan: CustomStringConvertible {
  /// What was chosen, and why, in words: executor, level, stages, workspace and cost, the predicted
  /// and the measured share of the peak. The peak of this machine is measured when a process first
  /// asks.
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
    if let choice {
      lines.append("  chosen: \(candidate), " + choice.words(candidate, predicted: predictedTime))
    }
    lines.append("  predicted on one thread: " + words(time: predictedTime))
    if let time = choice?.measuredTime {
      lines.append("  measured on one thread: " + words(time: time))
    }
    return lines.joined(separator: "\n")
  }

  /// "812 µs, 91 % of the peak"; no share where nothing is multiplied.
  private func words(time: Double) -> String {
    let microseconds = time / level.peakMultiplyAddsPerMicrosecond
    let number =
      switch microseconds {
      case ..<100: "\(rounded(microseconds, 0.1))"
      case ..<1e15: "\(Int(microseconds))"
      default: "\(microseconds)"
      }
    let words = number + " µs"
    guard costs.multiplyAdds > 0 else { return words }
    return words + ", \(Int((100 * Double(costs.multiplyAdds) / time).rounded())) % of the peak"
  }
}

extension PlanChoice {
  func words(_ chosen: Candidate, predicted: Double) -> String {
    switch self {
    case .only: "the only way that the options leave"
    case .predicted(let next, let nextTime):
      "predicted to take \(rounded(predicted / nextTime, 0.01)) of the time of \(next)"
        + words(ahead: next.handicap / chosen.handicap)
    case .measured(_, let predictedBest, let gain):
      gain == 1
        ? "predicted to be fastest, and nothing measured was clearly faster"
        : "measured to take \(rounded(1 / gain, 0.01)) of the time of \(predictedBest), which is "
          + "predicted to be fastest"
    case .known: "known from wisdom to be fastest"
    }
  }

  /// What the other candidate was up against.
  private func words(ahead: Double) -> String {
    ahead > 1 ? ", which has to be \(Int((100 * (ahead - 1)).rounded())) % faster" : ""
  }
}

private func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

func rounded(_ value: Double, _ step: Double) -> Double {
  (value / step).rounded() / (1 / step).rounded()
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
    "stages \(stages.lowerBound + 1) to \(stages.upperBound) "
      + (blocks[0].map { "block by block: \(blocks.count) of \($0.count) channels, " }
        ?? "strip by strip: ") + "\(counted(strips, "strip")) in \(counted(slabs.count, "slab")), "
      + "windows of " + windows.map { "\($0.capacity)" }.joined(separator: ", ") + " rows between"
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
    let product =
      switch (engine, format) {
      case (.openBLAS, _): "sgemm"
      case (.fused, .float32): "fused product"
      case (.fused, .binary), (.fused, .ternary): "sums by \(format.rawValue) weights"
      }
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

extension BinaryPlan: CustomStringConvertible {
  /// Each stage with its kernel and how it is cut, what was chosen and why, and the predicted and the
  /// measured time from float maps on. The peak of this machine is measured when a process first
  /// asks.
  public var description: String {
    var lines = [
      """
      \(Encoding.values) × \(weights), \(inputShape) to \(outputShape), \(level.rawValue), \
      \(threads) thread(s), \(workspaceBytes) bytes of workspace
      """
    ]
    for (index, stage) in stages.enumerated() {
      switch stage {
      case .product(let product):
        lines.append(
          """
            \(index): \(product.kernel.rawValue), \(product.depth) products a filter, \
          \(product.outputs.count) group(s), \(product.strips) strip(s) of \(product.stripRows) \
          row(s)\(product.parts > 1 ? ", filters in \(product.parts) parts" : "")
          """)
      case .pooling: lines.append("  \(index): pooled bits")
      }
    }
    if let choice {
      lines.append("  chosen: \(candidate), " + choice.words(candidate, predicted: predictedTime))
    }
    func words(_ time: Double) -> String {
      "\(rounded(time / level.peakMultiplyAddsPerMicrosecond, 0.1)) µs"
    }
    lines.append("  predicted on one thread: " + words(predictedTime))
    if let time = choice?.measuredTime {
      lines.append("  measured on one thread: " + words(time))
    }
    return lines.joined(separator: "\n")
  }
}

import Foundation

extension Report {
  /// What the figures show, in plain sentences computed from them.
  var findings: [String] {
    guard let threads = machine.threads.min() else { return [] }
    return [
      comparisonFinding(threads), overheadFinding(threads), peakFinding(threads),
      binaryFinding(threads),
      networkFinding(threads),
    ].compactMap { $0 }
  }

  /// How long the cheap operators take in units of depthwise separable.
  private func comparisonFinding(_ threads: Int) -> String? {
    let parts = [
      (ComparedOperator.shift, "shift + 1x1"), (.igcv1, "the IGCV1 pair"),
      (.igcv2, "IGCV2"), (.dense3x3, "a dense 3x3"),
    ].compactMap { compared, name -> String? in
      let ratios = ratios(compared, threads)
      guard !ratios.isEmpty else { return nil }
      return "\(name) \(range(ratios, decimals: 2))"
    }
    guard !parts.isEmpty else { return nil }
    return "Where a depthwise separable convolution takes 1 on \(words(threads)), "
      + parts.joined(separator: ", ") + "."
  }

  /// What displacing and interleaving cost by themselves.
  private func overheadFinding(_ threads: Int) -> String? {
    let parts = [
      (ComparedOperator.shift, "moving the channels", "its 1x1"),
      (.igcv1, "interleaving", "the two grouped convolutions"),
    ].compactMap { compared, what, than -> String? in
      let costs = rows(compared, threads).compactMap(\.vsPlain).map { 100 * ($0 - 1) }
      return costs.isEmpty ? nil : "\(what) adds \(range(costs, decimals: 0)) % to \(than)"
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ").capitalizedFirst + "."
  }

  /// How much of the peak depthwise and pointwise reach.
  private func peakFinding(_ threads: Int) -> String? {
    let parts = [(ComparedOperator.depthwise, "depthwise"), (.pointwise, "pointwise")].compactMap {
      compared, name -> String? in
      let shares = rows(compared, threads).map { 100 * $0.shareOfPeak }
      return shares.isEmpty ? nil : "\(name) reaches \(range(shares, decimals: 0)) %"
    }
    guard !parts.isEmpty else { return nil }
    let owner = machine.hasPeakOfAVX2 ? "AVX2's" : "the machine's"
    return parts.joined(separator: " and ").capitalizedFirst + " of \(owner) peak."
  }

  /// How much faster than in floats an operator is in one bit.
  private func binaryFinding(_ threads: Int) -> String? {
    let parts = [(ComparedOperator.binary1x1, "a 1x1"), (.binary3x3, "a dense 3x3")].compactMap {
      compared, name -> String? in
      let gains = rows(compared, threads).compactMap(\.vsPlain).map { 1 / $0 }
      return gains.isEmpty ? nil : "\(name) \(range(gains, decimals: 1))"
    }
    guard !parts.isEmpty else { return nil }
    return "In one bit, from float maps to bits, " + parts.joined(separator: " and ")
      + " times as fast as in floats."
  }

  /// The fastest and the slowest network per multiply-add.
  private func networkFinding(_ threads: Int) -> String? {
    let sorted = networks.filter { $0.threads == threads }.sorted { $0.gflops > $1.gflops }
    guard let best = sorted.first, let worst = sorted.last, sorted.count > 1 else { return nil }
    func words(_ row: NetworkRow) -> String {
      "\(row.network) (\(NumberText.fixed(row.microseconds / 1000, decimals: 1)) ms for "
        + "\(NumberText.fixed(Double(row.multiplyAdds) / 1e6, decimals: 0)) M)"
    }
    return "Of the networks, \(words(best)) gets the most multiply-adds done in its time, "
      + "\(words(worst)) the fewest: \(NumberText.fixed(best.gflops / worst.gflops, decimals: 1)) "
      + "times apart."
  }

  private func rows(_ compared: ComparedOperator, _ threads: Int) -> [Row] {
    rows.filter { $0.operator == compared.rawValue && $0.threads == threads }
  }

  private func ratios(_ compared: ComparedOperator, _ threads: Int) -> [Double] {
    rows(compared, threads).compactMap(\.vsDepthwise)
  }

  private func range(_ values: [Double], decimals: Int) -> String {
    let (low, high) = (values.min()!, values.max()!)
    let (from, to) = (
      NumberText.fixed(low, decimals: decimals), NumberText.fixed(high, decimals: decimals)
    )
    return from == to ? from : "\(from) to \(to)"
  }

  private func words(_ threads: Int) -> String {
    threads == 1 ? "one thread" : "\(threads) threads"
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

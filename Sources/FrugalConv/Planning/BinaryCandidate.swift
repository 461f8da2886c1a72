/// One way to compute a convolution in one bit: the kernel of each stage that multiplies.
public struct BinaryCandidate: PlanCandidate {
  public let kernels: [BinaryKernel]

  public var handicap: Double { 1 }

  init(kernels: [BinaryKernel]) { self.kernels = kernels }

  /// Reads what `description` wrote; nil for anything else.
  init?(_ text: some StringProtocol) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    kernels = words.compactMap { BinaryKernel(rawValue: String($0)) }
    guard kernels.count == words.count, !kernels.contains(.automatic) else { return nil }
  }

  /// "tables words"
  public var description: String { kernels.map(\.rawValue).joined(separator: " ") }
}

internal import CKernels

/// What a measurement holds for, in words that stand in wisdom files.
struct WisdomKey: Hashable, Sendable {
  /// Processor, library and level.
  let machine: String
  /// Convolution, input and what the options leave to choose.
  let problem: String

  init(_ plan: Plan, _ options: PlanOptions) {
    machine = Self.machine(plan.level)
    var words = Self.words(plan.convolution, plan.inputShape)
    if options.executor != .automatic { words.append(options.executor.rawValue) }
    if options.shiftForm != .automatic { words.append(options.shiftForm.rawValue) }
    if options.traversal != .automatic { words.append(options.traversal.rawValue) }
    if plan.weightFormat != .float32 { words.append(plan.weightFormat.rawValue) }
    problem = words.joined(separator: " ")
  }

  init<Encoding>(_ plan: BinaryPlan<Encoding>, _ options: BinaryOptions) {
    machine = Self.machine(plan.level)
    var words = Self.words(plan.convolution, plan.inputShape)
    words.append("bits:\(Encoding.values):\(plan.weights):\(plan.padding)")
    if options.kernel != .automatic { words.append(options.kernel.rawValue) }
    problem = words.joined(separator: " ")
  }

  private static func words(_ convolution: Convolution, _ input: MapShape) -> [String] {
    var words = ["\(input)"] + convolution.stages.map(\.key)
    if let residual = convolution.residual {
      words.append("residual:\(residual.source):\(residual.placement)")
    }
    return words
  }

  /// "AMD EPYC; FrugalConv 1.0.0; OpenBLAS 0.3.21 Zen; avx2"
  private static func machine(_ level: Level) -> String {
    [
      processorName(), "FrugalConv \(Wisdom.libraryVersion)",
      "OpenBLAS \(OpenBLAS.version) \(OpenBLAS.kernelName)", level.rawValue,
    ].joined(separator: "; ")
  }

  /// The processor's own name, less what would end a line.
  private static func processorName() -> String {
    var name = [CChar](repeating: 0, count: 49)
    frugal_processor_name(&name)
    let letters = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      .filter { (0x20..<0x7f).contains($0) }
    return String(decoding: letters, as: UTF8.self)
  }
}

extension Stage {
  /// One word for each part, joined by slashes.
  fileprivate var key: String {
    var parts = [spatial.key]
    if case .groups(let inputs, let outputs) = mix {
      parts.append(
        "\(inputs.count)x\(inputs.size)by\(inputs.stride)-\(outputs.size)by\(outputs.stride)")
    }
    if bias { parts.append("bias") }
    if activation != .identity { parts.append(activation.key) }
    if let squeezeExcite {
      parts.append(
        "gates:\(squeezeExcite.hidden):\(squeezeExcite.activation.key):\(squeezeExcite.gate.key)")
    }
    return parts.joined(separator: "/")
  }
}

extension SpatialStep {
  fileprivate var key: String {
    switch self {
    case .none(let stride): "none:\(stride)"
    case .shift(let displacements, let stride):
      "shift:\(stride):\(digest(displacements.flatMap { [$0.dy, $0.dx] }))"
    case .activeShift(let displacements, let stride):
      "activeShift:\(stride):"
        + digest(displacements.flatMap { [Int($0.dy.bitPattern), Int($0.dx.bitPattern)] })
    case .depthwise(let window): "depthwise:\(window.key)"
    case .window(let window): "window:\(window.key)"
    case .pool(.maximum, let window): "maximum:\(window.key)"
    case .pool(.average(let countsPadding), let window):
      "average:\(window.key)" + (countsPadding ? ":padded" : "")
    case .globalAverage: "globalAverage"
    }
  }
}

extension Window {
  fileprivate var key: String {
    let border =
      switch padding {
      case .same: "same"
      case .sameTensorFlow: "sameTensorFlow"
      case .valid: "valid"
      case .explicit(let top, let left, let bottom, let right):
        "\(top),\(left),\(bottom),\(right)"
      }
    return "\(kernel):\(stride):\(dilation):\(border)"
  }
}

extension Activation {
  fileprivate var key: String {
    switch self {
    case .identity: "identity"
    case .clamp(let low, let high): "clamp:\(low):\(high)"
    case .swish(let beta): "swish:\(beta)"
    case .hardSwish: "hardSwish"
    case .sigmoid: "sigmoid"
    }
  }
}

/// Sixteen digits that stand for a list of numbers (FNV-1a, number by number): the same in every
/// process, which Swift's own hashes are not.
private func digest(_ numbers: [Int]) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for number in numbers {
    hash = (hash ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01b3
    // Products alone never let a high bit change a lower one.
    hash ^= hash >> 32
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

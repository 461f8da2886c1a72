import FrugalConv

/// The words before the equals signs of a shape list.
enum LayerKey: String {
  case kernel, stride, padding, groups, permuted, partitions, size, widened, sizes, expansion
  case hidden, norm, act, images, count
}

/// What follows a convolution before its activation.
enum LayerNorm {
  case none, bias, batch
}

/// The values of a line's keys.
struct LayerOptions {
  var kernel = 1
  var stride = 1
  var padding = Padding.same
  var groups = 1
  /// The outputs of a grouped convolution are stored interleaved.
  var permuted = false
  /// Primary partitions of IGCV1.
  var partitions = 1
  /// Input channels of a primary partition.
  var size = 1
  /// Output channels of a primary partition, when they differ from `size`.
  var widened: Int?
  /// Group sizes of IGCV2.
  var sizes: [Int] = []
  /// Channels in the middle of a block per input channel, or per output channel.
  var expansion = 1
  /// Hidden channels of squeeze-excite.
  var hidden = 1
  var norm = LayerNorm.none
  var activation = Activation.identity
  /// Images of a batch.
  var images = 1
  var count = 1

  /// No number of a list is larger: products of a few of them stay far from overflow.
  static let largestNumber = 1 << 14

  /// Sets one value from its text.
  mutating func set(_ key: LayerKey, to text: Substring) throws(LineError) {
    switch key {
    case .kernel: kernel = try Self.number(text)
    case .stride: stride = try Self.number(text)
    case .padding:
      if text.first?.isNumber == true {
        padding = .all(try Self.number(text, least: 0))
      } else {
        padding = try Self.choice(text, Self.paddings)
      }
    case .groups: groups = try Self.number(text)
    case .permuted: permuted = try Self.choice(text, ["yes": true, "no": false])
    case .partitions: partitions = try Self.number(text)
    case .size: size = try Self.number(text)
    case .widened: widened = try Self.number(text)
    case .sizes:
      sizes = try text.split(separator: "x", omittingEmptySubsequences: false)
        .map { size throws(LineError) in try Self.number(size) }
    case .expansion: expansion = try Self.number(text)
    case .hidden: hidden = try Self.number(text)
    case .norm: norm = try Self.choice(text, ["none": .none, "bias": .bias, "bn": .batch])
    case .act: activation = try Self.choice(text, Self.activations)
    case .images: images = try Self.number(text)
    case .count: count = try Self.number(text)
    }
  }

  private static let paddings: KeyValuePairs<String, Padding> = [
    "same": .same, "same-tf": .sameTensorFlow, "valid": .valid,
  ]

  private static let activations: KeyValuePairs<String, Activation> = [
    "none": .identity, "relu": .relu, "relu6": .relu6, "swish": .swish(),
    "hard-swish": .hardSwish, "sigmoid": .sigmoid,
  ]

  /// A whole number within the range of a list.
  static func number(_ text: Substring, least: Int = 1) throws(LineError) -> Int {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw LineError(word: String(text), problem: .malformedNumber)
    }
    let range = least...largestNumber
    guard let number = Int(text), range.contains(number) else {
      throw LineError(word: String(text), problem: .outOfRange(range))
    }
    return number
  }

  private static func choice<Value>(
    _ text: Substring, _ choices: KeyValuePairs<String, Value>
  ) throws(LineError) -> Value {
    guard let choice = choices.first(where: { $0.key == text }) else {
      throw LineError(word: String(text), problem: .unknownValue(known: choices.map(\.key)))
    }
    return choice.value
  }
}

/// What is outside a map of bits.
public enum BitPadding: Hashable, Sendable {
  /// The number 0, exactly, whatever the bits stand for: taps outside the map add nothing.
  case zero
  /// Bits that are 1: the number +1.
  case ones
  /// Bits that are 0: the number −1 of {−1, +1}, 0 of {0, 1}.
  case zeroBits
}

/// What multiplies one-bit numbers.
public enum BinaryKernel: String, CaseIterable, Sendable {
  /// The one that the planner chooses.
  case automatic
  /// Nibbles of weights look their products up in tables that nibbles of activations pick.
  case tables
  /// Half words are joined with those of sixteen filters, one in each lane of a vector, and the ones
  /// of every lane counted. For weights of {0, 1} activations must be so, too; windows padded with
  /// ones need whole half words of channels. The planner considers it at every level but
  /// `avx2`, for groups that fill half of their half words.
  case lanes
  /// Words are joined and their ones counted; for 1×1 convolutions of stride 1.
  case words
  /// Nibbles of thirty-two neighbouring pixels look their products up in tables that nibbles of
  /// weights pick: for few filters, with at most 32 766 products each. Windows need a stride of 1. A
  /// shift of ±1 with exact zeros outside needs at most sixteen kinds of pixels near the border, and
  /// at most 124 channels a group; 252 where weights are ±1, too, and the channels of a group, and
  /// those of them outside, are always even in number.
  case planes
}

/// What a plan of one-bit numbers may choose, and what it must not.
public struct BinaryOptions: Sendable {
  /// What the bits of weights stand for.
  public var weights: BitValues
  public var padding: BitPadding
  public var kernel: BinaryKernel
  /// Threads to run on, the calling one among them; nil for all that this process may use. The
  /// result is the same for any number.
  public var threads: Int?
  /// The instruction-set level; nil for `Level.fromEnvironment()`.
  public var level: Level?

  public init(
    weights: BitValues = .signs, padding: BitPadding = .zero, kernel: BinaryKernel = .automatic,
    threads: Int? = nil, level: Level? = nil
  ) {
    self.weights = weights
    self.padding = padding
    self.kernel = kernel
    self.threads = threads
    self.level = level
  }
}

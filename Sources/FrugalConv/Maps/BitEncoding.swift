/// The two numbers that a bit stands for.
public enum BitValues: Hashable, Sendable {
  /// 0 is −1, 1 is +1.
  case signs
  /// 0 is 0, 1 is 1.
  case units

  public var zero: Int { self == .signs ? -1 : 0 }
  public var one: Int { 1 }
}

/// An encoding of numbers as bits, as a type: maps of different encodings do not mix.
public protocol BitEncoding: Sendable {
  static var values: BitValues { get }
}

/// {−1, +1}: bit 0 is −1, bit 1 is +1 (BinaryNet, Courbariaux et al. 2016).
public enum Signs: BitEncoding {
  public static var values: BitValues { .signs }
}

/// {0, 1}: the bit is the number.
public enum Units: BitEncoding {
  public static var values: BitValues { .units }
}

import ArgumentParser
import FrugalConv
import FrugalFiles

/// An operator whose weights and displacements come from NumPy files.
struct FileOperator {
  enum Name: String, CaseIterable {
    case pointwise, grouped, depthwise, window, shift
    case activeShift = "active-shift"
    case igcv1
    case binary1x1
    case binary3x3
    case binaryShift = "binary-shift"
    case binaryGrouped3x3 = "binary-grouped3x3"

    /// It multiplies numbers of one bit.
    var isBinary: Bool { inFloats != self }

    /// The operator that does the same in floats.
    var inFloats: Name {
      switch self {
      case .binary1x1: .pointwise
      case .binary3x3: .window
      case .binaryShift: .shift
      case .binaryGrouped3x3: .grouped
      default: self
      }
    }
  }

  let convolution: Convolution
  let parameters: [StageParameters]

  /// Throws what does not fit: files of the wrong rank or type, and whatever the convolution
  /// refuses.
  init(
    name: Name, channels: Int, weights: [NumPyArray], bias: NumPyArray?, shifts: NumPyArray?,
    groups: [Int], stride: Extent, dilation: Extent, padding: Padding, activation: Activation
  ) throws {
    if name.isBinary {
      guard bias == nil, activation == .identity else {
        throw ValidationError("\(name.rawValue) takes neither --bias nor --activation")
      }
    }
    let files = name == .igcv1 ? 2 : 1
    guard weights.count == files else {
      throw ValidationError("--weights: \(name.rawValue) takes \(files) file(s)")
    }
    let wantedGroups = name == .igcv1 ? 2 : name.inFloats == .grouped ? 1 : 0
    guard groups.count == wantedGroups else {
      throw ValidationError("--groups: \(name.rawValue) takes \(wantedGroups) number(s)")
    }
    let takesShifts = name.inFloats == .shift || name == .activeShift
    guard takesShifts == (shifts != nil) else {
      throw ValidationError(
        "--shifts: \(name.rawValue) \(takesShifts ? "needs" : "does not take") displacements")
    }
    let shape = try Self.weightShape(weights[0])
    let window = Window(
      Extent(shape[2], shape[3]), stride: stride, dilation: dilation, padding: padding)
    let hasBias = bias != nil
    switch name.inFloats {
    case .pointwise:
      try Self.requireSinglePixel(shape)
      convolution = try .pointwise(
        channels, shape[0], stride: stride, bias: hasBias, activation: activation)
    case .grouped:
      convolution = try .grouped(
        channels, shape[0], groups: groups[0], window, bias: hasBias, activation: activation)
    case .depthwise:
      convolution = try .depthwise(channels, window, bias: hasBias, activation: activation)
    case .window:
      if name == .binary3x3, window.kernel != 3 {
        throw ValidationError("--weights: expected [D,C,3,3], found \(shape)")
      }
      convolution = try .window(
        channels, shape[0], window, bias: hasBias, activation: activation)
    case .shift:
      try Self.requireSinglePixel(shape)
      convolution = try .shift(
        Self.pairs(shifts!).map { try Displacement(dy: $0.integer(), dx: $1.integer()) },
        shape[0], stride: stride, bias: hasBias, activation: activation)
    case .activeShift:
      try Self.requireSinglePixel(shape)
      convolution = try .activeShift(
        Self.pairs(shifts!).map { RealDisplacement(dy: $0.float, dx: $1.float) }, shape[0],
        stride: stride, bias: hasBias, activation: activation)
    case .binary1x1, .binary3x3, .binaryShift, .binaryGrouped3x3:
      preconditionFailure("not an operator in floats")
    case .igcv1:
      guard groups[0] >= 1, shape[0] % groups[0] == 0 else {
        throw FrugalConvError.channelsNotDivisible(channels: shape[0], by: groups[0])
      }
      convolution = try .igcv1(
        primaries: groups[0], size: groups[1], widened: shape[0] / groups[0], window,
        bias: hasBias, activation: activation)
    }
    guard convolution.channels == channels else {
      throw FrugalConvError.channelMismatch(expected: convolution.channels, found: channels)
    }
    parameters = weights.enumerated().map { index, file in
      let isLast = index == weights.count - 1
      return StageParameters(weights: file.floats(), bias: isLast ? bias?.floats() ?? [] : [])
    }
  }

  /// `[D, C/G, k, k]`.
  private static func weightShape(_ file: NumPyArray) throws -> [Int] {
    guard file.shape.count == 4 else {
      throw ValidationError("--weights: expected [D,C/G,k,k], found \(file.shape)")
    }
    return file.shape
  }

  private static func requireSinglePixel(_ shape: [Int]) throws {
    guard shape[2] == 1, shape[3] == 1 else {
      throw ValidationError("--weights: expected [D,C,1,1], found \(shape)")
    }
  }

  /// One number of a displacement, whole or real as its file has it.
  private struct Number {
    let float: Float
    let whole: Int?

    func integer() throws -> Int {
      guard let whole else {
        throw ValidationError("--shifts: shift takes integers; real numbers are for active-shift")
      }
      return whole
    }
  }

  /// The rows of a `[C, 2]` file as (dy, dx).
  private static func pairs(_ file: NumPyArray) throws -> [(Number, Number)] {
    guard file.shape.count == 2, file.shape[1] == 2 else {
      throw ValidationError("--shifts: expected [C,2], found \(file.shape)")
    }
    let floats = file.floats()
    let wholes = try? file.integers()
    func number(_ index: Int) -> Number { Number(float: floats[index], whole: wholes?[index]) }
    return (0..<file.shape[0]).map { (number(2 * $0), number(2 * $0 + 1)) }
  }
}

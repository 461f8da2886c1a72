/// What can be wrong with a description, a shape, a buffer or a parameter; each case carries the
/// numbers that do not fit.
public enum FrugalConvError: Error, Hashable, Sendable {
  // Shapes and buffers
  case emptyShape(MapShape)
  case shapeOverflows(MapShape)
  case planesOverlap(imageStride: Int, channelStride: Int, shape: MapShape)
  case bufferTooShort(needed: Int, found: Int)
  case wrongLength(of: String, expected: Int, found: Int)
  case shapeMismatch(expected: MapShape, found: MapShape)
  case rangeOutside(lower: Int, upper: Int, count: Int)

  // Descriptions
  case notPositive(what: String, value: Int)
  case channelsNotDivisible(channels: Int, by: Int)
  case groupSizesDoNotMultiplyTo(channels: Int, sizes: [Int])
  case groupCountsDiffer(inputs: Int, outputs: Int)
  case channelMismatch(expected: Int, found: Int)
  case displacementCount(channels: Int, displacements: Int)
  case displacementNotFinite(channel: Int, dy: Float, dx: Float)
  case negativePadding(top: Int, left: Int, bottom: Int, right: Int)
  case kernelExceedsMap(kernel: Extent, map: Extent)
  case invalidStage(index: Int, reason: String)
  case residualDoesNotFit(input: MapShape, output: MapShape)
  case notFinite(what: String, value: Float)
  case sizeOverflows(factors: [Int])
  case noStages

  // Planning and running
  case levelUnavailable(name: String)
  case executorLacksFormat(Executor, WeightFormat)
  case tooLarge(what: String, value: Int, limit: Int)
  case parametersPerStage(expected: Int, found: Int)
  /// A weight that its format cannot hold, as the others of its filter are ± `scale`.
  case weightLacksFormat(WeightFormat, stage: Int, filter: Int, value: Float, scale: Float)
  case foreignWeights(expected: Int, found: Int)
  case workspaceTooSmall(needed: Int, found: Int)
  case residualMissing
  case residualNotExpected

  // One-bit numbers
  case noBinaryForm(stage: Int, reason: String)
  /// A bit behind the last channel of a pixel is 1.
  case padBits(word: Int, channels: Int)

  // Wisdom
  /// The code is the system's, `errno`.
  case fileUnreadable(path: String, code: Int32)
  case fileUnwritable(path: String, code: Int32)
  case wisdomVersion(expected: Int, found: Int)
  /// Counted from 1.
  case wisdomDamaged(line: Int)
}

extension FrugalConvError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .emptyShape(let shape): "the shape \(shape) has no element"
    case .shapeOverflows(let shape): "the number of elements of \(shape) overflows"
    case .planesOverlap(let imageStride, let channelStride, let shape):
      "image stride \(imageStride) and channel stride \(channelStride) make planes of \(shape) overlap"
    case .bufferTooShort(let needed, let found):
      "the buffer has \(found) elements, the shape and strides need \(needed)"
    case .wrongLength(let what, let expected, let found):
      "\(what): expected \(expected) elements, found \(found)"
    case .shapeMismatch(let expected, let found): "expected a map of \(expected), found \(found)"
    case .rangeOutside(let lower, let upper, let count):
      "the range \(lower)..<\(upper) is not within 0..<\(count)"
    case .notPositive(let what, let value): "\(what) must be at least 1, is \(value)"
    case .channelsNotDivisible(let channels, let divisor):
      "\(channels) channels do not divide into \(divisor) equal parts"
    case .groupSizesDoNotMultiplyTo(let channels, let sizes):
      "the group sizes \(sizes) do not multiply to \(channels) channels"
    case .groupCountsDiffer(let inputs, let outputs):
      "\(inputs) groups of inputs but \(outputs) groups of outputs"
    case .channelMismatch(let expected, let found): "expected \(expected) channels, found \(found)"
    case .displacementCount(let channels, let displacements):
      "\(displacements) displacements for \(channels) channels"
    case .displacementNotFinite(let channel, let dy, let dx):
      "the displacement (\(dy), \(dx)) of channel \(channel) is not finite"
    case .negativePadding(let top, let left, let bottom, let right):
      "padding must not be negative: top \(top), left \(left), bottom \(bottom), right \(right)"
    case .kernelExceedsMap(let kernel, let map):
      "a kernel that spans \(kernel) pixels does not fit a padded map of \(map)"
    case .invalidStage(let index, let reason): "stage \(index): \(reason)"
    case .residualDoesNotFit(let input, let output):
      "the residual needs equal shapes, the input is \(input) and the output \(output)"
    case .notFinite(let what, let value): "\(what) must be finite, is \(value)"
    case .sizeOverflows(let factors): "the product of \(factors) overflows"
    case .noStages: "a convolution needs at least one stage"
    case .levelUnavailable(let name): "this processor has no instruction-set level '\(name)'"
    case .executorLacksFormat(let executor, let format):
      "the executor '\(executor.rawValue)' has no \(format.rawValue) weights"
    case .weightLacksFormat(let format, let stage, let filter, let value, let scale):
      "filter \(filter) of stage \(stage) is not \(format.rawValue): it has a weight \(value) beside "
        + "one of magnitude \(scale)"
    case .tooLarge(let what, let value, let limit): "\(what) is \(value), at most \(limit) fit"
    case .parametersPerStage(let expected, let found):
      "expected parameters for \(expected) stages, found \(found)"
    case .foreignWeights(let expected, let found):
      "the weights were packed for another plan: expected \(expected) values, found \(found)"
    case .workspaceTooSmall(let needed, let found):
      "the workspace has \(found) bytes, the plan needs \(needed)"
    case .residualMissing: "the convolution adds a residual map, none was given"
    case .residualNotExpected: "a residual map was given, the convolution adds none"
    case .noBinaryForm(let stage, let reason):
      "stage \(stage) has no form in one-bit numbers: \(reason)"
    case .padBits(let word, let channels):
      "word \(word) has ones behind the last of \(channels) channels"
    case .fileUnreadable(let path, let code):
      "\(path) cannot be read: \(systemMessage(code)) (\(code))"
    case .fileUnwritable(let path, let code):
      "\(path) cannot be written: \(systemMessage(code)) (\(code))"
    case .wisdomVersion(let expected, let found):
      "the wisdom is of format \(found), this library reads \(expected)"
    case .wisdomDamaged(let line): "line \(line) is not what belongs there in a wisdom file"
    }
  }
}

internal import FrugalConv

/// What can be wrong with matrices, data or a solution; each case carries the numbers.
public enum LearningError: Error, Hashable, Sendable {
  case emptyMatrix(rows: Int, columns: Int)
  /// Beyond 2³¹ − 1 elements.
  case matrixTooLarge(rows: Int, columns: Int)
  case wrongLength(expected: Int, found: Int)
  case notFinite(row: Int, column: Int, value: Float)
  case thresholdNotFinite(Float)
  case toleranceOutside(Float)
  case rowsDiffer(Int, Int)
  case columnsDiffer(expected: Int, found: Int)
  case notPositive(what: String, value: Float)
  case countNotPositive(what: String, value: Int)
  case notTrained
  /// The singular values did not converge; LAPACK's `info` counts what is left.
  case didNotConverge(routine: String, info: Int)
  /// A leading minor of this order is not positive: the ridge is too small for float32.
  case notPositiveDefinite(order: Int)
  /// LAPACK refused an argument, or had no memory.
  case routineFailed(String, info: Int)
  /// A layer of the network could not be computed.
  case layerFailed(String)
}

extension LearningError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .emptyMatrix(let rows, let columns): "a matrix of \(rows)x\(columns) has no element"
    case .matrixTooLarge(let rows, let columns):
      "a matrix of \(rows)x\(columns) has more than \(Int32.max) elements"
    case .wrongLength(let expected, let found): "expected \(expected) numbers, found \(found)"
    case .notFinite(let row, let column, let value):
      "row \(row), column \(column) must be finite, is \(value)"
    case .thresholdNotFinite(let value): "the threshold must be finite, is \(value)"
    case .toleranceOutside(let value): "the tolerance must be from 0 to below 1, is \(value)"
    case .rowsDiffer(let first, let second):
      "\(first) rows of samples but \(second) rows of targets"
    case .columnsDiffer(let expected, let found): "expected \(expected) columns, found \(found)"
    case .notPositive(let what, let value): "\(what) must be above 0 and finite, is \(value)"
    case .countNotPositive(let what, let value): "\(what) must be at least 1, is \(value)"
    case .notTrained: "the output weights are not yet known: call fit first"
    case .didNotConverge(let routine, let info):
      "\(routine) did not converge: \(info) values are left"
    case .notPositiveDefinite(let order):
      "the leading minor of order \(order) is not positive: the ridge is too small"
    case .routineFailed(let routine, let info): "\(routine) failed with code \(info)"
    case .layerFailed(let reason): "a layer could not be computed: \(reason)"
    }
  }
}

extension LearningError {
  init(_ error: FrugalConvError) { self = .layerFailed(error.description) }
}

/// A dense float32 matrix, row by row without gaps: element (i, j) stands at `i·columns + j`.
public struct Matrix: Hashable, Sendable {
  public let rows, columns: Int
  public private(set) var elements: [Float]

  /// Throws when a size is below 1 and when the elements are not `rows·columns`.
  public init(_ elements: [Float], rows: Int, columns: Int) throws(LearningError) {
    try Self.check(rows, columns)
    guard elements.count == rows * columns else {
      throw .wrongLength(expected: rows * columns, found: elements.count)
    }
    self.init(unchecked: elements, rows: rows, columns: columns)
  }

  /// Zeros. Throws when a size is below 1.
  public init(zeros rows: Int, by columns: Int) throws(LearningError) {
    try Self.check(rows, columns)
    self.init(
      unchecked: Array(repeating: 0, count: rows * columns), rows: rows, columns: columns)
  }

  init(unchecked elements: [Float], rows: Int, columns: Int) {
    (self.elements, self.rows, self.columns) = (elements, rows, columns)
  }

  /// Throws what LAPACK's 32-bit integers cannot index.
  private static func check(_ rows: Int, _ columns: Int) throws(LearningError) {
    guard rows >= 1, columns >= 1 else { throw .emptyMatrix(rows: rows, columns: columns) }
    let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
    guard !overflows, count <= Int(Int32.max) else {
      throw .matrixTooLarge(rows: rows, columns: columns)
    }
  }

  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition((0..<rows).contains(row) && (0..<columns).contains(column))
      return elements[row * columns + column]
    }
    set {
      precondition((0..<rows).contains(row) && (0..<columns).contains(column))
      elements[row * columns + column] = newValue
    }
  }

  public var transposed: Matrix {
    var result: [Float] = []
    result.reserveCapacity(elements.count)
    for j in 0..<columns { for i in 0..<rows { result.append(elements[i * columns + j]) } }
    return Matrix(unchecked: result, rows: columns, columns: rows)
  }

  /// Throws when an element is infinite or no number.
  func requireFinite() throws(LearningError) {
    for (index, value) in elements.enumerated() where !value.isFinite {
      throw .notFinite(row: index / columns, column: index % columns, value: value)
    }
  }
}

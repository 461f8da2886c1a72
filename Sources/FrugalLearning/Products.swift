internal import CBLASShim
internal import FrugalConv

extension Matrix {
  /// `self · other`, `selfᵀ · other` where transposed. The sizes must fit.
  func times(_ other: Matrix, transposed: Bool = false) -> Matrix {
    product(other, transposesLeft: transposed, transposesRight: false)
  }

  /// `self · otherᵀ`
  func times(transposeOf other: Matrix) -> Matrix {
    product(other, transposesLeft: false, transposesRight: true)
  }

  private func product(
    _ other: Matrix, transposesLeft: Bool, transposesRight: Bool
  ) -> Matrix {
    let (m, k) = transposesLeft ? (columns, rows) : (rows, columns)
    let n = transposesRight ? other.rows : other.columns
    precondition(k == (transposesRight ? other.columns : other.rows), "sizes that do not fit")
    var result = [Float](repeating: 0, count: m * n)
    OpenBLAS.inTurn {
      cblas_sgemm(
        CblasRowMajor, transposesLeft ? CblasTrans : CblasNoTrans,
        transposesRight ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, elements,
        Int32(columns), other.elements, Int32(other.columns), 0, &result, Int32(n))
    }
    return Matrix(unchecked: result, rows: m, columns: n)
  }
}

internal import CBLASShim.LAPACKE
internal import FrugalConv

/// Solutions β of H·β ≈ T with the least Σ(H·β − T)², by LAPACK, on as many threads as OpenBLAS is
/// set to.
///
/// H is `[N][p]`, one row per sample, T is `[N][outputs]`, β is `[p][outputs]`. All throw when H and
/// T have other numbers of rows and when an element is not finite.
public enum LeastSquares {
  /// A solution, and what was found on the way.
  public struct Solution: Sendable {
    public let weights: Matrix
    /// Singular values of H above the tolerance.
    public let rank: Int
    /// All of them, the largest first.
    public let singularValues: [Float]
  }

  /// Of the solutions the one with the least norm, by singular values (`sgelsd`).
  ///
  /// Singular values up to `tolerance` times the largest count as zeros; nil stands for
  /// ε·max(N, p). Throws also when it is not from 0 to below 1, and when the values do not converge.
  public static func minimumNorm(
    _ h: Matrix, _ t: Matrix, tolerance: Float? = nil
  ) throws(LearningError) -> Solution {
    try check(h, t)
    let tolerance = try Self.tolerance(tolerance, h)
    let (n, p, outputs) = (h.rows, h.columns, t.columns)
    // The targets stand in rows enough for the solution, which replaces them.
    let right = try Matrix(zeros: max(n, p), by: outputs)
    var solution = right.elements
    solution.replaceSubrange(0..<t.elements.count, with: t.elements)
    var factors = h.elements
    var values = [Float](repeating: 0, count: min(n, p))
    var (rank, info) = (Int32(0), Int32(0))
    OpenBLAS.inTurn {
      info = LAPACKE_sgelsd(
        LAPACK_ROW_MAJOR, Int32(n), Int32(p), Int32(outputs), &factors, Int32(p), &solution,
        Int32(outputs), &values, tolerance, &rank)
    }
    guard info <= 0 else { throw .didNotConverge(routine: "sgelsd", info: Int(info)) }
    guard info == 0 else { throw .routineFailed("sgelsd", info: Int(info)) }
    let weights = Matrix(
      unchecked: Array(solution.prefix(p * outputs)), rows: p, columns: outputs)
    return Solution(weights: weights, rank: Int(rank), singularValues: values)
  }

  /// The Moore-Penrose pseudo-inverse H⁺ = V·Σ⁺·Uᵀ, `[p][N]`, by the singular value decomposition
  /// (`sgesdd`). H⁺·T is the solution of least norm. The tolerance is as above.
  public static func pseudoInverse(
    _ h: Matrix, tolerance: Float? = nil
  ) throws(LearningError) -> Matrix {
    try h.requireFinite()
    let tolerance = try Self.tolerance(tolerance, h)
    let (n, p) = (h.rows, h.columns)
    let k = min(n, p)
    var factors = h.elements
    var values = [Float](repeating: 0, count: k)
    var u = [Float](repeating: 0, count: n * k)
    var v = [Float](repeating: 0, count: k * p)
    var info: Int32 = 0
    OpenBLAS.inTurn {
      info = LAPACKE_sgesdd(
        LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "S")), Int32(n), Int32(p), &factors, Int32(p), &values,
        &u, Int32(k), &v, Int32(p))
    }
    guard info <= 0 else { throw .didNotConverge(routine: "sgesdd", info: Int(info)) }
    guard info == 0 else { throw .routineFailed("sgesdd", info: Int(info)) }
    let least = tolerance * (values.first ?? 0)
    for (index, value) in values.enumerated() {
      let inverse = value > least ? 1 / value : 0
      for j in index * p..<(index + 1) * p { v[j] *= inverse }
    }
    let scaled = Matrix(unchecked: v, rows: k, columns: p)
    return scaled.transposed.times(transposeOf: Matrix(unchecked: u, rows: n, columns: k))
  }

  /// The ridge solution, with Σ(H·β − T)² + Σβ²/C at its least: `(HᵀH + I/C)⁻¹·Hᵀ·T` where N ≥ p,
  /// else `Hᵀ·(HHᵀ + I/C)⁻¹·T`, which is the same and solves for fewer unknowns (`sposv`).
  ///
  /// Throws also when C is not positive and finite, and when the ridge is too small for float32.
  public static func ridge(
    _ h: Matrix, _ t: Matrix, c: Float, form: RidgeForm = .smaller
  ) throws(LearningError) -> Matrix {
    try check(h, t)
    guard c > 0, c.isFinite, (1 / c).isFinite else { throw .notPositive(what: "C", value: c) }
    let isPrimal = form == .primal || (form == .smaller && h.rows >= h.columns)
    let gram = isPrimal ? h.times(h, transposed: true) : h.times(transposeOf: h)
    let right = isPrimal ? h.times(t, transposed: true) : t
    let solution = try solved(gram, adding: 1 / c, right)
    return isPrimal ? solution : h.times(solution, transposed: true)
  }

  /// Which of two equal formulas a ridge solution is computed by.
  public enum RidgeForm: Sendable {
    /// The one with fewer unknowns.
    case smaller
    /// One unknown per column of H.
    case primal
    /// One unknown per row of H.
    case dual
  }

  /// `(a + ridge·I)⁻¹·b`, a symmetric.
  private static func solved(
    _ a: Matrix, adding ridge: Float, _ b: Matrix
  ) throws(LearningError) -> Matrix {
    var (factors, solution) = (a, b.elements)
    for i in 0..<a.rows { factors[i, i] += ridge }
    var elements = factors.elements
    var info: Int32 = 0
    OpenBLAS.inTurn {
      info = LAPACKE_sposv(
        LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), Int32(a.rows), Int32(b.columns), &elements,
        Int32(a.rows), &solution, Int32(b.columns))
    }
    guard info <= 0 else { throw .notPositiveDefinite(order: Int(info)) }
    guard info == 0 else { throw .routineFailed("sposv", info: Int(info)) }
    return Matrix(unchecked: solution, rows: b.rows, columns: b.columns)
  }

  private static func check(_ h: Matrix, _ t: Matrix) throws(LearningError) {
    guard h.rows == t.rows else { throw .rowsDiffer(h.rows, t.rows) }
    try h.requireFinite()
    try t.requireFinite()
  }

  private static func tolerance(_ given: Float?, _ h: Matrix) throws(LearningError) -> Float {
    guard let given else { return Float.ulpOfOne * Float(max(h.rows, h.columns)) }
    guard given >= 0, given < 1 else { throw .toleranceOutside(given) }
    return given
  }
}

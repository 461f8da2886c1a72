import FrugalLearning
import ReferenceKernels
import Testing

/// Solutions by what defines them, in Double.
@Suite struct LeastSquaresTests {
  private func matrix(_ rows: Int, _ columns: Int, seed: UInt64) throws -> Matrix {
    var generator = Generator(seed: seed)
    return try Matrix(generator.values(.reals, rows * columns), rows: rows, columns: columns)
  }

  /// a · b in Double.
  private func product(_ a: Matrix, _ b: Matrix) -> [[Double]] {
    (0..<a.rows).map { i in
      (0..<b.columns).map { j in
        (0..<a.columns).reduce(0) { $0 + Double(a[i, $1]) * Double(b[$1, j]) }
      }
    }
  }

  private func largestDifference(_ a: [[Double]], _ b: [[Double]]) -> Double {
    zip(a, b).flatMap { zip($0, $1).map { abs($0 - $1) } }.max() ?? .infinity
  }

  private func rows(_ a: Matrix) -> [[Double]] {
    (0..<a.rows).map { i in (0..<a.columns).map { Double(a[i, $0]) } }
  }

  private func identity(_ n: Int) -> [[Double]] {
    (0..<n).map { i in (0..<n).map { $0 == i ? 1 : 0 } }
  }

  @Test(arguments: [(1, 1), (5, 1), (40, 7), (63, 64), (64, 64 - 30), (7, 40), (1, 5)])
  func thePseudoInverseMeetsPenrosesConditions(_ n: Int, _ p: Int) throws {
    let h = try matrix(n, p, seed: 1)
    let inverse = try LeastSquares.pseudoInverse(h)
    #expect(inverse.rows == p && inverse.columns == n)
    // Of full rank, as random matrices are: an inverse on the smaller side.
    let one = n >= p ? product(inverse, h) : product(h, inverse)
    #expect(largestDifference(one, identity(min(n, p))) < 1e-3)
    // The projections are symmetric.
    for projection in [product(inverse, h), product(h, inverse)] {
      let transposed = projection.indices.map { i in projection.map { $0[i] } }
      #expect(largestDifference(projection, transposed) < 1e-3)
    }
  }

  @Test func theResidualIsOrthogonalToAllColumns() throws {
    let (h, t) = (try matrix(90, 13, seed: 2), try matrix(90, 3, seed: 3))
    let solution = try LeastSquares.minimumNorm(h, t)
    #expect(solution.rank == 13 && solution.singularValues.count == 13)
    let found = product(h, solution.weights)
    for column in 0..<13 {
      for output in 0..<3 {
        let dot = (0..<90).reduce(0.0) {
          $0 + Double(h[$1, column]) * (found[$1][output] - Double(t[$1, output]))
        }
        #expect(abs(dot) < 1e-4)
      }
    }
    let byInverse = product(try LeastSquares.pseudoInverse(h), t)
    #expect(largestDifference(rows(solution.weights), byInverse) < 1e-5)
  }

  @Test func dependentColumnsShareTheirWeight() throws {
    // The second column is the first: the least norm gives both the same weight.
    let h = try Matrix([1, 1, 2, 2, 3, 3], rows: 3, columns: 2)
    let t = try Matrix([2, 4, 6], rows: 3, columns: 1)
    let solution = try LeastSquares.minimumNorm(h, t)
    #expect(solution.rank == 1)
    #expect(solution.weights.elements.allSatisfy { abs($0 - 1) < 1e-5 })
    let zeros = try LeastSquares.minimumNorm(Matrix(zeros: 3, by: 2), t)
    #expect(zeros.rank == 0 && zeros.weights.elements == [0, 0])
    #expect(try LeastSquares.pseudoInverse(Matrix(zeros: 3, by: 2)).elements == [0, 0, 0, 0, 0, 0])
  }

  @Test func moreUnknownsThanSamplesAreSolvedWithTheLeastNorm() throws {
    let (h, t) = (try matrix(9, 30, seed: 4), try matrix(9, 2, seed: 5))
    let solution = try LeastSquares.minimumNorm(h, t).weights
    #expect(largestDifference(product(h, solution), rows(t)) < 1e-5)
    let byInverse = product(try LeastSquares.pseudoInverse(h), t)
    #expect(largestDifference(rows(solution), byInverse) < 1e-5)
  }

  @Test(arguments: [(30, 8), (8, 30), (12, 12)])
  func bothFormsOfRidgeAgreeAndSolveTheNormalEquations(_ n: Int, _ p: Int) throws {
    let (h, t) = (try matrix(n, p, seed: 6), try matrix(n, 3, seed: 7))
    let c: Float = 4
    let primal = try LeastSquares.ridge(h, t, c: c, form: .primal)
    let dual = try LeastSquares.ridge(h, t, c: c, form: .dual)
    #expect(largestDifference(rows(primal), rows(dual)) < 1e-4)
    let smaller = try LeastSquares.ridge(h, t, c: c)
    #expect(smaller == (n >= p ? primal : dual))
    // Hᵀ(Hβ − T) + β/C = 0
    let found = product(h, primal)
    for column in 0..<p {
      for output in 0..<3 {
        let gradient = (0..<n).reduce(Double(primal[column, output]) / Double(c)) {
          $0 + Double(h[$1, column]) * (found[$1][output] - Double(t[$1, output]))
        }
        #expect(abs(gradient) < 1e-4)
      }
    }
  }

  @Test func whatCannotBeSolvedIsRefused() throws {
    let h = try Matrix([1, 2, 3, .nan], rows: 2, columns: 2)
    let t = try Matrix([1, 2], rows: 2, columns: 1)
    let three = try Matrix([1, 2, 3], rows: 3, columns: 1)
    func refuses(_ solve: () throws -> Void) {
      #expect {
        try solve()
      } throws: {
        if case LearningError.notFinite(1, 1, let value) = $0 { value.isNaN } else { false }
      }
    }
    refuses { _ = try LeastSquares.minimumNorm(h, t) }
    refuses { _ = try LeastSquares.pseudoInverse(h) }
    refuses { _ = try LeastSquares.ridge(h, t, c: 1) }
    #expect(throws: LearningError.rowsDiffer(2, 3)) {
      try LeastSquares.minimumNorm(Matrix([1, 2], rows: 2, columns: 1), three)
    }
    #expect(throws: LearningError.notPositive(what: "C", value: 0)) {
      try LeastSquares.ridge(three, three, c: 0)
    }
    #expect(throws: LearningError.toleranceOutside(-1)) {
      try LeastSquares.pseudoInverse(three, tolerance: -1)
    }
    #expect(throws: LearningError.toleranceOutside(1)) {
      try LeastSquares.minimumNorm(three, three, tolerance: 1)
    }
    // The ridge is lost beside 1e6: the matrix of ones stays singular.
    let ones = try Matrix([1e3, 1e3], rows: 1, columns: 2)
    #expect(throws: LearningError.notPositiveDefinite(order: 2)) {
      try LeastSquares.ridge(ones, Matrix([1], rows: 1, columns: 1), c: 1e6, form: .primal)
    }
    #expect(throws: LearningError.emptyMatrix(rows: 0, columns: 3)) {
      try Matrix([], rows: 0, columns: 3)
    }
    #expect(throws: LearningError.wrongLength(expected: 6, found: 5)) {
      try Matrix([1, 2, 3, 4, 5], rows: 2, columns: 3)
    }
    #expect(throws: LearningError.matrixTooLarge(rows: .max, columns: 2)) {
      try Matrix([], rows: .max, columns: 2)
    }
  }
}

/// The coefficients ≥ 0 that bring the sums of a matrix's rows nearest to some targets, in least
/// squares.
enum NonNegativeLeastSquares {
  /// Coordinate descent: each coefficient in turn takes its best value while the others stay, until
  /// none moves. With a positive diagonal it ends at the minimum, for the problem is convex.
  static func solve(rows: [[Double]], targets: [Double], sweeps: Int = 200_000) -> [Double] {
    precondition(rows.count == targets.count, "one target per row")
    let count = rows.first?.count ?? 0
    var products = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var right = [Double](repeating: 0, count: count)
    for (row, target) in zip(rows, targets) {
      for i in 0..<count where row[i] != 0 {
        right[i] += row[i] * target
        for j in 0..<count { products[i][j] += row[i] * row[j] }
      }
    }
    // Columns of equal length: the units of the coefficients no longer matter.
    let lengths = (0..<count).map { products[$0][$0].squareRoot() }
    for i in 0..<count where lengths[i] > 0 {
      right[i] /= lengths[i]
      for j in 0..<count where lengths[j] > 0 { products[i][j] /= lengths[i] * lengths[j] }
    }
    var solution = [Double](repeating: 0, count: count)
    // What is left of `right`: the negative gradient.
    var rest = right
    for _ in 0..<sweeps {
      var largest = 0.0
      for i in 0..<count where lengths[i] > 0 {
        let next = max(0, solution[i] + rest[i])
        let step = next - solution[i]
        guard step != 0 else { continue }
        solution[i] = next
        for j in 0..<count { rest[j] -= step * products[i][j] }
        largest = max(largest, abs(step))
      }
      if largest < 1e-13 { break }
    }
    return zip(solution, lengths).map { $1 > 0 ? $0 / $1 : 0 }
  }
}

/// Throws when `value` is below 1.
func requirePositive(_ value: Int, _ what: String) throws(FrugalConvError) {
  guard value >= 1 else { throw .notPositive(what: what, value: value) }
}

/// Throws when `value` is above `limit`.
func requireAtMost(_ limit: Int, _ value: Int, _ what: String) throws(FrugalConvError) {
  guard value <= limit else { throw .tooLarge(what: what, value: value, limit: limit) }
}

/// The product of sizes; throws when it is beyond 2⁵², far above any memory or patience, so that
/// sums over the stages of a convolution cannot overflow.
func product(_ factors: Int...) throws(FrugalConvError) -> Int {
  var result = 1
  for factor in factors {
    let (next, overflow) = result.multipliedReportingOverflow(by: factor)
    guard !overflow, next <= 1 << 52 else { throw .sizeOverflows(factors: factors) }
    result = next
  }
  return result
}

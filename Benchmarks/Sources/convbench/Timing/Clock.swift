import Foundation

/// Nanoseconds of a clock that never goes back.
func nanoseconds() -> UInt64 { DispatchTime.now().uptimeNanoseconds }

/// Microseconds that `body` takes.
func microseconds(_ body: () throws -> Void) rethrows -> Double {
  let start = nanoseconds()
  try body()
  return Double(nanoseconds() - start) / 1000
}

/// The value at a share of a sorted list, between its neighbours.
func percentile(_ share: Double, of values: [Double]) -> Double {
  precondition(!values.isEmpty, "a percentile needs values")
  let sorted = values.sorted()
  let place = share * Double(sorted.count - 1)
  let below = Int(place)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
}

func median(_ values: [Double]) -> Double { percentile(0.5, of: values) }

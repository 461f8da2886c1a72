#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Tries new problems for a time, each made from a seed of its own, until three do not hold.
///
/// Set FRUGALCONV_SEED to the seed that is printed first, or to a failure's, to begin there again.
func tryRandomSeeds(
  for time: Duration = .seconds(2), _ holds: (UInt64) throws -> Bool
) rethrows {
  let given = getenv("FRUGALCONV_SEED").flatMap { UInt64(String(cString: $0)) }
  var seed = given ?? .random(in: 0...UInt64.max >> 16)
  print("FRUGALCONV_SEED=\(seed)")
  fflush(nil)  // A trap would lose what is still buffered.
  let clock = ContinuousClock()
  let end = clock.now + time
  var failures = 0
  repeat {
    if try !holds(seed) { failures += 1 }
    seed &+= 1
  } while clock.now < end && failures < 3
}

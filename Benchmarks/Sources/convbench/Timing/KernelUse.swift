import CKernels
import FrugalConv

/// Uses a result, so that the compiler keeps the work that made it.
@inline(never)
func consume(_ value: Float) {
  if value == 1.234567e30 { print(value) }
}

extension Level {
  /// The level's number in the kernel library.
  var identifier: frugal_level {
    switch self {
    case .portable: FRUGAL_LEVEL_PORTABLE
    case .avx2: FRUGAL_LEVEL_AVX2
    case .avx512: FRUGAL_LEVEL_AVX512
    }
  }
}

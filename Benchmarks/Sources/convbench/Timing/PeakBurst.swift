import CKernels
import FrugalConv

/// Short bursts of independent multiply-adds in registers: what the core can do at best.
struct PeakBurst {
  private let kernels: UnsafePointer<frugal_kernels>
  private let iterations: Int

  /// Bursts of about 0.2 ms.
  init(_ level: Level) throws {
    guard let kernels = frugal_kernels_at(level.identifier) else {
      throw FrugalConvError.levelUnavailable(name: level.rawValue)
    }
    self.kernels = kernels
    var iterations = 1000
    func time() -> Double { microseconds { consume(kernels.pointee.fma_burst(iterations)) } }
    while time() < 100 { iterations *= 2 }
    self.iterations = max(1, Int(Double(iterations) * 200 / time()))
  }

  /// GFLOP/s of one burst on this thread.
  func gflops() -> Double {
    let time = microseconds { consume(kernels.pointee.fma_burst(iterations)) }
    return Double(iterations) * kernels.pointee.fma_burst_flops / time / 1000
  }
}

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
    }
  }
}

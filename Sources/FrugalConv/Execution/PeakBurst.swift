internal import CKernels

/// Short bursts of independent multiply-adds in registers: what a core can do at best.
public struct PeakBurst {
  private let kernels: UnsafePointer<frugal_kernels>
  private let iterations: Int

  /// Bursts of about 0.2 ms. Throws when this processor lacks the level.
  public init(_ level: Level) throws(FrugalConvError) {
    guard let kernels = level.kernels else { throw .levelUnavailable(name: level.rawValue) }
    self.kernels = kernels
    var iterations = 1000
    while Self.nanoseconds(kernels, iterations) < 100_000 { iterations *= 2 }
    self.iterations = max(
      1, Int(Double(iterations) * 200_000 / Self.nanoseconds(kernels, iterations)))
  }

  /// GFLOP/s of one burst on this thread: a multiply-add is two operations.
  public func gflops() -> Double {
    Double(iterations) * kernels.pointee.fma_burst_flops / Self.nanoseconds(kernels, iterations)
  }

  private static func nanoseconds(
    _ kernels: UnsafePointer<frugal_kernels>, _ iterations: Int
  ) -> Double {
    let start = monotonicNanoseconds()
    _ = kernels.pointee.fma_burst(iterations)
    return Double(max(1, monotonicNanoseconds() - start))
  }
}

extension Level {
  /// The peak of one core, measured once a process: the best of a few bursts.
  var peakMultiplyAddsPerMicrosecond: Double {
    switch self {
    case .portable: Self.portablePeak
    case .avx2, .avx512: Self.avx2Peak
    }
  }

  private static let portablePeak = measuredPeak(.portable)
  private static let avx2Peak = measuredPeak(.avx2)

  private static func measuredPeak(_ level: Level) -> Double {
    guard let burst = try? PeakBurst(level) else {
      preconditionFailure("plans are made for levels that this processor has")
    }
    return (0..<5).map { _ in burst.gflops() }.max()! * 500
  }
}

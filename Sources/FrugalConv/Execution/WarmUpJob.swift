internal import CKernels
internal import Synchronization

/// One sgemm on each of several threads at once, so that OpenBLAS touches every page of the packing
/// buffers that they will use.
///
/// Measured with OpenBLAS 0.3.21 on Zen 1: 256×196×256 takes 2600 µs in a new process, call after
/// call, and 690 µs after this job; 64×448×64 takes 144 and 112. Any product with larger matrices
/// cures it as well. What fits is that the kernels prefetch beyond the panels they have packed, into
/// pages that no call has written: such a page is not mapped, and each prefetch walks the page table
/// in vain. That is inferred from what helps and what does not, no counter here shows it.
final class WarmUpJob: Sendable {
  private let threads: Int
  private let columns: Int
  private let started = Atomic<Int>(0)
  /// Zeros, read by all.
  private let operands: AlignedStorage<Float>

  private static let outputs = 64
  private static let rows = 640
  private static let patienceNanoseconds: UInt64 = 1_000_000

  /// Warms as many buffers as there are threads, for products of up to `columns` columns.
  init(threads: Int, columns: Int) {
    self.threads = threads
    self.columns = columns
    operands = AlignedStorage(zeros: Self.rows * max(columns, Self.outputs))
  }

  var tasks: Int { threads }

  func run() {
    let (m, n, k) = (Self.outputs, columns, Self.rows)
    let result = AlignedStorage<Float>(zeros: m * n)
    // A call takes the first buffer that is free: only calls at the same time take different ones.
    started.add(1, ordering: .relaxed)
    let start = monotonicNanoseconds()
    while started.load(ordering: .relaxed) < threads,
      monotonicNanoseconds() - start < Self.patienceNanoseconds
    {
      frugal_spin_hint()
    }
    withExtendedLifetime((operands, result)) {
      OpenBLAS.multiply(
        m: m, n: n, k: k, operands.start, lda: k, operands.start, ldb: n, beta: 0, result.start,
        ldc: n)
    }
  }
}

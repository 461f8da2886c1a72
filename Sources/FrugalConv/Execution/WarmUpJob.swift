internal import CKernels
internal import Synchronization

/// One sgemm on each of several threads at once, so that OpenBLAS touches every page of the packing
/// buffers that they will use.
///
/// The kernels prefetch beyond the panels they have packed, into pages of the buffer that no call
/// has written yet. Such a page is not mapped, so each prefetch walks the page table in vain, call
/// after call: measured with OpenBLAS 0.3.21 on Zen 1, 256×196×256 takes 2600 µs in a new process and
/// 690 µs after this job, 64×448×64 takes 144 and 112. A larger matrix of any program in the process
/// cures it as well.
final class WarmUpJob: Sendable {
  private let threads: Int
  private let columns: Int
  private let started = Atomic<Int>(0)
  /// Zeros, read by all.
  private let operands: AlignedStorage

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
    let result = AlignedStorage(zeros: m * n)
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

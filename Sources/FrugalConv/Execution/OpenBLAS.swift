internal import CBLASShim
internal import Synchronization

/// The OpenBLAS that this process has loaded, and its process-wide thread count.
public enum OpenBLAS {
  /// How the library was built.
  public enum Threading: String, Sendable {
    case serial, pthreads, openMP
  }

  /// Version and build options, as the library words them.
  public static var configuration: String { String(cString: openblas_get_config()) }

  /// The version alone, "0.3.21".
  public static var version: String {
    String(configuration.split(separator: " ").dropFirst().first ?? "unknown")
  }

  /// The name of the kernels it chose for this processor.
  public static var kernelName: String { String(cString: openblas_get_corename()) }

  public static let threading: Threading =
    switch openblas_get_parallel() {
    case 1: .pthreads
    case 2: .openMP
    default: .serial
    }

  /// The serial build hands the same packing buffer to every thread that calls it (seen with
  /// Debian's 0.3.21: wrong products), so there all calls take turns.
  private static let turn = Mutex(())

  package static func inTurn(_ call: () -> Void) {
    if threading == .serial {
      turn.withLock { _ in call() }
    } else {
      call()
    }
  }

  /// What plans have done to the library so far.
  private struct State {
    /// The thread count before the first plan set it to one; nil while it is the host's.
    var hostThreads: Int32?
    /// Packing buffers that are warm, and for how many columns.
    var warm = (threads: 0, columns: 0)
  }

  private static let state = Mutex(State())

  /// Makes the library ready for plans: one thread of its own, because plans split the work
  /// themselves and its results would differ with its threads, and warm packing buffers.
  ///
  /// `columns` is the width of the widest product.
  static func prepare(threads: Int, columns: Int) {
    state.withLock { state in
      if threading != .serial, state.hostThreads == nil {
        state.hostThreads = openblas_get_num_threads()
        openblas_set_num_threads(1)
      }
      let threads = min(threads, usableProcessors())
      var wanted = max(1024, state.warm.columns)
      while wanted < 2 * columns, wanted < 4096 { wanted *= 2 }
      guard threads > state.warm.threads || wanted > state.warm.columns else { return }
      state.warm = (max(threads, state.warm.threads), wanted)
      let job = WarmUpJob(threads: threads, columns: wanted)
      WorkerPool.shared.run(.warmUp(job), tasks: job.tasks, threads: threads)
    }
  }

  /// Keeps calls of this thread on this thread. The OpenMP build remembers its thread count for each
  /// calling thread; the others have one for the process, which `prepare` has set.
  static func useOneThreadHere() {
    if threading == .openMP { openblas_set_num_threads(1) }
  }

  /// Gives OpenBLAS the thread count it had before the first plan of this process.
  ///
  /// For programs that call OpenBLAS themselves and are done with FrugalConv. The next plan sets
  /// it to one again; plans made before keep working, but their bits may then depend on it.
  public static func restoreThreads() {
    state.withLock { state in
      guard let threads = state.hostThreads else { return }
      openblas_set_num_threads(threads)
      state.hostThreads = nil
    }
  }

  /// `C = A·B + beta·C` for row-major A of m×k, B of k×n.
  static func multiply(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>,
    ldb: Int, beta: Float, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    inTurn {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(lda),
        b, Int32(ldb), beta, c, Int32(ldc))
    }
  }

  /// `Y = X·Wᵀ + beta·Y` for row-major X of rows×k, W of n×k: a fully connected layer.
  static func multiplyTransposed(
    rows: Int, n: Int, k: Int, _ x: UnsafePointer<Float>, ldx: Int, _ w: UnsafePointer<Float>,
    beta: Float, _ y: UnsafeMutablePointer<Float>, ldy: Int
  ) {
    inTurn {
      if rows == 1 {
        cblas_sgemv(
          CblasRowMajor, CblasNoTrans, Int32(n), Int32(k), 1, w, Int32(k), x, 1, beta, y, 1)
      } else {
        cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(n), Int32(k), 1, x,
          Int32(ldx), w, Int32(k), beta, y, Int32(ldy))
      }
    }
  }

  /// Throws when a size is beyond the 32-bit integers of the library's interface.
  static func checkSize(_ value: Int, _ what: String) throws(FrugalConvError) {
    try requireAtMost(Int(Int32.max), value, what)
  }

  /// Throws when the product of two sizes is beyond them.
  static func checkProduct(_ a: Int, _ b: Int, _ what: String) throws(FrugalConvError) {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    try checkSize(overflow ? Int.max : product, what)
  }
}

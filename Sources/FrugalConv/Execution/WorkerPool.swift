internal import CKernels
internal import Synchronization

/// Threads that run the tasks of one job at a time, beside the thread that asks.
///
/// A worker that has just worked spins for at most 50 µs before it sleeps: waking a sleeping
/// thread takes 30–70 µs here, a spinning one under 1 µs. A job never waits for a worker that is
/// still asleep: workers join while the job is open, and the caller takes what tasks are left.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  private static let spinNanoseconds: UInt64 = 50_000
  /// Set while workers may join a job; the bits below count the workers inside it.
  private static let open = 1 << 32

  private let lot = ParkingLot()
  private let isBusy = Atomic<Bool>(false)
  private let gate = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  /// Tasks nobody has taken yet, and the next ones from the front and from the back.
  private let remaining = Atomic<Int>(0)
  private let front = Atomic<Int>(0)
  private let back = Atomic<Int>(0)

  // The job. Written only while the gate is closed and nobody is inside.
  private var job: UnsafePointer<Job>?
  private var threadCount = 1
  /// Of the thread that asks: workers compute in it, so that the bits do not depend on who does.
  private var floatMode: UInt64 = 0
  private var callersProcessor: Int32 = -1
  private var workers = 0

  /// Runs all tasks on at most `threads` threads and returns when they are done.
  ///
  /// When the pool is at work for another thread, the caller does all tasks alone: which thread
  /// runs a task never changes its result.
  func run(_ job: Job, tasks: Int, threads: Int) {
    guard threads > 1, tasks > 1,
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for task in 0..<tasks { job.run(task: task, worker: 0) }
      return
    }
    startWorkers(threads - 1)
    withUnsafePointer(to: job) { job in
      self.job = job
      threadCount = threads
      floatMode = frugal_float_mode()
      callersProcessor = frugal_current_processor()
      front.store(0, ordering: .relaxed)
      back.store(tasks - 1, ordering: .relaxed)
      remaining.store(tasks, ordering: .relaxed)
      gate.store(Self.open, ordering: .releasing)
      generation.add(1, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 { lot.wakeAll() }

      work(as: 0)

      gate.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing)
      while gate.load(ordering: .acquiring) != 0 { frugal_spin_hint() }
    }
    isBusy.store(false, ordering: .releasing)
  }

  private func startWorkers(_ count: Int) {
    while workers < count {
      let worker = workers + 1
      let seen = generation.load(ordering: .relaxed)
      guard startDetachedThread({ [self] in serve(as: worker, seen: seen) }) else { return }
      workers = worker
    }
  }

  /// The life of a worker: wait for a job, join it while it is open, work, wait again.
  private func serve(as worker: Int, seen: Int) {
    var seen = seen
    OpenBLAS.useOneThreadHere()
    while true {
      waitForJob(after: seen)
      seen = generation.load(ordering: .acquiring)
      guard enter() else { continue }
      if worker < threadCount {
        leaveCallersProcessor()
        let ownMode = frugal_float_mode()
        frugal_set_float_mode(floatMode)
        work(as: worker)
        frugal_set_float_mode(ownMode)
      }
      gate.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  private func waitForJob(after seen: Int) {
    let start = monotonicNanoseconds()
    repeat {
      for _ in 0..<32 {
        if generation.load(ordering: .acquiring) != seen { return }
        frugal_spin_hint()
      }
    } while monotonicNanoseconds() &- start < Self.spinNanoseconds
    sleepers.add(1, ordering: .sequentiallyConsistent)
    lot.park { generation.load(ordering: .sequentiallyConsistent) != seen }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
  }

  /// Leaves the caller's processor, should the system have woken this worker there.
  ///
  /// Measured in a guest of KVM with two processors, the other one idle: caller and worker took turns
  /// on one for 20 to 25 ms after the first job of a process, in six of eight. What fits is that the
  /// scheduler takes a halted processor of a guest for preempted; that is inferred.
  private func leaveCallersProcessor() {
    let processor = frugal_current_processor()
    if processor >= 0, processor == callersProcessor { frugal_leave_processor(processor) }
  }

  /// Counts the worker in, unless the job is over.
  private func enter() -> Bool {
    var current = gate.load(ordering: .relaxed)
    while current & Self.open != 0 {
      let (exchanged, original) = gate.weakCompareExchange(
        expected: current, desired: current + 1, ordering: .acquiringAndReleasing)
      if exchanged { return true }
      current = original
    }
    return false
  }

  /// Neighbouring tasks read the same rows, and the next job reads what this one wrote: from both
  /// ends, a thread finds more of either in its own second-level cache.
  private func work(as worker: Int) {
    while remaining.subtract(1, ordering: .relaxed).oldValue > 0 {
      let task =
        worker % 2 == 0
        ? front.add(1, ordering: .relaxed).oldValue
        : back.subtract(1, ordering: .relaxed).oldValue
      job!.pointee.run(task: task, worker: worker)
    }
  }
}

import CBLASShim
import FrugalConv
import Testing

/// The thread count of OpenBLAS belongs to the process, so the test has one of its own.
@Suite struct OpenBLASTests {
  @Test func theHostsThreadCountIsTakenOnceAndGivenBack() async {
    await #expect(processExitsWith: .success) {
      guard OpenBLAS.threading != .serial else { return }
      func plan(_ executor: Executor) throws {
        _ = try Convolution.pointwise(2, 2).plan(
          for: MapShape(channels: 2, height: 2, width: 2), PlanOptions(executor: executor))
      }
      openblas_set_num_threads(2)
      try plan(.fused)
      #expect(openblas_get_num_threads() == 2, "a plan without OpenBLAS leaves it alone")
      try plan(.openBLAS)
      try plan(.openBLAS)
      #expect(openblas_get_num_threads() == 1)
      OpenBLAS.restoreThreads()
      #expect(openblas_get_num_threads() == 2)
      OpenBLAS.restoreThreads()
      #expect(openblas_get_num_threads() == 2)
      try plan(.openBLAS)
      #expect(openblas_get_num_threads() == 1)
    }
  }
}

import CKernels
import Testing

/// What workers do to processors.
struct ProcessorTests {
  @Test func aThreadThatLeftAProcessorMayStillUseAll() {
    let usable = frugal_usable_processors()
    for _ in 0..<8 {
      frugal_leave_processor(frugal_current_processor())
      #expect(frugal_usable_processors() == usable)
    }
  }

  @Test(arguments: [-1, 1 << 20, .max] as [Int32])
  func aProcessorThatIsNoneIsIgnored(processor: Int32) {
    let usable = frugal_usable_processors()
    frugal_leave_processor(processor)
    #expect(frugal_usable_processors() == usable)
  }

  #if os(Linux)
    @Test(.enabled(if: frugal_usable_processors() > 1, "there is only one processor"))
    func aThreadRunsElsewhereAfterLeaving() {
      // The system may move it back at once: not every time.
      let moves = (0..<50).count { _ in
        let before = frugal_current_processor()
        frugal_leave_processor(before)
        return frugal_current_processor() != before
      }
      #expect(moves > 0)
    }
  #endif
}

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Floats with an inaccessible page straight before the first or straight behind the last.
final class GuardedFloats {
  enum Side: CaseIterable { case before, behind }

  let elements: UnsafeMutableBufferPointer<Float>
  private let mapping: UnsafeMutableRawPointer
  private let bytes: Int

  /// A guard page on both sides; the elements touch the one on `side`.
  init(_ values: [Float], touching side: Side) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let needed = values.count * MemoryLayout<Float>.stride
    let inner = (needed + page - 1) / page * page
    bytes = inner + 2 * page
    mapping = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
    precondition(mapping != MAP_FAILED, "mmap")
    let opened = mprotect(mapping + page, inner, PROT_READ | PROT_WRITE)
    precondition(opened == 0, "mprotect")
    let start = mapping + page + (side == .before ? 0 : inner - needed)
    elements = UnsafeMutableBufferPointer(
      start: start.bindMemory(to: Float.self, capacity: values.count), count: values.count)
    _ = elements.initialize(from: values)
  }

  deinit { munmap(mapping, bytes) }
}

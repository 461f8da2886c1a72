#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

enum GuardedSide: CaseIterable { case before, behind }

typealias GuardedFloats = Guarded<Float>

/// Numbers with an inaccessible page straight before the first or straight behind the last.
final class Guarded<Element: BitwiseCopyable> {
  typealias Side = GuardedSide

  let elements: UnsafeMutableBufferPointer<Element>
  private let mapping: UnsafeMutableRawPointer
  private let bytes: Int

  /// A guard page on both sides; the elements touch the one on `side`.
  init(_ values: [Element], touching side: Side) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let needed = values.count * MemoryLayout<Element>.stride
    let inner = (needed + page - 1) / page * page
    bytes = inner + 2 * page
    mapping = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
    precondition(mapping != MAP_FAILED, "mmap")
    let opened = mprotect(mapping + page, inner, PROT_READ | PROT_WRITE)
    precondition(opened == 0, "mprotect")
    let start = mapping + page + (side == .before ? 0 : inner - needed)
    elements = UnsafeMutableBufferPointer(
      start: start.bindMemory(to: Element.self, capacity: values.count), count: values.count)
    _ = elements.initialize(from: values)
  }

  deinit { munmap(mapping, bytes) }
}

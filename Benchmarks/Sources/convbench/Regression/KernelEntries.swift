import CKernels
import FrugalConv

/// A kernel that was built, as the kernel library lists it.
struct KernelEntry: Hashable {
  let family: String
  let kernel: String
  let level: Level

  /// The name of its C function.
  var symbol: String { "frugal_\(kernel)_\(level.rawValue)" }

  static let all: [KernelEntry] = {
    var count = 0
    guard let entries = frugal_kernel_entries(&count) else { return [] }
    return UnsafeBufferPointer(start: entries, count: count).compactMap { entry in
      guard let level = Level.allCases.first(where: { $0.identifier == entry.level }) else {
        return nil
      }
      return KernelEntry(
        family: String(cString: entry.family), kernel: String(cString: entry.kernel), level: level)
    }
  }()
}

/// Memory for numbers, aligned to a cache line, freed with its last owner.
///
/// Whoever holds the only reference may write; the values that own one (`FeatureMap`, `BitMap`,
/// `PackedWeights`) copy before they write to shared storage, which is what makes this sendable.
final class AlignedStorage<Element: BitwiseCopyable>: @unchecked Sendable {
  static var alignment: Int { 64 }

  let start: UnsafeMutablePointer<Element>
  let count: Int

  /// Zeros.
  init(zeros count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    start = memory.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  convenience init(copying other: AlignedStorage) {
    self.init(zeros: other.count)
    start.update(from: other.start, count: other.count)
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }
}

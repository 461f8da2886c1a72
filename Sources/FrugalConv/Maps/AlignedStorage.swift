/// Memory for floats, aligned to a cache line, freed with its last owner.
///
/// Whoever holds the only reference may write; `FeatureMap` and `PackedWeights` copy before they
/// write to shared storage, which is what makes this sendable.
final class AlignedStorage: @unchecked Sendable {
  static let alignment = 64

  let start: UnsafeMutablePointer<Float>
  let count: Int

  /// Zeros.
  init(zeros count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: Self.alignment)
    start = bytes.bindMemory(to: Float.self, capacity: count)
    start.initialize(repeating: 0, count: count)
    self.count = count
  }

  convenience init(copying other: AlignedStorage) {
    self.init(zeros: other.count)
    start.update(from: other.start, count: other.count)
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }
}

internal import CKernels

/// How one group of input channels is read: its bits of a pixel, and the taps of its window.
struct BinaryGroup: Hashable, Sendable {
  let bits: Int
  /// Where the group's bits begin in a pixel.
  let firstBit: Int
  /// From an output pixel's place, in the order of the packed weights.
  let taps: [Tap]

  struct Tap: Hashable, Sendable {
    let dy, dx: Int
  }

  var nibbles: Int { frugal_nibbles(bits) }
  /// Nibbles of a filter.
  var steps: Int { taps.count * nibbles }
  /// Half words of a pixel.
  var halfWords: Int { (bits + 31) / 32 }
  /// Half words of a filter.
  var laneSteps: Int { taps.count * halfWords }
  /// Unused bits of all nibbles of a filter.
  var unusedBits: Int { taps.count * (4 * nibbles - bits) }
}

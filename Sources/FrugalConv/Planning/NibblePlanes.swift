internal import CKernels

/// The planes of nibbles that a strip's sums are read from, and those of bytes that their bits
/// become.
struct NibblePlanes: Sendable {
  let tables: SignedNibbleTables
  /// Planes of a group of inputs.
  let perGroup: Int
  let count: Int
  /// Bytes between rows.
  let pitch: Int
  /// Bytes between planes.
  let stride: Int
  /// Where the nibbles of a filter stand, in bytes from the place of an output pixel.
  let offsets: [Int]
  /// The output's channels, group after group.
  let channels: [Int32]
  /// Of the bits of eight channels each.
  let bytePlanes: Int
  let byteStride: Int

  /// Bytes that kernels write or read behind a plane's pixels.
  private static let behind = 31

  /// For strips of so many rows of the output.
  init(
    _ tables: SignedNibbleTables, _ groups: [BinaryGroup], _ block: BitBlock, rows: Int,
    _ output: MapShape, _ outputs: ChannelGroups
  ) {
    self.tables = tables
    perGroup = groups[0].nibbles
    count = groups.count * perGroup
    let pitch = block.pitch(1)
    let stride = BinaryWorkspace.aligned(block.rows(rows) * pitch + block.left + Self.behind)
    (self.pitch, self.stride) = (pitch, stride)
    offsets = groups[0].taps.flatMap { tap in
      let place = (tap.dy - block.reach.lowerBound) * pitch + tap.dx + block.left
      return (0..<groups[0].nibbles).map { place + $0 * stride }
    }
    channels = (0..<outputs.count).flatMap { group in
      (0..<outputs.size).map { Int32(outputs.channel($0, of: group)) }
    }
    bytePlanes = (output.channels + 7) / 8
    byteStride = BinaryWorkspace.aligned((rows - 1) * pitch + output.width + Self.behind)
  }

  var bytes: Int { count * stride }
  var bytesOfBits: Int { bytePlanes * byteStride }
  /// Nibbles of a filter.
  var steps: Int { offsets.count }
}

internal import CKernels

/// The planes of nibbles that a strip's sums are read from, and those of bytes that their bits
/// become.
struct NibblePlanes: Sendable {
  let tables: SignedNibbleTables
  let count: Int
  /// Nibbles of a filter.
  let steps: Int
  /// Bytes between rows.
  let pitch: Int
  /// Bytes between planes.
  let stride: Int
  /// Where the nibbles of each group's filters stand, in bytes from the place of an output pixel.
  let offsets: [Int]
  /// The kind of each pixel of an image near its border; nil where nothing is added to sums there.
  let kinds: [UInt8]?
  /// The output's channels, group after group.
  let channels: [Int32]
  /// Of the bits of eight channels each.
  let bytePlanes: Int
  let byteStride: Int

  /// Bytes that kernels write or read behind a plane's pixels.
  private static let behind = 31

  /// Kinds of pixels that a table has a byte for.
  static let mostKinds = 16

  /// For strips of so many rows of the output.
  init(
    _ tables: SignedNibbleTables, _ groups: [BinaryGroup], _ block: BitBlock, _ border: BitBorder?,
    rows: Int, _ output: MapShape, _ outputs: ChannelGroups
  ) {
    self.tables = tables
    let nibbles = groups[0].nibbles
    count = groups.count * nibbles
    steps = groups[0].steps
    let pitch = block.pitch(1)
    let stride = BinaryWorkspace.aligned(block.rows(rows) * pitch + block.left + Self.behind)
    (self.pitch, self.stride) = (pitch, stride)
    offsets = groups.indices.flatMap { group in
      groups[group].taps.flatMap { tap in
        let place = (tap.dy - block.reach.lowerBound) * pitch + tap.dx + block.left
        return (0..<nibbles).map { place + (group * nibbles + $0) * stride }
      }
    }
    kinds = border.map { border in
      // Displaced rows have no borders between them.
      let pixels = border.rows.flatMap { row in border.columns.map { UInt8(row + $0) } }
      return pixels + Array(repeating: 0, count: Self.behind)
    }
    channels = (0..<outputs.count).flatMap { group in
      (0..<outputs.size).map { Int32(outputs.channel($0, of: group)) }
    }
    bytePlanes = (output.channels + 7) / 8
    byteStride = BinaryWorkspace.aligned((rows - 1) * pitch + output.width + Self.behind)
  }

  var bytes: Int { count * stride }
  var bytesOfBits: Int { bytePlanes * byteStride }
}

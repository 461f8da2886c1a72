internal import CKernels

/// The planes of nibbles that a strip's sums are read from, and those of bytes that their bits
/// become.
struct NibblePlanes: Sendable {
  let tables: SignedNibbleTables
  /// Of the filters of each group, equally many.
  let filters: [[PlaneNibble]]
  let count: Int
  /// Where the nibble of each plane begins in a pixel's bits; nil for one after the other.
  let firstBits: [Int32]?
  /// Bytes between rows.
  let pitch: Int
  /// Bytes between planes.
  let stride: Int
  /// Where the nibbles of each group's filters stand, in bytes from the place of an output pixel.
  let offsets: [Int]
  /// The output's channels, group after group.
  let channels: [Int32]
  /// Of the bits of eight channels each.
  let bytePlanes: Int
  let byteStride: Int

  /// Bytes that kernels write or read behind a plane's pixels.
  private static let behind = 31

  /// For strips of so many rows of the output; `taps` are the places that nibbles come from.
  init(
    _ tables: SignedNibbleTables, _ filters: [[PlaneNibble]], _ bits: PlaneBits,
    _ taps: [(dy: Int, dx: Int)], _ block: BitBlock, rows: Int, _ output: MapShape,
    _ outputs: ChannelGroups
  ) {
    (self.tables, self.filters) = (tables, filters)
    count = bits.planes
    firstBits = bits.areWhole ? nil : bits.firstBits
    let pitch = block.pitch(1)
    let stride = BinaryWorkspace.aligned(block.rows(rows) * pitch + block.left + Self.behind)
    (self.pitch, self.stride) = (pitch, stride)
    offsets = filters.joined().map { nibble in
      let tap = taps[nibble.place]
      let place = (tap.dy - block.reach.lowerBound) * pitch + tap.dx + block.left
      return place + nibble.plane * stride
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
  var steps: Int { filters[0].count }
}

/// The order of a pixel's bits that planes of nibbles are split from: nibble after nibble, none in two
/// words.
struct PlaneBits {
  /// The channel of every bit, −1 for a bit of none.
  private(set) var channels: [Int32] = []
  /// Where the nibble of each plane begins.
  private(set) var firstBits: [Int32] = []

  /// Nibbles begin at whole nibbles, which are split faster, unless they then take more words.
  init(_ filters: [[PlaneNibble]], _ inputs: ChannelGroups) {
    let whole = PlaneBits(filters, inputs, wholeNibbles: true)
    let dense = PlaneBits(filters, inputs, wholeNibbles: false)
    self = whole.words <= dense.words ? whole : dense
  }

  private init(_ filters: [[PlaneNibble]], _ inputs: ChannelGroups, wholeNibbles: Bool) {
    for (group, nibbles) in filters.enumerated() {
      // Windows read a plane once for every tap.
      for nibble in nibbles where nibble.plane == firstBits.count && !nibble.members.isEmpty {
        if wholeNibbles { fill(to: 4) }
        if channels.count % 64 + nibble.members.count > 64 { fill(to: 64) }
        firstBits.append(Int32(channels.count))
        channels += nibble.members.map { Int32(inputs.channel($0, of: group)) }
      }
    }
  }

  private mutating func fill(to multiple: Int) {
    let count = (channels.count + multiple - 1) / multiple * multiple
    channels += Array(repeating: -1, count: count - channels.count)
  }

  var planes: Int { firstBits.count }
  var words: Int { (channels.count + 63) / 64 }
  /// Nibbles begin where those of words do.
  var areWhole: Bool { firstBits.indices.allSatisfy { firstBits[$0] == 4 * $0 } }
}

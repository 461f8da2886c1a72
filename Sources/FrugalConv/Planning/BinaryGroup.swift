internal import CKernels

/// How one group of input channels is read: which channel each bit is, and the taps of its window.
struct BinaryGroup: Hashable, Sendable {
  /// The member of the group that each bit is, −1 for an unused bit.
  let members: [Int]
  /// Where the group's bits begin in a pixel.
  let firstBit: Int
  /// The nibbles of each tap, in the order of the packed weights.
  let taps: [Tap]

  /// Some nibbles of a pixel that stands (dy, dx) from the output pixel's place.
  struct Tap: Hashable, Sendable {
    let dy, dx: Int
    let nibbles: Range<Int>
    /// Of the window, for the order of its weights.
    let index: Int
  }

  var bits: Int { members.count }
  var nibbles: Int { frugal_nibbles(bits) }
  /// Nibbles of a filter.
  var steps: Int { taps.reduce(0) { $0 + $1.nibbles.count } }
  /// Unused bits of a nibble.
  func unused(_ nibble: Int) -> Int { 4 - validBits(nibble).nonzeroBitCount }
  /// Unused bits of all nibbles of a filter.
  var unusedBits: Int { taps.reduce(0) { $0 + $1.nibbles.reduce(0) { $0 + unused($1) } } }

  /// The bits of a nibble that are channels.
  func validBits(_ nibble: Int) -> Int {
    (0..<4).reduce(0) { result, i in
      let bit = 4 * nibble + i
      return result | (bit < bits && members[bit] >= 0 ? 1 << i : 0)
    }
  }

  /// Every tap of a window reads all channels of the group.
  init(window taps: [(dy: Int, dx: Int)], size: Int, firstBit: Int) {
    members = Array(0..<size)
    self.firstBit = firstBit
    let nibbles = 0..<frugal_nibbles(size)
    self.taps = taps.enumerated().map { index, tap in
      Tap(dy: tap.dy, dx: tap.dx, nibbles: nibbles, index: index)
    }
  }

  /// Channels of one displacement stand together, in whole nibbles: each displacement is a tap that
  /// reads its own nibbles.
  init(displacements: [(dy: Int, dx: Int)], firstBit: Int) {
    var members: [Int] = []
    var taps: [Tap] = []
    let sorted = displacements.indices.sorted {
      let (a, b) = (displacements[$0], displacements[$1])
      return (a.dy, a.dx, $0) < (b.dy, b.dx, $1)
    }
    var rest = sorted[...]
    while let first = rest.first {
      let place = displacements[first]
      let same = rest.prefix { displacements[$0] == place }
      rest = rest[same.endIndex...]
      let start = members.count / 4
      members += same
      while !rest.isEmpty, members.count % 4 != 0 { members.append(-1) }
      taps.append(
        Tap(
          dy: place.dy, dx: place.dx, nibbles: start..<frugal_nibbles(members.count), index: 0))
    }
    self.members = members
    self.firstBit = firstBit
    self.taps = taps
  }
}

/// A shift of bits: the distinct displacements, and which bits of a pixel each of them moves.
struct BitDisplacement: Sendable {
  let places: [(dy: Int, dx: Int)]
  /// `[places][4 pixels' words]`
  let masks: [UInt64]
  /// Words of each displacement from an output pixel's place in rows with their borders.
  let offsets: [Int]
  /// Pixels of a row with its borders, the left one among them.
  let left, pitch: Int

  /// `channels` of each bit, −1 for a bit of none, and the displacement of every channel.
  init(
    _ channels: [Int32], _ displacements: [(dy: Int, dx: Int)], input: MapShape, output: MapShape,
    stride: Extent
  ) {
    var places: [(dy: Int, dx: Int)] = []
    let placeOfChannel = displacements.map { move in
      if let found = places.firstIndex(where: { $0 == move }) { return found }
      places.append(move)
      return places.count - 1
    }
    let words = (channels.count + 63) / 64
    var masks = [UInt64](repeating: 0, count: places.count * 4 * words)
    for (bit, channel) in channels.enumerated() where channel >= 0 {
      let place = placeOfChannel[Int(channel)]
      for pixel in 0..<4 {
        masks[(place * 4 + pixel) * words + bit / 64] |= 1 << UInt64(bit % 64)
      }
    }
    (self.places, self.masks) = (places, masks)

    let columns = places.map(\.dx)
    let left = max(0, -columns.min()!)
    let last = (output.width - 1) * stride.width + columns.max()!
    let pitch = left + max(input.width, last + 1)
    (self.left, self.pitch) = (left, pitch)
    let top = places.map(\.dy).min()!
    offsets = places.map { (($0.dy - top) * pitch + left + $0.dx) * words }
  }
}

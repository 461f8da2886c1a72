/// A block of a group's channels with their borders: what all taps of a window read, copied once.
struct BorderedBlock: Sendable {
  /// Input rows above the first output row of a strip.
  let top: Int
  /// Input rows of a strip beyond its output rows.
  let moreRows: Int
  /// Floats from one row of a plane to the next. A row's right border is the next one's left.
  let pitch: Int
  /// Zeros before a plane's first row.
  let margin: Int
  /// Floats from one plane to the next.
  let channelStride: Int
  let channels: Int
  /// Where each product row of the channels finds output pixel (0, 0), in floats from the block.
  let taps: [Int]

  /// Floats of one block, and what vectors read behind it.
  var count: Int { channels * channelStride + WeightPacking.readable }

  /// For strips of at most `rows` output rows.
  init(
    _ window: Window, border: (top: Int, left: Int, bottom: Int, right: Int), width: Int,
    rows: Int, channels: Int
  ) {
    func wholeVectors(_ count: Int) -> Int { (count + 7) / 8 * 8 }
    top = border.top
    moreRows = (window.kernel.height - 1) * window.dilation.height
    pitch = Self.pitch(width: width, border)
    margin = wholeVectors(border.left)
    channelStride = MapLayout.spread(margin + (rows + moreRows) * pitch)
    self.channels = channels
    var taps: [Int] = []
    for channel in 0..<channels {
      for i in 0..<window.kernel.height {
        for j in 0..<window.kernel.width {
          taps.append(
            channel * channelStride + margin - border.left + i * window.dilation.height * pitch
              + j * window.dilation.width)
        }
      }
    }
    self.taps = taps
  }

  static func pitch(width: Int, _ border: (top: Int, left: Int, bottom: Int, right: Int)) -> Int {
    (width + max(border.left, border.right) + 7) / 8 * 8
  }
}

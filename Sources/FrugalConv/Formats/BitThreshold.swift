internal import CKernels

/// Above which value a number becomes the bit 1: `value > t` (the first piecewise form,
/// a > t → 1, a ≤ t → 0, with encoding `Units`; the second, W > t → +1, W < t → −1, with `Signs`,
/// where the tie decides W = t).
///
/// −0 equals 0. NaN becomes the bit 0.
public struct BitThreshold: Hashable, Sendable {
  /// What a value becomes that equals its threshold.
  public enum Tie: Hashable, Sendable {
    case zero, one
  }

  /// One for all channels, or one per channel. May be infinite.
  public var values: [Float]
  public var tie: Tie

  /// One threshold per channel.
  public init(perChannel values: [Float], tie: Tie = .zero) {
    self.values = values
    self.tie = tie
  }

  /// One threshold for all channels.
  public init(_ value: Float = 0, tie: Tie = .zero) { self.init(perChannel: [value], tie: tie) }

  /// sign(x) with sign(0) = +1, the rule of binary networks.
  public static let sign = BitThreshold(0, tie: .one)

  /// Throws when there are neither one nor as many thresholds as channels, and when one is NaN.
  func check(_ channels: Int) throws(FrugalConvError) {
    guard values.count == 1 || values.count == channels else {
      throw .wrongLength(of: "thresholds", expected: channels, found: values.count)
    }
    for value in values where value.isNaN { throw .notFinite(what: "a threshold", value: value) }
  }

  /// The bit of a value of a channel.
  func isOne(_ value: Float, _ channel: Int) -> Bool {
    let limit = values[values.count == 1 ? 0 : channel]
    return tie == .one ? value >= limit : value > limit
  }

  /// Calls `body` with how a kernel packs the planes of one image; `order` names the channel of each
  /// bit, where bits are in another order.
  func withPacking<R>(
    _ map: UnsafePointer<Float>, channelStride: Int, channels: Int, order: [Int32]?,
    _ body: (UnsafePointer<frugal_bit_packing>) -> R
  ) -> R {
    func call(_ list: UnsafePointer<Int32>?, _ bits: Int) -> R {
      values.withUnsafeBufferPointer { thresholds in
        var packing = frugal_bit_packing(
          map: map, number: FRUGAL_FLOAT32, channel_stride: channelStride, bits: bits,
          channels: list, offsets: nil, thresholds: thresholds.baseAddress,
          threshold_stride: values.count == 1 ? 0 : 1, or_equal: tie == .one ? 1 : 0,
          pixel_words: (bits + 63) / 64)
        return body(&packing)
      }
    }
    guard let order else { return call(nil, channels) }
    return order.withUnsafeBufferPointer { call($0.baseAddress, order.count) }
  }
}

/// A threshold that follows its input: computed anew for every map.
public enum DynamicThreshold: Hashable, Sendable {
  case mean, median

  /// The thresholds for a map: one, or one per channel, over all images and pixels. Of an even
  /// number of values the median is the mean of the middle two. NaN counts as −∞ for the median
  /// and makes a mean NaN, which is refused where it is used.
  public func threshold(
    of map: borrowing MapView, perChannel: Bool = false, tie: BitThreshold.Tie = .zero
  ) -> BitThreshold {
    let (shape, elements) = (map.shape, map.array())
    func values(_ channels: Range<Int>) -> [Float] {
      (0..<shape.images).flatMap { image in
        channels.flatMap { channel in
          let start = (image * shape.channels + channel) * shape.planeSize
          return elements[start..<start + shape.planeSize]
        }
      }
    }
    let parts = perChannel ? (0..<shape.channels).map { $0..<$0 + 1 } : [0..<shape.channels]
    return BitThreshold(perChannel: parts.map { centre(values($0)) }, tie: tie)
  }

  private func centre(_ values: [Float]) -> Float {
    switch self {
    case .mean: return Float(values.reduce(0.0) { $0 + Double($1) } / Double(values.count))
    case .median:
      let sorted = values.map { $0.isNaN ? -.infinity : $0 }.sorted()
      let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
      return low == high ? low : Float((Double(low) + Double(high)) / 2)
    }
  }
}

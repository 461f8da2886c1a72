/// A batch of feature maps of one bit a number, packed along channels: a value.
///
/// `[N][H][W][words]`; channel c of a pixel is bit `c % 64` of word `c / 64`. The bits behind the
/// last channel are 0 and stay so.
public struct BitMap<Encoding: BitEncoding>: Sendable {
  var storage: AlignedStorage<UInt64>
  public let shape: MapShape

  /// Zero bits. Throws when the shape is empty or overflows.
  public init(_ shape: MapShape) throws(FrugalConvError) {
    try shape.check()
    storage = AlignedStorage(zeros: shape.pixels * shape.wordsPerPixel)
    self.shape = shape
  }

  /// Packed words, `[N][H][W][words]`.
  ///
  /// Throws when their number is not the shape's, and when a bit behind the last channel is 1.
  public init(words: [UInt64], shape: MapShape) throws(FrugalConvError) {
    try self.init(shape)
    guard words.count == storage.count else {
      throw .wrongLength(of: "words", expected: storage.count, found: words.count)
    }
    let unused = ~shape.lastWordMask
    for (index, word) in words.enumerated()
    where index % shape.wordsPerPixel == shape.wordsPerPixel - 1 && word & unused != 0 {
      throw .padBits(word: index, channels: shape.channels)
    }
    words.withUnsafeBufferPointer { source in
      storage.start.update(from: source.baseAddress!, count: source.count)
    }
  }

  /// 64-bit words of a pixel.
  public var wordsPerPixel: Int { shape.wordsPerPixel }

  /// The packed words, `[N][H][W][words]`.
  public var words: [UInt64] {
    Array(UnsafeBufferPointer(start: storage.start, count: storage.count))
  }

  /// The bit of an image, channel, row and column.
  public subscript(image: Int, channel: Int, row: Int, column: Int) -> Bool {
    get {
      let word = storage.start[wordIndex(image, channel, row, column)]
      return word >> UInt64(channel % 64) & 1 == 1
    }
    set {
      let index = wordIndex(image, channel, row, column)
      makeUnique()
      let bit = UInt64(1) << UInt64(channel % 64)
      if newValue { storage.start[index] |= bit } else { storage.start[index] &= ~bit }
    }
  }

  private func wordIndex(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    precondition((0..<shape.images).contains(image) && (0..<shape.channels).contains(channel))
    precondition((0..<shape.height).contains(row) && (0..<shape.width).contains(column))
    let pixel = (image * shape.height + row) * shape.width + column
    return pixel * wordsPerPixel + channel / 64
  }

  mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = AlignedStorage(copying: storage) }
  }
}

extension BitMap: Hashable {
  public static func == (left: BitMap, right: BitMap) -> Bool {
    left.shape == right.shape && left.words == right.words
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(words)
  }
}

extension MapShape {
  /// Pixels of all images.
  var pixels: Int { images * planeSize }
  /// Words of a pixel of a bit map.
  var wordsPerPixel: Int { (channels + 63) / 64 }
  /// The bits of a pixel's last word that are channels.
  var lastWordMask: UInt64 { channels % 64 == 0 ? ~0 : 1 << UInt64(channels % 64) - 1 }
}

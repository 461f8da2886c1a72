/// What the start of a `.npy` file says about the data that follows.
///
/// A file begins with the magic string, two version bytes, the length of the header text as a
/// little-endian integer (2 bytes in version 1.0, 4 in 2.0 and 3.0), and the header text.
struct NumPyHeader: Equatable {
  /// The byte 0x93 followed by "NUMPY".
  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  var elementType: ElementType
  var byteOrder: ByteOrder
  var fortranOrder: Bool
  var shape: [Int]

  /// Reads the header of a file and says at which byte the data start.
  static func read(
    from file: [UInt8]
  ) throws(NumPyError) -> (header: NumPyHeader, dataStart: Int) {
    guard file.starts(with: magic) else {
      throw .badMagic(found: Array(file.prefix(magic.count)))
    }
    let versionEnd = magic.count + 2
    try require(versionEnd, of: file)
    let lengthBytes =
      switch (file[magic.count], file[magic.count + 1]) {
      case (1, 0): 2
      case (2, 0), (3, 0): 4
      case (let major, let minor): throw .unsupportedVersion(major: major, minor: minor)
      }
    let textStart = versionEnd + lengthBytes
    try require(textStart, of: file)
    let textLength = file[versionEnd..<textStart].reversed().reduce(0) { $0 << 8 | Int($1) }
    let textEnd = textStart + textLength
    try require(textEnd, of: file)
    var parser = HeaderParser(text: Array(file[textStart..<textEnd]))
    return (try parser.header(), textEnd)
  }

  private static func require(_ byteCount: Int, of file: [UInt8]) throws(NumPyError) {
    guard file.count >= byteCount else {
      throw .truncatedHeader(expectedBytes: byteCount, foundBytes: file.count)
    }
  }

  /// The start of a version 1.0 file, exactly as NumPy writes it, up to the data.
  func bytes() -> [UInt8] {
    // One-byte elements have no byte order, which NumPy writes as a bar.
    let order = elementType.byteCount == 1 ? "|" : byteOrder.rawValue
    let axes = shape.map(String.init).joined(separator: ", ")
    let tuple = shape.count == 1 ? "(\(axes),)" : "(\(axes))"
    let fortran = fortranOrder ? "True" : "False"
    var text = "{'descr': '\(order)\(elementType.rawValue)', "
    text += "'fortran_order': \(fortran), 'shape': \(tuple), }"

    // NumPy leaves room for the axis that grows when data are appended to take 21 digits.
    if let growing = fortranOrder ? shape.last : shape.first {
      text += String(repeating: " ", count: 21 - String(growing).count)
    }
    // Spaces and a newline then let the data start at a multiple of 64 bytes.
    let prefixCount = Self.magic.count + 4
    text += String(repeating: " ", count: 64 - (prefixCount + text.utf8.count + 1) % 64)
    text += "\n"

    let length = UInt16(text.utf8.count)
    return Self.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}

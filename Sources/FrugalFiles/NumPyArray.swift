/// An array as a NumPy `.npy` file holds it, in C order and native byte order once in memory.
///
/// The format is NumPy's own: NEP 1 and the documentation of `numpy.lib.format`.
/// Versions 1.0, 2.0 and 3.0 are read, either byte order, either axis order.
/// Two arrays are equal when shape, element type and elements are: a NaN equals nothing.
public struct NumPyArray: Sendable, Equatable {
  /// The most axes an array may have: 64, as in NumPy 2.
  public static let maximumRank = 64

  /// The length of each axis, outermost first; empty for a single number.
  public let shape: [Int]

  /// The elements, the last axis varying fastest.
  public let elements: Elements

  /// Makes an array of elements already in C order.
  ///
  /// Throws `rankTooLarge`, `axisLength` or `shapeOverflow` for a shape no array can have, and
  /// `elementCount` when the shape asks for another number of elements.
  public init(shape: [Int], elements: Elements) throws(NumPyError) {
    let expected = try elementCount(shape: shape, type: elements.type)
    guard elements.count == expected else {
      throw .elementCount(shape: shape, expected: expected, found: elements.count)
    }
    self.shape = shape
    self.elements = elements
  }

  /// Reads a `.npy` file; memory for twice the file is needed while doing so.
  ///
  /// Throws `file` when the file cannot be read, else as `init(bytes:)`.
  public init(path: String) throws(NumPyError) {
    try self.init(bytes: readFile(path))
  }

  /// Reads the bytes of a whole `.npy` file.
  ///
  /// Throws the error that names what is wrong: nothing is guessed, and bytes left over after
  /// the data are refused (`trailingBytes`), since they mean that the header is not the data's.
  public init(bytes: [UInt8]) throws(NumPyError) {
    let (header, dataStart) = try NumPyHeader.read(from: bytes)
    let data = bytes[dataStart...]
    let count = try elementCount(shape: header.shape, type: header.elementType)
    let expectedBytes = count * header.elementType.byteCount
    guard data.count >= expectedBytes else {
      throw .truncatedData(expectedBytes: expectedBytes, foundBytes: data.count)
    }
    guard data.count == expectedBytes else {
      throw .trailingBytes(expectedBytes: expectedBytes, foundBytes: data.count)
    }
    shape = header.shape
    elements = Elements(data: data, header: header)
  }

  /// Writes a `.npy` file, replacing an existing one only once everything is written.
  ///
  /// Throws `file` when that fails; the path then holds what it held before. A symbolic link at
  /// the path is itself replaced, not the file it points to.
  public func write(to path: String) throws(NumPyError) {
    try writeFile(path, bytes())
  }

  /// The bytes of the `.npy` file, the same as `numpy.save` writes for this array in C order.
  ///
  /// The version is always 1.0: `maximumRank` keeps the header far below that version's 64 KiB.
  public func bytes() -> [UInt8] {
    let header = NumPyHeader(
      elementType: elements.type, byteOrder: .native, fortranOrder: false, shape: shape)
    var bytes = header.bytes()
    bytes.reserveCapacity(bytes.count + elements.count * elements.type.byteCount)
    elements.append(to: &bytes)
    return bytes
  }
}

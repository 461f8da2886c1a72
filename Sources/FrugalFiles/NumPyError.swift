/// Why a NumPy array could not be made, read, written or converted.
public enum NumPyError: Error, Equatable, CustomStringConvertible {
  /// A system call on a file failed with this `errno`.
  case file(call: String, path: String, code: Int32)
  /// The path leads to a folder, pipe or device.
  case notRegularFile(path: String)

  /// The bytes do not begin with `\x93NUMPY`.
  case badMagic(found: [UInt8])
  /// The version is none of 1.0, 2.0 and 3.0.
  case unsupportedVersion(major: UInt8, minor: UInt8)
  /// The header reaches beyond the end of the file.
  case truncatedHeader(expectedBytes: Int, foundBytes: Int)

  /// The header text is not the Python dict it should be, from this byte of the text on.
  case headerSyntax(offset: Int, expected: String)
  /// The header has a key besides `descr`, `fortran_order` and `shape`.
  case unknownKey(String)
  /// The header gives a key twice.
  case duplicateKey(String)
  /// The header lacks a key.
  case missingKey(String)
  /// The element type is none of those in `NumPyArray.Elements`.
  case unsupportedType(descr: String)

  /// An axis is negative or longer than `Int` can say.
  case axisLength(axis: Int, length: String)
  /// The shape has too many axes.
  case rankTooLarge(rank: Int, maximum: Int)
  /// The array would take more bytes than `Int` can count.
  case shapeOverflow(shape: [Int], elementBytes: Int)
  /// The shape asks for another number of elements than there are.
  case elementCount(shape: [Int], expected: Int, found: Int)

  /// The data end before the array does.
  case truncatedData(expectedBytes: Int, foundBytes: Int)
  /// The data go on after the array's end.
  case trailingBytes(expectedBytes: Int, foundBytes: Int)

  /// Integers were asked of a floating-point array.
  case notIntegers(elementType: String)

  public var description: String {
    switch self {
    case .file(let call, let path, let code):
      "\(call) of \(path) failed: \(systemMessage(code)) (errno \(code))"
    case .notRegularFile(let path):
      "\(path) is not a regular file"
    case .badMagic(let found):
      "not a NumPy file: it begins with the bytes \(found), not \(NumPyHeader.magic)"
    case .unsupportedVersion(let major, let minor):
      "the file has format version \(major).\(minor); 1.0, 2.0 and 3.0 are supported"
    case .truncatedHeader(let expected, let found):
      "the header needs a file of at least \(expected) bytes, but the file has \(found)"
    case .headerSyntax(let offset, let expected):
      "the header text has something other than \(expected) at byte \(offset)"
    case .unknownKey(let key):
      "the header has the unknown key '\(shortened(key))'"
    case .duplicateKey(let key):
      "the header has the key '\(key)' more than once"
    case .missingKey(let key):
      "the header lacks the key '\(key)'"
    case .unsupportedType(let descr):
      "the element type \(shortened(descr)) is not supported"
    case .axisLength(let axis, let length):
      "axis \(axis) of the shape is \(shortened(length)), not within 0 and \(Int.max)"
    case .rankTooLarge(let rank, let maximum):
      "the shape has \(rank) axes; at most \(maximum) are supported"
    case .shapeOverflow(let shape, let elementBytes):
      "the shape \(shape) of \(elementBytes)-byte elements takes more than \(Int.max) bytes"
    case .elementCount(let shape, let expected, let found):
      "the shape \(shape) needs \(expected) elements, but there are \(found)"
    case .truncatedData(let expected, let found):
      "the shape needs \(expected) bytes of data, but the file has \(found)"
    case .trailingBytes(let expected, let found):
      "the shape needs \(expected) bytes of data, but the file goes on to \(found)"
    case .notIntegers(let elementType):
      "the elements are of type \(elementType), not integers"
    }
  }
}

/// Keeps text from a hostile header from flooding the message.
private func shortened(_ text: String) -> String {
  text.count <= 80 ? text : text.prefix(80) + "…"
}

/// The element types we read and write; the raw value is NumPy's type code without byte order.
enum ElementType: String, CaseIterable {
  case float16 = "f2"
  case float32 = "f4"
  case float64 = "f8"
  case int8 = "i1"
  case uint8 = "u1"
  case int32 = "i4"
  case int64 = "i8"

  /// NumPy's name for the type.
  var name: String { "\(self)" }

  /// The bytes one element takes in the file and in memory.
  var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .float16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }
}

/// Which byte of an element comes first; the raw value is NumPy's sign for it.
enum ByteOrder: Character {
  case little = "<"
  case big = ">"

  /// The byte order of this machine.
  static let native: ByteOrder = 1.littleEndian == 1 ? .little : .big
}

/// The number of elements an array of this shape has, once its bytes are known to be countable.
///
/// Axes of length zero are left out of the overflow check, as NumPy does: the product of any of
/// the other axes then fits in `Int`, in whatever order it is taken.
func elementCount(shape: [Int], type: ElementType) throws(NumPyError) -> Int {
  guard shape.count <= NumPyArray.maximumRank else {
    throw .rankTooLarge(rank: shape.count, maximum: NumPyArray.maximumRank)
  }
  for (axis, length) in shape.enumerated() where length < 0 {
    throw .axisLength(axis: axis, length: String(length))
  }
  var byteCount = type.byteCount
  for length in shape where length > 0 {
    let (product, overflow) = byteCount.multipliedReportingOverflow(by: length)
    if overflow { throw .shapeOverflow(shape: shape, elementBytes: type.byteCount) }
    byteCount = product
  }
  return shape.contains(0) ? 0 : byteCount / type.byteCount
}

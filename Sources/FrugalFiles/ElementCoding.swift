/// A type whose values a file stores as words of the same size.
protocol StoredElement: BitwiseCopyable {
  /// The integer of the element's size, in which its bytes are swapped.
  associatedtype Word: FixedWidthInteger
}

extension Float16: StoredElement { typealias Word = UInt16 }
extension Float: StoredElement { typealias Word = UInt32 }
extension Double: StoredElement { typealias Word = UInt64 }
extension Int8: StoredElement { typealias Word = UInt8 }
extension UInt8: StoredElement { typealias Word = UInt8 }
extension Int32: StoredElement { typealias Word = UInt32 }
extension Int64: StoredElement { typealias Word = UInt64 }

extension NumPyArray.Elements {
  /// The elements in a file's data, which must be as long as the header says.
  init(data: ArraySlice<UInt8>, header: NumPyHeader) {
    switch header.elementType {
    case .float16: self = .float16(decode(data, header))
    case .float32: self = .float32(decode(data, header))
    case .float64: self = .float64(decode(data, header))
    case .int8: self = .int8(decode(data, header))
    case .uint8: self = .uint8(decode(data, header))
    case .int32: self = .int32(decode(data, header))
    case .int64: self = .int64(decode(data, header))
    }
  }

  /// Appends the elements as they lie in memory.
  func append(to bytes: inout [UInt8]) {
    switch self {
    case .float16(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .float32(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .float64(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .int8(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .uint8(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .int32(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .int64(let values): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
  }
}

/// Copies the data in one go, then puts bytes and axes in order only where the file's differ.
private func decode<Element: StoredElement>(
  _ data: ArraySlice<UInt8>, _ header: NumPyHeader
) -> [Element] {
  let count = data.count / MemoryLayout<Element>.size
  guard count > 0 else { return [] }  // filling it would write to the one empty array all share
  let stored = [Element](unsafeUninitializedCapacity: count) { elements, initializedCount in
    data.withUnsafeBytes { UnsafeMutableRawBufferPointer(elements).copyMemory(from: $0) }
    if header.byteOrder != .native {
      elements.withMemoryRebound(to: Element.Word.self) { words in
        for index in 0..<count { words[index] = words[index].byteSwapped }
      }
    }
    initializedCount = count
  }
  return header.fortranOrder ? cOrder(fromFortranOrder: stored, shape: header.shape) : stored
}

/// Reorders elements whose first axis varies fastest so that the last axis does.
private func cOrder<Element: StoredElement>(
  fromFortranOrder source: [Element], shape: [Int]
) -> [Element] {
  // With fewer than two axes the orders agree; without elements there is nothing to order.
  guard shape.count > 1, !source.isEmpty else { return source }
  var strides: [Int] = []
  var stride = 1
  for length in shape {
    strides.append(stride)
    stride *= length
  }
  let last = shape.count - 1
  var result: [Element] = []
  result.reserveCapacity(source.count)
  // The outer axes count up like an odometer; `start` is where their row begins in the source.
  var index = [Int](repeating: 0, count: last)
  var start = 0
  while result.count < source.count {
    for column in 0..<shape[last] { result.append(source[start + column * strides[last]]) }
    for axis in (0..<last).reversed() {
      index[axis] += 1
      start += strides[axis]
      if index[axis] < shape[axis] { break }
      start -= index[axis] * strides[axis]
      index[axis] = 0
    }
  }
  return result
}

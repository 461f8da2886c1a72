extension NumPyArray {
  /// The elements of an array, by their type.
  public enum Elements: Sendable, Equatable {
    case float16([Float16])
    case float32([Float])
    case float64([Double])
    case int8([Int8])
    case uint8([UInt8])
    case int32([Int32])
    case int64([Int64])

    /// How many elements there are.
    public var count: Int {
      switch self {
      case .float16(let values): values.count
      case .float32(let values): values.count
      case .float64(let values): values.count
      case .int8(let values): values.count
      case .uint8(let values): values.count
      case .int32(let values): values.count
      case .int64(let values): values.count
      }
    }

    var type: ElementType {
      switch self {
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .int8: .int8
      case .uint8: .uint8
      case .int32: .int32
      case .int64: .int64
      }
    }
  }

  /// The elements as `Float`: exact where `Float` can hold the value, else the nearest.
  ///
  /// A float64 beyond the range of `Float` becomes an infinity.
  public func floats() -> [Float] {
    switch elements {
    case .float16(let values): values.map(Float.init)
    case .float32(let values): values
    case .float64(let values): values.map(Float.init)
    case .int8(let values): values.map(Float.init)
    case .uint8(let values): values.map(Float.init)
    case .int32(let values): values.map(Float.init)
    case .int64(let values): values.map(Float.init)
    }
  }

  /// The elements of an integer array as `Int`.
  ///
  /// Throws `notIntegers` for a floating-point array, even one of whole numbers.
  public func integers() throws(NumPyError) -> [Int] {
    switch elements {
    case .float16, .float32, .float64: throw .notIntegers(elementType: elements.type.name)
    case .int8(let values): return values.map(Int.init)
    case .uint8(let values): return values.map(Int.init)
    case .int32(let values): return values.map(Int.init)
    case .int64(let values): return values.map(Int.init)
    }
  }
}

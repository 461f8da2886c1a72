/// Parses the header text: a Python dict with the keys `descr`, `fortran_order` and `shape`.
///
/// Only what NumPy needs of Python's literals is understood: strings in either quotes without
/// escapes, `True`, `False`, and tuples of decimal integers. White space may stand between any
/// two of these, a comma may follow the last entry of a dict or tuple.
struct HeaderParser {
  private let text: [UInt8]
  private var position = 0

  init(text: [UInt8]) {
    self.text = text
  }

  /// The header the whole text describes.
  mutating func header() throws(NumPyError) -> NumPyHeader {
    var type: (element: ElementType, order: ByteOrder)?
    var fortranOrder: Bool?
    var shape: [Int]?

    try expect("{")
    while !accept("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr":
        try refuse(key, repeated: type != nil)
        type = try elementType()
      case "fortran_order":
        try refuse(key, repeated: fortranOrder != nil)
        fortranOrder = try boolean()
      case "shape":
        try refuse(key, repeated: shape != nil)
        shape = try tuple()
      default:
        throw .unknownKey(key)
      }
      if accept(",") { continue }
      try expect("}")
      break
    }
    skipWhiteSpace()
    guard position == text.count else { throw unexpected("the end of the header") }

    guard let type else { throw .missingKey("descr") }
    guard let fortranOrder else { throw .missingKey("fortran_order") }
    guard let shape else { throw .missingKey("shape") }
    return NumPyHeader(
      elementType: type.element, byteOrder: type.order, fortranOrder: fortranOrder, shape: shape)
  }

  private func refuse(_ key: String, repeated: Bool) throws(NumPyError) {
    if repeated { throw .duplicateKey(key) }
  }

  // MARK: Values

  /// A type such as `'<f4'`, or `'|u1'` for elements of one byte.
  private mutating func elementType() throws(NumPyError) -> (ElementType, ByteOrder) {
    skipWhiteSpace()
    // A list or tuple describes a structured type.
    if let first = peek(), "[({".utf8.contains(first) {
      throw .unsupportedType(descr: bracketed())
    }
    let descr = try string()
    guard let sign = descr.first, let type = ElementType(rawValue: String(descr.dropFirst())) else {
      throw .unsupportedType(descr: descr)
    }
    if let order = ByteOrder(rawValue: sign) { return (type, order) }
    guard sign == "|", type.byteCount == 1 else { throw .unsupportedType(descr: descr) }
    return (type, .native)
  }

  private mutating func boolean() throws(NumPyError) -> Bool {
    if accept("True") { return true }
    if accept("False") { return false }
    throw unexpected("True or False")
  }

  private mutating func tuple() throws(NumPyError) -> [Int] {
    var lengths: [Int] = []
    try expect("(")
    while !accept(")") {
      lengths.append(try axisLength(axis: lengths.count))
      if accept(",") { continue }
      // Without a comma, Python takes parentheses around one number for the number itself.
      if lengths.count == 1 { throw unexpected("','") }
      try expect(")")
      break
    }
    return lengths
  }

  private mutating func axisLength(axis: Int) throws(NumPyError) -> Int {
    let isNegative = accept("-")
    skipWhiteSpace()
    let digits = text[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    // As in Python, a number does not begin with a zero unless it is zero.
    guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else {
      throw unexpected("a decimal integer")
    }
    position = digits.endIndex
    let literal = (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
    guard let length = Int(literal), length >= 0 else {
      throw .axisLength(axis: axis, length: literal)
    }
    return length
  }

  private mutating func string() throws(NumPyError) -> String {
    skipWhiteSpace()
    guard let quote = peek(), "'\"".utf8.contains(quote) else { throw unexpected("a string") }
    position += 1
    let start = position
    while let byte = peek(), byte != quote {
      if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") {
        throw unexpected("a string without escapes or line breaks")
      }
      position += 1
    }
    guard peek() == quote else { throw unexpected("a closing quote") }
    position += 1
    return String(decoding: text[start..<position - 1], as: UTF8.self)
  }

  // MARK: Characters

  /// The text from an opening bracket to its closing one, for an error to show.
  ///
  /// Brackets are counted without regard to kind or quotes: the text is only shown.
  private func bracketed() -> String {
    var depth = 0
    let inner = text[position...].prefix { byte in
      if "[({".utf8.contains(byte) { depth += 1 }
      if "])}".utf8.contains(byte) { depth -= 1 }
      return depth > 0
    }
    // The closing bracket itself is not in the prefix.
    let end = min(inner.endIndex + 1, text.count)
    return String(decoding: text[position..<end], as: UTF8.self)
  }

  private func peek() -> UInt8? {
    position < text.count ? text[position] : nil
  }

  private mutating func skipWhiteSpace() {
    while let byte = peek(), " \t\r\n".utf8.contains(byte) { position += 1 }
  }

  /// Steps over white space and then the token, if it comes next.
  private mutating func accept(_ token: String) -> Bool {
    skipWhiteSpace()
    guard text[position...].starts(with: token.utf8) else { return false }
    position += token.utf8.count
    return true
  }

  private mutating func expect(_ token: String) throws(NumPyError) {
    guard accept(token) else { throw unexpected("'\(token)'") }
  }

  private func unexpected(_ expected: String) -> NumPyError {
    .headerSyntax(offset: position, expected: expected)
  }
}

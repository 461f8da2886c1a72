import FrugalFiles
import Testing

@Suite struct RejectionTests {
  private func expect(
    _ error: NumPyError, from bytes: [UInt8], at location: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: error, sourceLocation: location) { try NumPyArray(bytes: bytes) }
  }

  private func expect(
    _ error: NumPyError, fromHeader text: String, at location: SourceLocation = #_sourceLocation
  ) {
    expect(error, from: numpyFile(header: text, data: [0, 0, 0, 0]), at: location)
  }

  // MARK: The bytes before the header text

  @Test func wrongMagicIsRefused() {
    expect(.badMagic(found: []), from: [])
    expect(.badMagic(found: [0x93, 0x4E]), from: [0x93, 0x4E])
    expect(.badMagic(found: Array("PK\u{3}\u{4}ab".utf8)), from: Array("PK\u{3}\u{4}abcd".utf8))
  }

  @Test(arguments: [(0, 0), (0, 1), (1, 1), (2, 1), (4, 0), (255, 255)] as [(UInt8, UInt8)])
  func unknownVersionIsRefused(major: UInt8, minor: UInt8) {
    let file = numpyFile(version: (major, minor), header: header("|u1", shape: "()"), data: [1])
    expect(.unsupportedVersion(major: major, minor: minor), from: file)
  }

  @Test func headerBeyondTheFileIsRefused() {
    let magic = Array(numpyFile(header: "").prefix(6))
    expect(.truncatedHeader(expectedBytes: 8, foundBytes: 7), from: magic + [1])
    expect(.truncatedHeader(expectedBytes: 10, foundBytes: 9), from: magic + [1, 0, 5])
    expect(
      .truncatedHeader(expectedBytes: 10 + 0xFFFF, foundBytes: 12),
      from: magic + [1, 0, 0xFF, 0xFF, 0x7B, 0x7D])
    expect(
      .truncatedHeader(expectedBytes: 12 + 0xFFFF_FFFF, foundBytes: 12),
      from: magic + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF])
  }

  // MARK: The header text

  @Test(arguments: [
    "", "   ", "[]", "{,}", "{'descr'}", "{'descr': }", "{'descr: '<f4'}", "{descr: '<f4'}",
    "{'descr': '<f4' 'shape': ()}", "{'descr': '<f4',, 'shape': ()}", "{'descr': '<f4'",
    "{'descr': '<f\\x34'}", "{'descr': 'a\nb'}", "{'descr': \"<f4'}", "{'descr': 4}",
    "{'descr': None}", "{b'descr': '<f4'}",
    "{'fortran_order': 0}", "{'fortran_order': true}", "{'fortran_order': Truest}",
    "{'shape': 3}", "{'shape': (3)}", "{'shape': [3]}", "{'shape': (3,,)}", "{'shape': (,)}",
    "{'shape': (3, 4}", "{'shape': (3 4)}", "{'shape': (3.0,)}", "{'shape': (3L,)}",
    "{'shape': (0x3,)}", "{'shape': (03,)}", "{'shape': (+3,)}", "{'shape': (1_0,)}",
    "{'shape': ('3',)}", "{'shape': ((3,),)}", "{'shape': (True,)}", "{'shape': (-,)}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} x",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}\0",
  ])
  func headerThatIsNoPythonDictOfOursIsRefused(_ text: String) throws {
    let error = #expect(throws: NumPyError.self) {
      try NumPyArray(bytes: numpyFile(header: text, data: [0, 0, 0, 0]))
    }
    guard case .headerSyntax(let offset, _) = error else {
      Issue.record("\(String(describing: error)) is no syntax error")
      return
    }
    #expect((0...text.utf8.count).contains(offset))
  }

  @Test func syntaxErrorSaysWhatWasExpectedWhere() {
    expect(.headerSyntax(offset: 11, expected: "','"), fromHeader: "{'shape':(3)}")
  }

  @Test func missingKeyIsRefused() {
    expect(.missingKey("descr"), fromHeader: "{'fortran_order': False, 'shape': (4,)}")
    expect(.missingKey("fortran_order"), fromHeader: "{'descr': '|u1', 'shape': (4,)}")
    expect(.missingKey("shape"), fromHeader: "{'descr': '|u1', 'fortran_order': False}")
    expect(.missingKey("descr"), fromHeader: "{}")
  }

  @Test func unknownKeyIsRefused() {
    expect(.unknownKey("order"), fromHeader: "{'descr': '|u1', 'order': 'C'}")
    expect(.unknownKey(""), fromHeader: "{'': 1}")
  }

  @Test func repeatedKeyIsRefused() {
    expect(.duplicateKey("descr"), fromHeader: "{'descr': '|u1', 'descr': '|u1'}")
    expect(
      .duplicateKey("fortran_order"), fromHeader: "{'fortran_order': True, 'fortran_order': True}")
    expect(.duplicateKey("shape"), fromHeader: "{'shape': (), 'shape': ()}")
  }

  @Test(arguments: [
    "", "<", "f4", "=f4", "|f4", "<f16", "<f3", "|b1", "|O", "<U3", "|S4", "<c8", "<u4", "float32",
    " <f4", "<f4 ", "<M8[ns]",
  ])
  func otherElementTypeIsRefused(_ descr: String) {
    expect(.unsupportedType(descr: descr), fromHeader: header(descr, shape: "(1,)"))
  }

  @Test(arguments: ["[('x', '<f4')]", "('<f4', (2,))", "{'names': ['a']}", "[[[]]]"])
  func structuredElementTypeIsRefused(_ descr: String) {
    expect(.unsupportedType(descr: descr), fromHeader: "{'descr': \(descr), 'shape': (1,)}")
  }

  @Test func structuredElementTypeWithoutEndIsRefused() {
    expect(.unsupportedType(descr: "[('x'"), fromHeader: "{'descr': [('x'")
    let deep = String(repeating: "[", count: 60_000)
    expect(.unsupportedType(descr: deep), fromHeader: "{'descr': \(deep)")
  }

  // MARK: The shape and the data

  @Test(arguments: ["-1", "-9223372036854775809", "9223372036854775808", "123456789012345678901"])
  func axisNoArrayCanHaveIsRefused(_ length: String) {
    expect(
      .axisLength(axis: 1, length: length), fromHeader: header("<f4", shape: "(2, \(length))"))
  }

  @Test func shapeWhoseByteCountOverflowsIsRefused() {
    expect(
      .shapeOverflow(shape: [1 << 32, 1 << 31], elementBytes: 1),
      fromHeader: header("|u1", shape: "(4294967296, 2147483648)"))
    expect(
      .shapeOverflow(shape: [1 << 61], elementBytes: 4),
      fromHeader: header("<f4", shape: "(2305843009213693952,)"))
  }

  @Test func overflowIsNotHiddenByAnAxisOfLengthZero() {
    for shape in [[0, 1 << 32, 1 << 31], [1 << 32, 1 << 31, 0]] {
      #expect(throws: NumPyError.shapeOverflow(shape: shape, elementBytes: 1)) {
        try NumPyArray(shape: shape, elements: .int8([]))
      }
    }
  }

  @Test func tooManyAxesAreRefused() {
    let axes = String(repeating: "1, ", count: 65)
    expect(.rankTooLarge(rank: 65, maximum: 64), fromHeader: header("|u1", shape: "(\(axes))"))
  }

  @Test func dataShorterThanTheShapeNeedsIsRefused() {
    let text = header("<i4", shape: "(2, 3)")
    expect(.truncatedData(expectedBytes: 24, foundBytes: 4), fromHeader: text)
    expect(
      .truncatedData(expectedBytes: .max - 7, foundBytes: 4),
      fromHeader: header("<f8", shape: "(\(Int.max / 8),)"))
  }

  @Test func dataLongerThanTheShapeNeedsIsRefused() {
    expect(
      .trailingBytes(expectedBytes: 3, foundBytes: 4), fromHeader: header("|i1", shape: "(3,)"))
    expect(
      .trailingBytes(expectedBytes: 0, foundBytes: 4), fromHeader: header("|i1", shape: "(0,)"))
  }

  @Test func elementsThatDoNotFillTheShapeAreRefused() {
    #expect(throws: NumPyError.elementCount(shape: [2, 2], expected: 4, found: 3)) {
      try NumPyArray(shape: [2, 2], elements: .float32([1, 2, 3]))
    }
    #expect(throws: NumPyError.axisLength(axis: 0, length: "-2")) {
      try NumPyArray(shape: [-2, -2], elements: .float32([1, 2, 3, 4]))
    }
  }

  @Test func messagesStayShortHoweverLongTheHeader() {
    let long = String(repeating: "9", count: 100_000)
    #expect(NumPyError.unsupportedType(descr: long).description.utf8.count < 200)
    #expect(NumPyError.unknownKey(long).description.utf8.count < 200)
    #expect(NumPyError.axisLength(axis: 0, length: long).description.utf8.count < 200)
  }
}

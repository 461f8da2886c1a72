import FrugalFiles
import Testing

@Suite struct ReadingTests {
  /// The numbers 1 and -2 (or 254), most significant byte first, of each element type.
  static let pairs: [(type: String, bigEndian: [[UInt8]], elements: NumPyArray.Elements)] = [
    ("f2", [[0x3C, 0], [0xC0, 0]], .float16([1, -2])),
    ("f4", [[0x3F, 0x80, 0, 0], [0xC0, 0, 0, 0]], .float32([1, -2])),
    (
      "f8", [[0x3F, 0xF0, 0, 0, 0, 0, 0, 0], [0xC0, 0, 0, 0, 0, 0, 0, 0]],
      .float64([1, -2])
    ),
    ("i1", [[1], [0xFE]], .int8([1, -2])),
    ("u1", [[1], [0xFE]], .uint8([1, 254])),
    ("i4", [[0, 0, 0, 1], [255, 255, 255, 254]], .int32([1, -2])),
    (
      "i8", [[0, 0, 0, 0, 0, 0, 0, 1], [255, 255, 255, 255, 255, 255, 255, 254]],
      .int64([1, -2])
    ),
  ]

  @Test(arguments: pairs.indices)
  func eachElementTypeIsReadInEitherByteOrderAndWrittenBack(_ index: Int) throws {
    let (type, words, elements) = Self.pairs[index]
    let expected = try NumPyArray(shape: [2], elements: elements)
    for (order, data) in [(">", words.joined()), ("<", words.map { $0.reversed() }.joined())] {
      let file = numpyFile(header: header(order + type, shape: "(2,)"), data: Array(data))
      let array = try NumPyArray(bytes: file)
      #expect(array == expected)
      #expect(try NumPyArray(bytes: array.bytes()) == expected)
    }
  }

  @Test(arguments: pairs.indices)
  func eachElementTypeIsTransposedFromFortranOrder(_ index: Int) throws {
    // The Fortran order of [[a, a, a], [b, b, b]] is a, b, a, b, a, b.
    let (type, words, elements) = Self.pairs[index]
    let data = Array((words + words + words).joined())
    let fortran = numpyFile(
      header: header(">" + type, fortranOrder: true, shape: "(2, 3)"), data: data)
    let rows = [words[0], words[0], words[0], words[1], words[1], words[1]]
    let inC = numpyFile(header: header(">" + type, shape: "(2, 3)"), data: Array(rows.joined()))
    let array = try NumPyArray(bytes: fortran)
    #expect(array == (try NumPyArray(bytes: inC)))
    #expect(array.shape == [2, 3])
    #expect(array.elements.count == 3 * elements.count)
  }

  @Test(arguments: [(1, 0), (2, 0), (3, 0)] as [(UInt8, UInt8)])
  func eachVersionIsRead(major: UInt8, minor: UInt8) throws {
    let file = numpyFile(
      version: (major, minor), header: header("|u1", shape: "(2,)"), data: [3, 4])
    #expect(try NumPyArray(bytes: file) == NumPyArray(shape: [2], elements: .uint8([3, 4])))
  }

  @Test func headerOfVersion2MayBeLongerThanVersion1Allows() throws {
    let text = header("|u1", shape: "(1,)") + String(repeating: " ", count: 70_000)
    let file = numpyFile(version: (2, 0), header: text, data: [9])
    #expect(try NumPyArray(bytes: file).elements == .uint8([9]))
  }

  @Test(arguments: [
    "{'descr':'|u1','fortran_order':False,'shape':(1,2)}",
    "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (1, 2,)}",
    " {\n'shape' : ( 1 , 2 , ) , 'descr' : '|u1' ,\t'fortran_order' : False , } \r\n",
    "{'descr': '>u1', 'fortran_order': False, 'shape': (1, 2)}",
  ])
  func headerLaidOutDifferentlyIsStillRead(_ text: String) throws {
    let array = try NumPyArray(bytes: numpyFile(header: text, data: [5, 6]))
    #expect(array == (try NumPyArray(shape: [1, 2], elements: .uint8([5, 6]))))
  }

  @Test(arguments: [[], [0], [0, 3], [3, 0], [2, 0, 4], [1, 1, 1], [0, Int.max / 8]])
  func emptyArraysAndSingleNumbersComeBack(_ shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let values = [Double](repeating: 2.5, count: count)
    let array = try NumPyArray(shape: shape, elements: .float64(values))
    #expect(try NumPyArray(bytes: array.bytes()) == array)
    let fortran = header("<f8", fortranOrder: true, shape: tuple(shape))
    let data = array.bytes().suffix(8 * count)
    #expect(try NumPyArray(bytes: numpyFile(header: fortran, data: Array(data))) == array)
  }

  @Test func largestRankComesBack() throws {
    let shape = [Int](repeating: 1, count: NumPyArray.maximumRank)
    let array = try NumPyArray(shape: shape, elements: .int8([7]))
    #expect(try NumPyArray(bytes: array.bytes()) == array)
  }

  private func tuple(_ shape: [Int]) -> String {
    "(" + shape.map { "\($0)," }.joined() + ")"
  }
}

import FrugalFiles
import Testing

@Suite struct NumPyAgreementTests {
  static let arrays: [(file: [UInt8], shape: [Int], elements: NumPyArray.Elements)] = [
    (
      NumPyFixtures.float32Matrix, [2, 3],
      .float32([0.5, -1, 2, 3, .infinity, Float(bitPattern: 0x1_16C2)])
    ),
    (NumPyFixtures.float16Vector, [3], .float16([1.5, -2, 65504])),
    (NumPyFixtures.float64FortranOrder, [2, 3], .float64([0, 1, 2, 3, 4, 5])),
    (NumPyFixtures.int32BigEndian, [3], .int32([1, -2, .max])),
    (NumPyFixtures.int64FortranOrderBigEndian, [2, 3, 4], .int64(Array(-3..<21))),
    (NumPyFixtures.int8Scalar, [], .int8([-128])),
    (NumPyFixtures.uint8Empty, [0, 3], .uint8([])),
    (NumPyFixtures.uint8Version2, [1, 2], .uint8([7, 255])),
    (NumPyFixtures.float32Version3, [1], .float32([2.5])),
  ]

  @Test(arguments: arrays.indices)
  func filesWrittenByNumPyAreReadAsNumPyMeantThem(_ index: Int) throws {
    let (file, shape, elements) = Self.arrays[index]
    #expect(try NumPyArray(bytes: file) == NumPyArray(shape: shape, elements: elements))
  }

  @Test(arguments: [
    NumPyFixtures.float32Matrix, NumPyFixtures.float16Vector, NumPyFixtures.int8Scalar,
    NumPyFixtures.uint8Empty,
  ])
  func bytesAreTheOnesNumPyWrites(_ file: [UInt8]) throws {
    #expect(try NumPyArray(bytes: file).bytes() == file)
  }

  @Test func structuredTypeOfNumPyIsRefusedWithItsDescription() {
    let descr = "[('x', '<f4'), ('y', '<i4', (2,))]"
    #expect(throws: NumPyError.unsupportedType(descr: descr)) {
      try NumPyArray(bytes: NumPyFixtures.structured)
    }
  }
}

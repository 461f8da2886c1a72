import FrugalFiles
import Testing

@Suite struct ConversionTests {
  private func array(_ elements: NumPyArray.Elements) throws -> NumPyArray {
    try NumPyArray(shape: [elements.count], elements: elements)
  }

  @Test func valuesThatFloatHoldsConvertExactly() throws {
    #expect(try array(.float16([0.5, -65504, .infinity])).floats() == [0.5, -65504, .infinity])
    #expect(try array(.float32([0.1, -3])).floats() == [0.1, -3])
    #expect(try array(.float64([0.25, -1e30])).floats() == [0.25, -1e30])
    #expect(try array(.int8([-128, 127])).floats() == [-128, 127])
    #expect(try array(.uint8([0, 255])).floats() == [0, 255])
    #expect(try array(.int32([1 << 24, .min])).floats() == [16_777_216, -2_147_483_648])
    #expect(try array(.int64([1 << 62])).floats() == [0x1p62])
  }

  @Test func otherValuesConvertToTheNearestFloat() throws {
    #expect(try array(.float64([0.1, 1e300])).floats() == [0.1, .infinity])
    #expect(try array(.int32([16_777_217, .max])).floats() == [16_777_216, 2_147_483_648])
    #expect(try array(.int64([.max])).floats() == [0x1p63])
    #expect(try array(.float16([.nan])).floats()[0].isNaN)
  }

  @Test func integersKeepTheirValues() throws {
    #expect(try array(.int8([-128, 127])).integers() == [-128, 127])
    #expect(try array(.uint8([0, 255])).integers() == [0, 255])
    #expect(try array(.int32([.min, .max])).integers() == [Int(Int32.min), Int(Int32.max)])
    #expect(try array(.int64([.min, .max])).integers() == [.min, .max])
  }

  @Test func integersAreNotTakenFromFloatingPointArrays() throws {
    for (elements, name) in [
      (.float16([1]), "float16"), (.float32([1]), "float32"), (.float64([1]), "float64"),
    ] as [(NumPyArray.Elements, String)] {
      let array = try array(elements)
      #expect(throws: NumPyError.notIntegers(elementType: name)) { try array.integers() }
    }
  }
}

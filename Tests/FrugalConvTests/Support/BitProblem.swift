import CKernels
import ReferenceKernels

@testable import FrugalConv

/// Random bits of a map or of weights, as plain zeros and ones, and packed.
struct BitTable {
  let rows: Int
  let bits: Int
  /// `[rows][bits]`
  let ones: [Bool]

  init(rows: Int, bits: Int, _ generator: inout Generator) {
    self.init(
      rows: rows, bits: bits, ones: (0..<rows * bits).map { _ in generator.next() % 2 == 1 })
  }

  init(rows: Int, bits: Int, ones: [Bool]) {
    (self.rows, self.bits, self.ones) = (rows, bits, ones)
  }

  var words: Int { (bits + 63) / 64 }

  subscript(row: Int, bit: Int) -> Bool { ones[row * bits + bit] }

  /// `[rows][words]`, bit b of a row in bit b % 64 of word b / 64.
  var packed: [UInt64] {
    (0..<rows).flatMap { row in
      (0..<words).map { word in
        (word * 64..<min(bits, word * 64 + 64)).reduce(0) { result, bit in
          result | (self[row, bit] ? 1 << UInt64(bit % 64) : 0)
        }
      }
    }
  }

  /// The four bits of a nibble; 0 behind the end.
  func nibble(_ row: Int, _ index: Int) -> UInt8 {
    (0..<4).reduce(0) {
      let bit = 4 * index + $1
      return $0 | (bit < bits && self[row, bit] ? 1 << UInt8($1) : 0)
    }
  }
}

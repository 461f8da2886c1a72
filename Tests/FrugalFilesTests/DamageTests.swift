import FrugalFiles
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct DamageTests {
  @Test func fileCutShortAnywhereIsRefused() throws {
    for file in [NumPyFixtures.float32Matrix, NumPyFixtures.uint8Version2] {
      for length in file.indices {
        #expect(throws: NumPyError.self) { try NumPyArray(bytes: Array(file[..<length])) }
      }
    }
  }

  /// Set FRUGALFILES_SEED to the printed seed to repeat a run.
  @Test func damagedFileIsRefusedOrReadButNeverTraps() throws {
    let given = getenv("FRUGALFILES_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = given ?? .random(in: .min ... .max)
    print("FRUGALFILES_SEED=\(seed)")
    fflush(nil)  // A trap would lose what is still buffered.

    var random = SplitMix64(state: seed)
    let files = NumPyAgreementTests.arrays.map(\.file) + [NumPyFixtures.structured]
    var readCount = 0
    let rounds = 20_000
    for _ in 0..<rounds {
      var file = files.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&file, using: &random) }
      guard let array = try? NumPyArray(bytes: file) else { continue }
      readCount += 1
      // Bytes are compared, not arrays, as there may be NaNs.
      let bytes = array.bytes()
      #expect(try NumPyArray(bytes: bytes).bytes() == bytes)
      #expect(array.floats().count == array.elements.count)
    }
    // Damage that always or never leaves a readable file would test half of the code.
    #expect(readCount > rounds / 100 && readCount < rounds)
  }

  /// Pieces of headers, more likely to get past the parser than random bytes.
  private static let tokens = [
    "-", "0", "1", "9", "9223372036854775807", "4294967296", "(", ")", "()", "(0,", ",", ":", "'",
    "\"", "{", "}", "[", "]", "\\", "\n", " ", "\0", "True", "False", "<f2", ">f4", "<f8", "|i1",
    "|u1", ">i4", "<i8", "'descr'", "'shape'", "'fortran_order'",
  ].map { Array($0.utf8) }

  private func damage(_ file: inout [UInt8], using random: inout SplitMix64) {
    guard !file.isEmpty else { return }
    let place = Int.random(in: 0..<file.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: file[place] = .random(in: .min ... .max, using: &random)
    case 1: file[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: file.removeLast(file.count - place)
    case 3: file.insert(contentsOf: Self.tokens.randomElement(using: &random)!, at: place)
    default:
      // The text of the dict starts at byte 10 (12 from version 2.0 on) and rarely exceeds 70.
      let start = min(Int.random(in: 10..<80, using: &random), file.count)
      let token = Self.tokens.randomElement(using: &random)!
      file.replaceSubrange(start..<min(start + token.count, file.count), with: token)
    }
  }
}

/// Sebastiano Vigna's generator: small, and the same numbers from a seed everywhere.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}

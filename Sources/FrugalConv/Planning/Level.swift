internal import CKernels

/// How far kernels may use the processor's instructions.
public enum Level: String, CaseIterable, Sendable {
  /// Vector types of the compiler, at the baseline of the target.
  case portable
  /// x86-64 with AVX2, FMA, F16C, POPCNT and BMI2.
  case avx2
  /// The same with AVX-512 F, BW, DQ, VL and VPOPCNTDQ: products of one-bit numbers count ones in
  /// registers of 512 bits. All other kernels, and the peak, are those of `avx2`.
  case avx512

  /// The levels this processor can run, the best last.
  public static var available: [Level] { allCases.filter { $0.kernels != nil } }

  /// The best of them.
  static var best: Level { available.last! }

  /// What the environment variable `FRUGALCONV_ISA` names, else the best level of this processor.
  ///
  /// Throws when the variable names a level that this processor, or the library, lacks.
  public static func fromEnvironment() throws(FrugalConvError) -> Level {
    guard let name = environmentVariable("FRUGALCONV_ISA"), !name.isEmpty else {
      return best
    }
    guard let level = Level(rawValue: name), level.kernels != nil else {
      throw .levelUnavailable(name: name)
    }
    return level
  }

  /// The function table of a level; without one, of what the environment names.
  ///
  /// Throws when this processor, or the library, lacks it.
  static func kernels(
    _ level: Level?
  ) throws(FrugalConvError) -> UnsafePointer<frugal_kernels> {
    let level = if let level { level } else { try fromEnvironment() }
    guard let kernels = level.kernels else { throw .levelUnavailable(name: level.rawValue) }
    return kernels
  }

  /// The function table of the level, or nil when the processor cannot run it.
  var kernels: UnsafePointer<frugal_kernels>? {
    switch self {
    case .portable: frugal_kernels_at(FRUGAL_LEVEL_PORTABLE)
    case .avx2: frugal_kernels_at(FRUGAL_LEVEL_AVX2)
    case .avx512: frugal_kernels_at(FRUGAL_LEVEL_AVX512)
    }
  }

  /// Whether counting the ones of every lane of a vector can be faster than looking products up. Not
  /// with AVX2, whose shuffle looks 32 of them up, and which counts no ones.
  var countsOnesInLanes: Bool { self != .avx2 }
}

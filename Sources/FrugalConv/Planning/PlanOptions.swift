internal import CKernels

/// How far kernels may use the processor's instructions.
public enum Level: String, CaseIterable, Sendable {
  /// Vector types of the compiler, at the baseline of the target.
  case portable
  /// x86-64 with AVX2, FMA, F16C, POPCNT and BMI2.
  case avx2

  /// The levels this processor can run, the best last.
  public static var available: [Level] { allCases.filter { $0.kernels != nil } }

  /// What the environment variable `FRUGALCONV_ISA` names, else the best level of this processor.
  ///
  /// Throws when the variable names a level that this processor, or the library, lacks.
  public static func fromEnvironment() throws(FrugalConvError) -> Level {
    guard let name = environmentVariable("FRUGALCONV_ISA"), !name.isEmpty else {
      return available.last!
    }
    guard let level = Level(rawValue: name), level.kernels != nil else {
      throw .levelUnavailable(name: name)
    }
    return level
  }

  /// The function table of the level, or nil when the processor cannot run it.
  var kernels: UnsafePointer<frugal_kernels>? {
    switch self {
    case .portable: frugal_kernels_at(FRUGAL_LEVEL_PORTABLE)
    case .avx2: frugal_kernels_at(FRUGAL_LEVEL_AVX2)
    }
  }
}

/// What multiplies the matrices.
public enum Executor: String, CaseIterable, Sendable {
  /// Chosen for each stage.
  case automatic
  /// `cblas_sgemm` and `cblas_sgemv`, then the epilogue while the result is in cache.
  case openBLAS = "openblas"
  /// Kernels of our own: weights packed once, the epilogue in registers.
  case fused
}

/// Where the displaced copy of a shift convolution happens.
public enum ShiftForm: String, CaseIterable, Sendable {
  /// The faster one by measurement.
  case automatic
  /// A displaced copy of one cache-sized tile straight before each matrix product.
  case tileCopy
  /// The stage before writes each channel where the shift wants it; needs a stage before that is
  /// a channel mix.
  case displacedWrite

  /// Whether the stage before a shift writes displaced planes of this size.
  ///
  /// Measured on Zen 1, conv-shift-conv with expansions 1 and 3, one thread: the displaced write is
  /// 2 to 8 % faster at 28² and below, at 56² and above it is 1 to 5 % slower without a stride.
  func writesDisplaced(planeSize: Int) -> Bool {
    self == .displacedWrite || (self == .automatic && planeSize <= 1024)
  }
}

/// What a plan may choose, and what it must not.
public struct PlanOptions: Sendable {
  /// Threads to run on, the calling one among them; nil for all cores. The result is the same
  /// bits for any number.
  public var threads: Int?
  /// The instruction-set level; nil for `Level.fromEnvironment()`.
  public var level: Level?
  public var executor: Executor
  public var shiftForm: ShiftForm

  public init(
    threads: Int? = nil, level: Level? = nil, executor: Executor = .automatic,
    shiftForm: ShiftForm = .automatic
  ) {
    self.threads = threads
    self.level = level
    self.executor = executor
    self.shiftForm = shiftForm
  }
}

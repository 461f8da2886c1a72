/// What multiplies the matrices.
public enum Executor: String, CaseIterable, Sendable {
  /// The one that the planner chooses.
  case automatic
  /// `cblas_sgemm` and `cblas_sgemv`, then the epilogue while the result is in cache.
  case openBLAS = "openblas"
  /// Kernels of our own: weights packed once, the epilogue in registers.
  case fused
}

/// Where the displaced copy of a shift convolution happens.
public enum ShiftForm: String, CaseIterable, Sendable {
  /// The one that the planner chooses.
  case automatic
  /// A displaced copy of one cache-sized tile straight before each matrix product.
  case tileCopy
  /// The stage before writes each channel where the shift wants it; needs a stage before that is
  /// a channel mix.
  case displacedWrite
}

/// In which order the stages of a convolution go over a map.
public enum Traversal: String, CaseIterable, Sendable {
  /// The one that the planner chooses.
  case automatic
  /// Each stage over its whole map before the next begins.
  case stageByStage
  /// A strip of rows through all stages while it is in cache, wherever stages can be joined: not
  /// across a squeeze-excite or a mean of planes.
  case stripByStrip
  /// A block of channels through a stage and all that follow it without a channel mix, over the
  /// whole height, while it is in cache: a 1×1 and the depthwise step behind it, up to its
  /// squeeze-excite.
  case blockByBlock
}

/// What a plan may choose, and what it must not.
public struct PlanOptions: Sendable {
  /// Threads to run on, the calling one among them; nil for all that this process may use. The
  /// result is the same bits for any number.
  public var threads: Int?
  /// The instruction-set level; nil for `Level.fromEnvironment()`.
  public var level: Level?
  public var executor: Executor
  public var shiftForm: ShiftForm
  public var traversal: Traversal
  /// The number format of the weights of every channel mix; weights that are signs are multiplied by
  /// kernels of our own alone.
  public var weightFormat: WeightFormat
  /// Takes denormal numbers, those below 1.2·10⁻³⁸, for zeros, in operands and results: processors
  /// may need a hundred times longer for them. It holds for every thread while it works on a run;
  /// the calling thread then computes as before. Only x86-64 and arm64 can.
  public var flushesDenormals: Bool

  public init(
    threads: Int? = nil, level: Level? = nil, executor: Executor = .automatic,
    shiftForm: ShiftForm = .automatic, traversal: Traversal = .automatic,
    weightFormat: WeightFormat = .float32, flushesDenormals: Bool = false
  ) {
    self.threads = threads
    self.level = level
    self.executor = executor
    self.shiftForm = shiftForm
    self.traversal = traversal
    self.weightFormat = weightFormat
    self.flushesDenormals = flushesDenormals
  }
}

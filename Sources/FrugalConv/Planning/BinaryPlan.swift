internal import CKernels

/// How a convolution is computed in one-bit numbers for one shape of input; made by
/// `Convolution.binaryPlan`. A value, shared freely.
///
/// Activations are encoded as `Encoding` in every stage: bits go from stage to stage as bits.
public struct BinaryPlan<Encoding: BitEncoding>: Sendable {
  public let convolution: Convolution
  public let inputShape: MapShape
  public let outputShape: MapShape
  /// Threads a run uses, the calling one among them.
  public let threads: Int
  /// The instruction-set level of the kernels.
  public let level: Level
  /// What the bits of weights stand for.
  public let weights: BitValues
  public let padding: BitPadding
  /// What the cost model predicts for a run from float maps on, on one thread, in multiply-adds at
  /// the peak of one core.
  public let predictedTime: Double
  /// Why the planner chose these kernels; nil for a plan that is only one of several.
  public internal(set) var choice: PlanChoice<BinaryCandidate>?

  let stages: [BinaryStage]
  let workspace: BinaryWorkspace
  let packing: BinaryPacking

  /// The kernels of its stages.
  public var candidate: BinaryCandidate {
    BinaryCandidate(kernels: stages.compactMap { $0.product?.kernel })
  }

  /// How much of each kind of work a run from float maps on does: what `predictedTime` is a sum over.
  public var workload: Workload { Workload(inputShape, stages) }

  /// Bytes of workspace that a run needs.
  public var workspaceBytes: Int { workspace.bytes }

  /// Memory for `run`, for one run at a time.
  public func makeWorkspace() -> Workspace { Workspace(floats: (workspaceBytes + 3) / 4) }
}

/// A stage of a plan of one-bit numbers.
enum BinaryStage: Sendable {
  case product(BinaryProduct)
  case pooling(BitPooling)

  var product: BinaryProduct? { if case .product(let product) = self { product } else { nil } }

  var output: MapShape {
    switch self {
    case .product(let product): product.output
    case .pooling(let pooling): pooling.output
    }
  }

  var scratch: Int {
    switch self {
    case .product(let product): product.scratch.bytes
    case .pooling: 0
    }
  }
}

/// The largest of the bits of windows.
struct BitPooling: Sendable {
  let input, output: MapShape
  let window: TapWindow

  /// Rows of a task.
  static let rows = 8
  var tasksPerImage: Int { (output.height + Self.rows - 1) / Self.rows }
}

/// Where the parts of a workspace stand, in bytes from its start.
struct BinaryWorkspace: Sendable {
  /// Maps between stages take turns in two regions.
  private(set) var regions = (first: 0, second: 0)
  /// Of one worker.
  private(set) var scratch = 0
  let threads: Int

  init(threads: Int) { self.threads = threads }

  static func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

  mutating func reserve(map index: Int, words: Int) {
    if index % 2 == 0 {
      regions.first = max(regions.first, Self.aligned(8 * words))
    } else {
      regions.second = max(regions.second, Self.aligned(8 * words))
    }
  }

  mutating func reserve(scratch bytes: Int) { scratch = max(scratch, Self.aligned(bytes)) }

  func offset(ofMap index: Int) -> Int { index % 2 == 0 ? 0 : regions.first }
  func offset(ofScratch worker: Int) -> Int { regions.first + regions.second + worker * scratch }
  var bytes: Int { offset(ofScratch: threads) }
}

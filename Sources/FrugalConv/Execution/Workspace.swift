/// Memory that a run needs beside its input and output: intermediate maps and scratch.
///
/// Made by `Plan.makeWorkspace()`; serves every plan that needs no more, one run at a time.
public struct Workspace: ~Copyable {
  let storage: AlignedStorage<Float>

  /// Room for `bytes` bytes. Throws when they are more than any address space holds.
  public init(bytes: Int) throws(FrugalConvError) {
    try requireAtMost(Self.mostBytes, bytes, "bytes of workspace")
    self.init(floats: (max(bytes, 0) + 3) / MemoryLayout<Float>.stride)
  }

  init(floats: Int) { storage = AlignedStorage(zeros: floats) }

  static let mostBytes = 1 << 48

  public var bytes: Int { storage.count * MemoryLayout<Float>.stride }
}

/// Where the parts of a workspace stand, in floats from its start; each part begins on a cache
/// line.
struct WorkspaceLayout: Sendable {
  /// The maps between stages take turns in two regions.
  private(set) var regions = (first: 0, second: 0)
  /// Of squeeze-excite: hidden layer and gates, means of planes, weights times gates.
  private(set) var gates = 0
  private(set) var means = 0
  private(set) var scaledWeights = 0
  /// Scratch of one worker: the windows of a chain, then what its stages need.
  private(set) var scratch = 0

  var threads = 1

  static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  mutating func reserve(intermediate index: Int, _ count: Int) {
    if index % 2 == 0 {
      regions.first = max(regions.first, Self.aligned(count))
    } else {
      regions.second = max(regions.second, Self.aligned(count))
    }
  }

  mutating func reserve(gates count: Int) { gates = max(gates, Self.aligned(count)) }
  mutating func reserve(means count: Int) { means = max(means, Self.aligned(count)) }
  mutating func reserve(scaledWeights count: Int) {
    scaledWeights = max(scaledWeights, Self.aligned(count))
  }
  mutating func reserve(scratch count: Int) { scratch = max(scratch, Self.aligned(count)) }

  func offset(ofIntermediate index: Int) -> Int { index % 2 == 0 ? 0 : regions.first }
  var offsetOfGates: Int { regions.first + regions.second }
  var offsetOfMeans: Int { offsetOfGates + gates }
  var offsetOfScaledWeights: Int { offsetOfMeans + means }
  func offset(ofScratch worker: Int) -> Int {
    offsetOfScaledWeights + scaledWeights + worker * scratch
  }
  var count: Int { offset(ofScratch: threads) }
}

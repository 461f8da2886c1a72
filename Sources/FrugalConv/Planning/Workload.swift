/// How much of each kind of work one run does, on one thread.
public struct Workload: Sendable {
  private var amounts = [Double](repeating: 0, count: CostTerm.allCases.count)

  /// The amount of a kind of work.
  public internal(set) subscript(term: CostTerm) -> Double {
    get { amounts[term.rawValue] }
    set { amounts[term.rawValue] = newValue }
  }
}

extension Workload {
  /// The work of all passes. It does not depend on the number of threads.
  init(_ convolution: Convolution, _ stages: [PlannedStage], _ passes: [Pass]) {
    let memory = MemoryTraffic(convolution, stages, passes)
    for (index, pass) in passes.enumerated() {
      self[.passes] += 1
      memory.add(index, to: &self)
      for stage in pass.stages {
        let pieces = RowPiece.cut(stages[stage], at: stage, pass.chain)
        let images = Double(stages[stage].written.images)
        var once = Workload()
        once.add(
          stages[stage], pieces, pass.chain,
          residual: stage == stages.count - 1 ? convolution.residual : nil)
        add(once, times: images)
      }
      if let chain = pass.chain { add(chain) }
    }
  }

  mutating func add(_ other: Workload, times: Double) {
    for index in amounts.indices { amounts[index] += times * other.amounts[index] }
  }

  /// What a chain carries from strip to strip.
  private mutating func add(_ chain: Chain) {
    for step in chain.slabs.joined() where !step.kept.isEmpty {
      let shape = chain.windows[step.stage].shape
      let images = Double(shape.images)
      let channels = chain.blocks.reduce(0) { $0 + ($1?.count ?? shape.channels) }
      self[.epilogueFloats] += images * Double(channels * step.kept.count * shape.width)
      self[.epilogueRows] += images * Double(channels)
      self[.kernelCalls] += images * Double(chain.blocks.count)
    }
  }

  /// One stage of one image.
  private mutating func add(
    _ planned: PlannedStage, _ pieces: [RowPiece], _ chain: Chain?, residual: Residual?
  ) {
    let epilogue = EpilogueNeeds(
      bias: planned.stage.bias, activation: planned.stage.activation, residual: residual)
    let output: MapShape
    switch planned.work {
    case .matrix(let matrix):
      // Parts of fused products follow the threads, and change only how they end together.
      let parts = chain?.blocks.count ?? (matrix.engine == .fused ? 1 : matrix.parts)
      add(matrix, pieces, parts: parts, epilogue)
      output = matrix.output
    case .channelwise(let channelwise):
      add(channelwise, pieces, epilogue)
      output = channelwise.output
    }
    guard let squeezeExcite = planned.stage.squeezeExcite else { return }
    let (channels, hidden) = (output.channels, squeezeExcite.hidden)
    self[.meanFloats] += Double(channels * output.planeSize)
    self[.epilogueRows] += Double(channels)
    self[.tasks] += 2
    addFused(outputs: hidden, depth: channels, blocks: 1, columns: 1)
    addFused(outputs: channels, depth: hidden, blocks: 1, columns: 1)
    if planned.excitation == .planes {
      self[.scaledFloats] += Double(channels * output.planeSize)
      self[.epilogueRows] += Double(channels)
    }
  }
}

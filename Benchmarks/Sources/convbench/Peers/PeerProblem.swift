import FrugalConv

/// A block on a shape, as ours and the peers run it: weights and input are the same numbers.
struct PeerProblem {
  /// Of one block.
  let multiplyAdds: Int
  /// Blocks of the shorter and of the longer chain.
  let chains: [Int]
  let input: [Float]
  /// Our chains.
  let ours: [any Contestant]
  /// What one block makes of the input.
  let expected: [Float]
  /// The blocks of the longer chain.
  let blocks: [[PeerLayer]]

  /// Random numbers for a block; what the peers read of them goes where `description` says.
  init(
    _ block: PeerBlock, _ shape: MapShape, _ options: PeerOptions, _ description: PeerDescription
  ) throws {
    let convolution = try block.convolution(shape.channels)
    multiplyAdds = try convolution.costs(for: shape).multiplyAdds
    let chains = Self.chains(multiplyAdds: multiplyAdds, isBinary: block.isBinary)
    var random = RandomNumbers(seed: 1)
    input = random.floats(shape.count)
    let parameters = (0..<chains[1]).map { _ in random.parameters(for: convolution) }
    let map = try FeatureMap(input, shape: shape)

    if block.isBinary {
      let plan = try convolution.binaryPlan(
        for: shape, encoding: Signs.self,
        BinaryOptions(padding: .ones, threads: options.threads, level: options.level))
      let weights = try parameters.map { stages in
        try plan.pack(stages.map { BinaryParameters(weights: $0.weights) })
      }
      let bits = try BitMap<Signs>(map.view, .sign)
      let ours = try chains.map { try PlanChain(plan, Array(weights.prefix($0)), bits) }
      try ours[0].run()
      expected = try ours[0].output.unpacked().array()
      self.ours = ours
    } else {
      let plan = try convolution.plan(
        for: shape, PlanOptions(threads: options.threads, level: options.level))
      let weights = try parameters.map { try plan.pack($0) }
      let ours = try chains.map { try PlanChain(plan, Array(weights.prefix($0)), map) }
      try ours[0].run()
      expected = ours[0].output.array()
      self.ours = ours
    }
    self.chains = chains
    blocks = try parameters.enumerated().map { index, parameters in
      block.isBinary
        ? [try description.binaryLayer(convolution, parameters, name: "\(index)")]
        : try description.layers(convolution, parameters, name: "\(index)")
    }
  }

  /// Blocks of both chains: the longer one has enough more to outlast the clock's noise, for which
  /// blocks in one bit must be more, being shorter.
  static func chains(multiplyAdds: Int, isBinary: Bool = false) -> [Int] {
    let enough = isBinary ? 500_000_000 : 100_000_000
    return [1, 1 + min(16, max(2, enough / max(1, multiplyAdds)))]
  }
}

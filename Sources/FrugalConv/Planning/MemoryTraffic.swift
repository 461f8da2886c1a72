/// What the passes of a run read and write beyond the caches, when runs follow one another.
struct MemoryTraffic {
  /// Floats of a pass's operands.
  private struct Operands {
    let input, output, weights, residual: Double
    /// The stages in between read and write windows.
    let windows: Double
    /// How often the weights are gone through, and the floats that come between two times.
    let weightUses, floatsBetweenUses: Double
    /// How often the input is gone through, once for each block of channels.
    let inputUses: Double
  }

  private let passes: [Operands]

  init(_ convolution: Convolution, _ stages: [PlannedStage], _ passes: [Pass]) {
    self.passes = passes.map { pass in
      let (first, last) = (stages[pass.stages.lowerBound], stages[pass.stages.upperBound - 1])
      let output = Double(last.written.count)
      let isLast = pass.stages.upperBound == stages.count
      let isAdded = isLast && convolution.residual != nil
      let weights = stages[pass.stages].reduce(0) { $0 + Double($1.matrix?.weightCount ?? 0) }
      let strips =
        Double(pass.chain?.strips ?? first.matrix?.stripsOfOneThread ?? first.strips)
        * Double(last.written.images)
      return Operands(
        input: Double(first.input.count), output: output, weights: weights,
        residual: isAdded ? output : 0,
        windows: stages[pass.stages].dropLast().reduce(0) { $0 + 2 * Double($1.written.count) },
        weightUses: last.matrix?.isFullyConnected == true ? 1 : strips,
        floatsBetweenUses: weights + (Double(first.input.count) + output) / strips,
        inputUses: stages[pass.stages.lowerBound].matrix == nil
          ? 1 : Double(pass.chain?.blocks.count ?? 1))
    }
  }

  /// Floats that pass through the caches from one run to the next.
  private var footprint: Double {
    passes.reduce(passes[0].input) { $0 + $1.output + $1.weights + $1.residual }
  }

  /// Adds what one pass moves.
  func add(_ index: Int, to work: inout Workload) {
    let pass = passes[index]
    // A map in between comes back after it and what it was made of have passed.
    func distance(behind pass: Int) -> Double {
      let (made, next) = (passes[pass], pass + 1)
      return next == passes.count ? footprint : made.input + made.output + made.weights
    }
    let read = index == 0 ? footprint : distance(behind: index - 1)
    let written = distance(behind: index)
    work.read(pass.input, after: read)
    work.read(pass.input * (pass.inputUses - 1), after: pass.input + pass.output / pass.inputUses)
    work.read(pass.residual, after: footprint)
    work.read(pass.weights, after: footprint)
    work.read(pass.weights * (pass.weightUses - 1), after: pass.floatsBetweenUses)
    work.write(pass.output, after: written)
    work[.floatsBeyondFirst] +=
      pass.input * pass.inputUses * CacheSize.missed(CacheSize.first, after: 4 * read)
      + pass.output * CacheSize.missed(CacheSize.first, after: 4 * written)
      + pass.windows
  }
}

extension Workload {
  fileprivate mutating func read(_ floats: Double, after others: Double) {
    self[.readBeyondSecond] += floats * CacheSize.missed(CacheSize.second, after: 4 * others)
    self[.readBeyondThird] += floats * CacheSize.missed(CacheSize.third, after: 4 * others)
  }

  fileprivate mutating func write(_ floats: Double, after others: Double) {
    self[.writtenBeyondSecond] += floats * CacheSize.missed(CacheSize.second, after: 4 * others)
    self[.writtenBeyondThird] += floats * CacheSize.missed(CacheSize.third, after: 4 * others)
  }
}

extension MatrixStage {
  /// Weights of all groups.
  fileprivate var weightCount: Int { outputs.channels * rows }
}

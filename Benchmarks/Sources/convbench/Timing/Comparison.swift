import FrugalConv

/// What to measure, and how thoroughly.
struct ComparisonOptions: Sendable {
  var operators = ComparedOperator.allCases
  var shapes = MapShape.mobileNetStages + MapShape.cifarStages
  var threads: [Int]
  var rounds = 40
  var networkRounds = 40
  var cold = false
  var networks: [String] = []
  var level: Level
  var executor = Executor.automatic
}

/// The rows of the comparison, shape by shape and thread count by thread count.
struct Comparison {
  let options: ComparisonOptions
  private let peak: PeakBurst
  private let progress: Progress

  init(_ options: ComparisonOptions, progress: Progress) throws {
    self.options = options
    self.progress = progress
    peak = try PeakBurst(options.level)
  }

  func report() throws -> Report {
    var rows: [Row] = []
    var networks: [NetworkRow] = []
    let lists = try options.networks.map { try NetworkList($0) }
    let machine = try Machine.measured(level: options.level, threads: options.threads)
    for threads in options.threads {
      for shape in options.shapes { rows += try self.rows(shape, threads: threads) }
      for list in lists { networks.append(try network(list, threads: threads)) }
    }
    progress.finish()
    return Report(machine: machine, rows: rows, networks: networks)
  }

  /// Bytes that each contestant rotates through.
  private var coldBytes: Int { options.cold ? 2 * Machine.lastLevelCache() : 0 }

  private func entrant(
    _ compared: ComparedOperator, _ shape: MapShape, _ threads: Int
  ) throws -> Entrant {
    let convolution = try compared.convolution(shape.channels)
    if compared.isBinary {
      let plan = try convolution.binaryPlan(
        for: shape, encoding: Signs.self, BinaryOptions(threads: threads, level: options.level))
      return try Entrant(compared, plan, coldBytes: coldBytes)
    }
    return try Entrant(
      compared, plan(convolution, shape, threads, compared.weightFormat), coldBytes: coldBytes)
  }

  private func plan(
    _ convolution: Convolution, _ shape: MapShape, _ threads: Int,
    _ weights: WeightFormat = .float32
  ) throws -> Plan {
    try convolution.plan(
      for: shape,
      PlanOptions(
        threads: threads, level: options.level, executor: options.executor, weightFormat: weights))
  }

  /// All operators on one shape, interleaved.
  private func rows(_ shape: MapShape, threads: Int) throws -> [Row] {
    // The accumulated form is one chain of calls on one thread, on a map that it lays out itself.
    // OpenBLAS knows no weights but floats.
    let operators = options.operators.filter {
      ($0 != .shiftAccumulated || (threads == 1 && !options.cold))
        && ($0.weightFormat == .float32 || options.executor != .openBLAS)
    }
    let entrants = try operators.map { try entrant($0, shape, threads) }
    let contest = try Contest(
      entrants.map(\.contestant), rounds: options.rounds, peak: peak
    ) { round in
      progress.show("\(shape), \(threads) thread(s): round \(round) of \(options.rounds)")
    }
    let separable = operators.firstIndex(of: .depthwiseSeparable)
    return entrants.enumerated().map { index, entrant in
      let figures = Figures(
        contest.times[index], multiplyAdds: entrant.costs.multiplyAdds,
        peak: contest.peak * Double(threads))
      return Row(
        shape: shape.description, operator: entrant.name, executor: entrant.executor,
        threads: threads, cold: options.cold, parameters: entrant.costs.parameters,
        multiplyAdds: entrant.costs.multiplyAdds, bits: entrant.bits, bytes: entrant.leastBytes,
        microseconds: figures.median, low: figures.low, high: figures.high,
        gflops: figures.gflops, shareOfPeak: figures.shareOfPeak,
        vsDepthwise: separable.map { contest.ratio(index, to: $0) },
        vsPlain: operators[index].plain.flatMap { operators.firstIndex(of: $0) }.map {
          contest.ratio(index, to: $0)
        })
    }
  }

  /// All layers of a network, interleaved; their sum is taken round by round.
  private func network(_ list: NetworkList, threads: Int) throws -> NetworkRow {
    let contestants = try list.layers.map {
      try PlanContestant(plan($0.convolution, $0.input, threads), coldBytes: coldBytes)
    }
    let contest = try Contest(contestants, rounds: options.networkRounds, peak: peak) { round in
      progress.show(
        "\(list.name), \(threads) thread(s): round \(round) of \(options.networkRounds)")
    }
    let peak = contest.peak * Double(threads)
    let sums = (0..<options.networkRounds).map { round in
      zip(list.layers, contest.times).reduce(0) { $0 + Double($1.0.count) * $1.1[round] }
    }
    let total = Figures(sums, multiplyAdds: list.multiplyAdds, peak: peak)
    let layers = zip(list.layers, contest.times).map { layer, times in
      let figures = Figures(times, multiplyAdds: layer.multiplyAdds, peak: peak)
      return NetworkRow.Layer(
        name: layer.name, operator: layer.operatorName, shape: layer.input.description,
        count: layer.count, parameters: layer.count * layer.parameters,
        multiplyAdds: layer.count * layer.multiplyAdds, microseconds: figures.median,
        low: figures.low, high: figures.high, shareOfPeak: figures.shareOfPeak)
    }
    return NetworkRow(
      network: list.name, threads: threads, parameters: list.parameters,
      multiplyAdds: list.multiplyAdds, microseconds: total.median, low: total.low,
      high: total.high, gflops: total.gflops, shareOfPeak: total.shareOfPeak, layers: layers)
  }
}

/// An operator at the start of a contest.
private struct Entrant {
  let name: String
  let executor: String
  let costs: Costs
  /// Of a factor.
  let bits: Int
  let leastBytes: Int
  let contestant: any Contestant

  init(_ compared: ComparedOperator, _ plan: Plan, coldBytes: Int) throws {
    name = compared.rawValue
    costs = plan.costs
    bits = 32
    leastBytes = costs.leastBytes - costs.weights * (32 - plan.weightFormat.bits) / 8
    if compared == .shiftAccumulated {
      executor = "openblas"
      contestant = AccumulatedShift(plan)
    } else {
      executor = plan.executor
      contestant = try PlanContestant(plan, coldBytes: coldBytes)
    }
  }

  init(_ compared: ComparedOperator, _ plan: BinaryPlan<Signs>, coldBytes: Int) throws {
    name = compared.rawValue
    costs = try plan.convolution.costs(for: plan.inputShape)
    bits = 1
    // The input is floats, weights and output are bits.
    leastBytes = 4 * plan.inputShape.count + (costs.weights + plan.outputShape.count) / 8
    executor = "binary"
    contestant = try BinaryContestant(plan, coldBytes: coldBytes)
  }
}

/// Times of many rounds, in brief.
private struct Figures {
  let median, low, high, gflops, shareOfPeak: Double

  /// Microseconds, and GFLOP/s of all threads together at best.
  init(_ times: [Double], multiplyAdds: Int, peak: Double) {
    median = percentile(0.5, of: times)
    low = percentile(0.1, of: times)
    high = percentile(0.9, of: times)
    gflops = 2 * Double(multiplyAdds) / median / 1000
    shareOfPeak = 2 * Double(multiplyAdds) / low / 1000 / peak
  }
}

extension WeightFormat {
  /// Of a weight.
  fileprivate var bits: Int {
    switch self {
    case .float32: 32
    case .binary: 1
    case .ternary: 2
    }
  }
}

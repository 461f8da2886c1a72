import Foundation
import FrugalConv
import FrugalFiles

/// What to measure beside other libraries, and how thoroughly.
struct PeerOptions: Sendable {
  var blocks = PeerBlock.allCases
  var shapes = MapShape.mobileNetStages
  var threads = 1
  var rounds = 15
  var level: Level
}

/// The rows of the comparison with other libraries.
///
/// Each library runs a chain of one block and a longer one; a block's time is the difference over
/// the blocks more. So a peer's call and its change of layout at both ends count for nothing; ours
/// is a chain of plan runs, whose calls between two blocks do count.
struct PeerComparison {
  let options: PeerOptions
  private let group: PeerGroup
  private let folder: String
  private let peak: PeakBurst
  private let progress: Progress

  /// Peers in processes that are ready; `folder` is for files between them and us.
  init(_ options: PeerOptions, group: PeerGroup, folder: String, progress: Progress) throws {
    self.options = options
    self.group = group
    self.folder = folder
    self.progress = progress
    peak = try PeakBurst(options.level)
  }

  func report() throws -> Report {
    let machine = try Machine.measured(level: options.level, threads: [options.threads])
    var rows: [PeerRow] = []
    for shape in options.shapes {
      for block in options.blocks { rows.append(try row(block, shape)) }
    }
    progress.finish()
    return Report(
      machine: machine, rows: [], networks: [],
      peers: PeerTable(entries: group.entries, rows: rows))
  }

  /// Blocks of both chains: the longer one has enough more to outlast the clock's noise.
  static func chains(multiplyAdds: Int) -> [Int] {
    [1, 1 + min(16, max(2, 100_000_000 / max(1, multiplyAdds)))]
  }

  private func row(_ block: PeerBlock, _ shape: MapShape) throws -> PeerRow {
    let place = "\(block.rawValue) at \(shape)"
    progress.show("\(place): preparing")
    let plan = try block.convolution(shape.channels).plan(
      for: shape, PlanOptions(threads: options.threads, level: options.level))
    let chains = Self.chains(multiplyAdds: plan.costs.multiplyAdds)
    var random = RandomNumbers(seed: 1)
    let input = random.floats(shape.count)
    let parameters = (0..<chains[1]).map { _ in random.parameters(for: plan.convolution) }

    let weights = try parameters.map { try plan.pack($0) }
    let map = try FeatureMap(input, shape: shape)
    let ours = try chains.map { try PlanChain(plan, Array(weights.prefix($0)), map) }
    try ours[0].run()
    let expected = ours[0].output.array()

    let forms = try prepare(plan, parameters, chains, input) { peer, found in
      try Self.check(peer, found, expected, place)
    }
    var contestants: [any Contestant] = ours
    for member in group.members {
      contestants += chains.indices.map { PeerChain(member.process, chain: $0) }
    }
    let contest = try Contest(
      contestants, rounds: options.rounds, sampleMicroseconds: 1500, peak: peak
    ) { round in
      progress.show("\(place), round \(round) of \(options.rounds)")
    }
    let times = stride(from: 0, to: contestants.count, by: 2).map {
      ChainTimes(
        short: contest.times[$0], long: contest.times[$0 + 1], blocks: chains[1] - chains[0])
    }
    return PeerRow(
      shape: shape.description, block: block.rawValue, threads: options.threads,
      multiplyAdds: plan.costs.multiplyAdds, chains: chains,
      ours: PeerRow.Time(PeerTable.ours, times[0]),
      peers: group.members.indices.map {
        PeerRow.Time(
          group.members[$0].peer.title, form: forms[$0], times[$0 + 1], ours: times[0])
      })
  }

  /// Has every peer compile the chains; returns the form each has chosen.
  private func prepare(
    _ plan: Plan, _ parameters: [[StageParameters]], _ chains: [Int], _ input: [Float],
    check: (_ peer: String, _ output: [Float]) throws -> Void
  ) throws -> [String] {
    let files = "\(folder)/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: files) }
    let description = PeerDescription(folder: files)
    let shape = plan.inputShape
    let blocks = try parameters.enumerated().map { index, parameters in
      try description.layers(plan.convolution, parameters, name: "\(index)")
    }
    let preparation = PeerPreparation(
      blocks: blocks,
      input: try description.write(input, [shape.channels, shape.height, shape.width], "input"),
      threads: options.threads, lengths: chains, output: "\(files)/output.npy")
    return try group.members.map { member in
      guard case .prepared(let form) = try member.process.ask(preparation) else {
        throw PeerError.failed(name: member.peer.title, reason: "it did not prepare the block")
      }
      try check(member.peer.title, NumPyArray(path: preparation.output).floats())
      return form
    }
  }

  /// Throws when a peer's result of one block is not ours to a thousandth of the largest value.
  static func check(
    _ peer: String, _ found: [Float], _ expected: [Float], _ place: String
  ) throws {
    let largest = expected.reduce(0) { max($0, $1.magnitude) }
    let differences = zip(found, expected).map { ($0 - $1).magnitude }
    let tolerance = 1e-3 * max(1, largest)
    // Said so that NaN agrees with nothing.
    guard found.count == expected.count, differences.allSatisfy({ $0 <= tolerance }) else {
      throw PeerError.disagrees(
        name: peer, block: place, difference: differences.max() ?? .infinity, largest: largest)
    }
  }
}

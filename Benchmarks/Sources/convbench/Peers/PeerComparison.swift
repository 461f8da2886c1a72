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

  private func row(_ block: PeerBlock, _ shape: MapShape) throws -> PeerRow {
    let place = "\(block.rawValue) at \(shape)"
    progress.show("\(place): preparing")
    let files = "\(folder)/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: files) }
    let description = PeerDescription(folder: files)
    let problem = try PeerProblem(block, shape, options, description)
    let members = group.members.filter { $0.peer.runs(block) }
    let preparation = PeerPreparation(
      blocks: problem.blocks,
      input: try description.write(
        problem.input, [shape.channels, shape.height, shape.width], "input"),
      threads: options.threads, lengths: problem.chains, output: "\(files)/output.npy")
    let forms = try members.map { member in
      let form = try Self.prepare(member.process, preparation)
      let found = try NumPyArray(path: preparation.output).floats()
      try Self.check(member.peer.title, found, problem.expected, place)
      return form
    }
    var contestants = problem.ours
    for member in members {
      contestants += problem.chains.indices.map { PeerChain(member.process, chain: $0) }
    }
    let contest = try Contest(
      contestants, rounds: options.rounds, sampleMicroseconds: 1500, peak: peak
    ) { round in
      progress.show("\(place), round \(round) of \(options.rounds)")
    }
    let times = stride(from: 0, to: contestants.count, by: 2).map {
      ChainTimes(
        short: contest.times[$0], long: contest.times[$0 + 1],
        blocks: problem.chains[1] - problem.chains[0])
    }
    return PeerRow(
      shape: shape.description, block: block.rawValue, threads: options.threads,
      multiplyAdds: problem.multiplyAdds, chains: problem.chains,
      ours: PeerRow.Time(PeerTable.ours, times[0]),
      peers: members.indices.map {
        PeerRow.Time(members[$0].peer.title, form: forms[$0], times[$0 + 1], ours: times[0])
      })
  }

  /// Has a peer compile the chains and write its result; returns the form it has chosen.
  private static func prepare(
    _ peer: PeerProcess, _ preparation: PeerPreparation
  ) throws -> String {
    guard case .prepared(let form) = try peer.ask(preparation) else {
      throw PeerError.failed(name: peer.name, reason: "it did not prepare the block")
    }
    return form
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

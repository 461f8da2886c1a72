import Foundation

/// Another library in a process of its own, asked by lines and answering by lines.
final class PeerProcess {
  /// As the table names it.
  let name: String
  private let process = Process()
  private let requests = Pipe()
  private let replies = Pipe()
  private var pending = Data()

  /// Starts a program; it says by itself whether it is ready.
  init(_ name: String, program: String, arguments: [String], folder: String) throws {
    // Writing to a process that has ended must be an error, not the end of this one.
    signal(SIGPIPE, SIG_IGN)
    self.name = name
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    process.standardInput = requests
    process.standardOutput = replies
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// Ends the process, which stops at the end of its requests.
  func stop() {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Sends a request and waits for the answer.
  func ask(_ request: some Encodable) throws -> PeerReply {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let line = try encoder.encode(request) + Data("\n".utf8)
    do {
      try requests.fileHandleForWriting.write(contentsOf: line)
    } catch {
      throw PeerError.ended(name: name)
    }
    return try answer()
  }

  /// The next answer; throws when there is none, or it says that the peer failed.
  func answer() throws -> PeerReply {
    let line = try nextLine()
    switch PeerReply(line: line) {
    case .failed(let reason): throw PeerError.failed(name: name, reason: reason)
    case .some(let reply): return reply
    case .none: throw PeerError.badReply(name: name, line: String(line.prefix(200)))
    }
  }

  private func nextLine() throws -> String {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending = Data(pending[(end + 1)...])
        return line
      }
      let more = replies.fileHandleForReading.availableData
      guard !more.isEmpty else { throw PeerError.ended(name: name) }
      pending += more
    }
  }
}

/// One of a peer's chains, timed by the peer's own clock.
final class PeerChain: Contestant {
  private let peer: PeerProcess
  private let index: Int

  init(_ peer: PeerProcess, chain index: Int) {
    self.peer = peer
    self.index = index
  }

  func run() throws { _ = try time(repetitions: 1) }

  func time(repetitions: Int) throws -> Double {
    let reply = try peer.ask(PeerTiming(time: index, repetitions: repetitions))
    guard case .timed(let microseconds) = reply else {
      throw PeerError.badReply(name: peer.name, line: "\(reply)")
    }
    return microseconds
  }
}

/// The libraries that are compared with.
enum Peer: String, CaseIterable, Sendable {
  case onnxRuntime = "onnxruntime"
  case openVINO = "openvino"
  case ncnn
  case xnnpack
  case larq
  case larqIndirect = "larq_indirect"

  /// As tables name it.
  var title: String {
    switch self {
    case .onnxRuntime: "ONNX Runtime"
    case .openVINO: "OpenVINO"
    case .ncnn: "ncnn"
    case .xnnpack: "XNNPACK"
    case .larq: "Larq Compute Engine"
    case .larqIndirect: "Larq (indirect)"
    }
  }

  /// Whether it has the layers of a block.
  func runs(_ block: PeerBlock) -> Bool {
    switch self {
    case .onnxRuntime, .ncnn, .xnnpack: !block.isBinary
    case .openVINO: true
    case .larq, .larqIndirect: block.isBinary
    }
  }

  /// Without it there is no comparison; any other may be missing.
  var isRequired: Bool { self == .onnxRuntime || self == .ncnn }
}

/// The peers of one comparison: processes of those that are there, reasons of those that are not.
struct PeerGroup {
  private(set) var members: [(peer: Peer, process: PeerProcess)] = []
  private(set) var entries: [PeerTable.Entry] = []

  /// Takes each peer's first word; throws when a required one is missing.
  init(_ start: (Peer) throws -> PeerProcess) throws {
    for peer in Peer.allCases {
      let process = try start(peer)
      switch Result(catching: process.answer) {
      case .success(.ready(_, let version)):
        members.append((peer, process))
        entries.append(PeerTable.Entry(name: peer.title, version: version))
      case .success(.missing(let reason)): try add(missing: peer, reason)
      case .success(let reply):
        throw PeerError.badReply(name: peer.title, line: "\(reply)")
      case .failure(let error): try add(missing: peer, "\(error)")
      }
    }
  }

  private mutating func add(missing peer: Peer, _ reason: String) throws {
    guard !peer.isRequired else {
      throw PeerError.requiredPeerMissing(name: peer.title, reason: reason)
    }
    entries.append(PeerTable.Entry(name: peer.title, missing: reason))
  }

  /// Ends the processes.
  func stop() { for member in members { member.process.stop() } }
}

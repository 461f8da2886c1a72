import Foundation

/// Asks a peer to compile chains of equal blocks.
struct PeerPreparation: Encodable, Equatable {
  /// As many blocks as the longest chain has.
  var blocks: [[PeerLayer]]
  /// A file with the map `[C, H, W]`.
  var input: String
  var threads: Int
  /// Blocks of each chain.
  var lengths: [Int]
  /// Where the result of the first chain goes.
  var output: String
}

/// Asks a peer to run a chain by the clock.
struct PeerTiming: Encodable, Equatable {
  /// Which of the chains.
  var time: Int
  var repetitions: Int
}

/// What a peer answers, or says at its start.
enum PeerReply: Equatable {
  case ready(peer: String, version: String)
  case missing(reason: String)
  /// Prepared, in the named form where a block has several.
  case prepared(form: String)
  case timed(microseconds: Double)
  case failed(reason: String)

  /// Nil when the line says none of these.
  init?(line: String) {
    struct Object: Decodable {
      var peer, version, missing, form, error: String?
      var microseconds: Double?
    }
    guard let object = try? JSONDecoder().decode(Object.self, from: Data(line.utf8)) else {
      return nil
    }
    if let reason = object.error {
      self = .failed(reason: reason)
    } else if let reason = object.missing {
      self = .missing(reason: reason)
    } else if let peer = object.peer, let version = object.version {
      self = .ready(peer: peer, version: version)
    } else if let form = object.form {
      self = .prepared(form: form)
    } else if let microseconds = object.microseconds, microseconds > 0 {
      self = .timed(microseconds: microseconds)
    } else {
      return nil
    }
  }
}

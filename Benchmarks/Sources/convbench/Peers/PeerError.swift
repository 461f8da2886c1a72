/// What keeps a comparison with other libraries from being made.
enum PeerError: Error, Equatable, CustomStringConvertible {
  case environment(reason: String)
  case requiredPeerMissing(name: String, reason: String)
  case ended(name: String)
  case failed(name: String, reason: String)
  case badReply(name: String, line: String)
  case disagrees(name: String, block: String, difference: Float, largest: Float)
  case notDescribable(String)

  var description: String {
    switch self {
    case .environment(let reason): "the peers' Python environment: \(reason)"
    case .requiredPeerMissing(let name, let reason): "\(name) must run, but is missing: \(reason)"
    case .ended(let name): "\(name) ended before its answer"
    case .failed(let name, let reason): "\(name) failed: \(reason)"
    case .badReply(let name, let line): "\(name) answered '\(line)'"
    case .disagrees(let name, let block, let difference, let largest):
      "\(name) computes something else at \(block): a difference of \(difference), "
        + "where the largest value is \(largest)"
    case .notDescribable(let what): "the peers have no layer for \(what)"
    }
  }
}

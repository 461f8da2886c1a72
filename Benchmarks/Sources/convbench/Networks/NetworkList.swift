import Foundation

/// The convolution layers of a network, read from a shape list (see `Shapes/README.md`).
struct NetworkList: Sendable {
  let name: String
  let layers: [NetworkLayer]

  /// Parameters of all layers.
  var parameters: Int { layers.reduce(0) { $0 + $1.count * $1.parameters } }

  /// Multiply-accumulate operations of all layers.
  var multiplyAdds: Int { layers.reduce(0) { $0 + $1.count * $1.multiplyAdds } }

  /// Reads one of the lists in `names`, or a file of the user's: a word with a slash or a dot is a
  /// path.
  init(_ nameOrPath: String) throws(NetworkError) {
    try self.init(Self.text(of: nameOrPath), file: nameOrPath)
  }

  /// The text of a list, named or given by its path.
  static func text(of nameOrPath: String) throws(NetworkError) -> String {
    let isPath = nameOrPath.contains("/") || nameOrPath.contains(".")
    guard isPath || names.contains(nameOrPath) else {
      throw NetworkError(file: nameOrPath, problem: .unknownNetwork(known: names))
    }
    let path = isPath ? nameOrPath : "\(folder)/\(nameOrPath).txt"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw NetworkError(file: nameOrPath, problem: .unreadable)
    }
    return text
  }

  /// Reads the text of a list; the file names the network, and the place of an error.
  init(_ text: String, file: String) throws(NetworkError) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.count <= Self.mostLines else {
      throw NetworkError(file: file, problem: .tooManyLines(most: Self.mostLines))
    }
    var layers: [NetworkLayer] = []
    for (index, line) in lines.enumerated() {
      do {
        guard let layer = try NetworkLayer(line: line) else { continue }
        layers.append(layer)
      } catch {
        throw NetworkError(file: file, problem: .line(index + 1, error))
      }
    }
    guard !layers.isEmpty else { throw NetworkError(file: file, problem: .noLayers) }
    name = URL(filePath: file).deletingPathExtension().lastPathComponent
    self.layers = layers
  }

  /// The published networks, sorted by name.
  static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
  }

  /// More lines are no network; with `NetworkLayer.mostOperations` no sum of a list overflows.
  static let mostLines = 1 << 14

  /// `Benchmarks/Shapes`, four steps above this file.
  private static let folder = (0..<4)
    .reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }
    .appending(component: "Shapes").path
}

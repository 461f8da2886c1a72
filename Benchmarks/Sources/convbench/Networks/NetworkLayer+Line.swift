import FrugalConv

extension NetworkLayer {
  /// Reads a line `name operator CxHxW -> outputs key=value …`; nil when only a comment or nothing
  /// stands there.
  init?(line: Substring) throws(LineError) {
    let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
    guard let name = words.first, let last = words.last else { return nil }
    let parts = ["a name", "an operator", "an input shape", "'->'", "output channels"]
    guard words.count >= parts.count else {
      throw LineError(word: String(last), problem: .missing(what: "\(parts[words.count]) after it"))
    }
    guard words[3] == "->" else {
      throw LineError(word: String(words[3]), problem: .missing(what: "'->' before it"))
    }
    guard let layerOperator = LayerOperator(rawValue: String(words[1])) else {
      throw LineError(
        word: String(words[1]),
        problem: .unknownOperator(known: LayerOperator.allCases.map(\.rawValue)))
    }
    var input = try Self.shape(words[2])
    let outputs = try LayerOptions.number(words[4])
    let options = try LayerOptions(words.dropFirst(5), of: layerOperator)
    input.images = options.images
    guard layerOperator != .fullyConnected || input.planeSize == 1 else {
      throw LineError(word: String(words[2]), problem: .notOnePixel)
    }

    let convolution: Convolution
    let output: MapShape
    let costs: Costs
    do {
      convolution = try layerOperator.convolution(input.channels, outputs, options)
      output = try convolution.outputShape(for: input)
      costs = try convolution.costs(for: input)
    } catch {
      throw LineError(word: String(name), problem: .invalidConvolution(error))
    }
    guard output.channels == outputs else {
      throw LineError(
        word: String(words[4]), problem: .outputsDiffer(convolution: output.channels))
    }
    let normalised = options.norm == .batch
    let parameters = costs.parameters + (normalised ? outputs : 0)
    guard max(parameters, costs.multiplyAdds) <= Self.mostOperations / options.count else {
      throw LineError(word: String(name), problem: .tooManyOperations)
    }

    self.init(
      name: String(name), operatorName: layerOperator.rawValue, input: input, output: output,
      convolution: convolution, count: options.count, normalised: normalised,
      parameters: parameters, multiplyAdds: costs.multiplyAdds)
  }

  /// Operations or parameters of a line; far beyond what can be timed.
  static let mostOperations = 1 << 48

  /// A shape `CxHxW`.
  private static func shape(_ word: Substring) throws(LineError) -> MapShape {
    let extents = word.split(separator: "x", omittingEmptySubsequences: false)
    guard extents.count == 3, !extents.contains("") else {
      throw LineError(word: String(word), problem: .malformedShape)
    }
    return MapShape(
      channels: try LayerOptions.number(extents[0]), height: try LayerOptions.number(extents[1]),
      width: try LayerOptions.number(extents[2]))
  }
}

extension LayerOptions {
  /// Reads the words `key=value` of an operator, each key once, none that it needs left out.
  init(_ words: ArraySlice<Substring>, of layerOperator: LayerOperator) throws(LineError) {
    self.init()
    let known = layerOperator.neededKeys + layerOperator.optionalKeys
    var found: Set<LayerKey> = []
    for word in words {
      let keyAndValue = word.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = LayerKey(rawValue: String(keyAndValue[0])), known.contains(key) else {
        throw LineError(
          word: String(keyAndValue[0]), problem: .unknownKey(known: known.map(\.rawValue)))
      }
      guard keyAndValue.count == 2, !keyAndValue[1].isEmpty else {
        throw LineError(word: String(word), problem: .missing(what: "a value after '='"))
      }
      guard found.insert(key).inserted else {
        throw LineError(word: String(word), problem: .repeatedKey)
      }
      try set(key, to: keyAndValue[1])
    }
    for key in layerOperator.neededKeys where !found.contains(key) {
      throw LineError(
        word: layerOperator.rawValue, problem: .missing(what: "'\(key.rawValue)='"))
    }
  }
}

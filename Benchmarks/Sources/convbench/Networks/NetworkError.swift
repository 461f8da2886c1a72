import FrugalConv

/// What is wrong with a shape list, and where.
struct NetworkError: Error, Hashable {
  let file: String
  let problem: Problem

  enum Problem: Hashable {
    case unknownNetwork(known: [String])
    case unreadable
    case noLayers
    case tooManyLines(most: Int)
    /// The line is counted from 1.
    case line(Int, LineError)
  }
}

/// What is wrong with one line of a shape list.
struct LineError: Error, Hashable {
  /// The word that is wrong; for what is missing, the word that needs it.
  let word: String
  let problem: Problem

  enum Problem: Hashable {
    case missing(what: String)
    case unknownOperator(known: [String])
    case unknownKey(known: [String])
    case repeatedKey
    case unknownValue(known: [String])
    case malformedShape
    case malformedNumber
    case outOfRange(ClosedRange<Int>)
    case outputsDiffer(convolution: Int)
    case notOnePixel
    case tooManyOperations
    case invalidConvolution(FrugalConvError)
  }
}

extension NetworkError: CustomStringConvertible {
  var description: String {
    switch problem {
    case .unknownNetwork(let known):
      "no network '\(file)'; there are \(known.joined(separator: ", "))"
    case .unreadable: "\(file): cannot be read as text in UTF-8"
    case .noLayers: "\(file): no line describes a layer"
    case .tooManyLines(let most): "\(file): more than \(most) lines"
    case .line(let number, let error): "\(file):\(number): \(error)"
    }
  }
}

extension LineError: CustomStringConvertible {
  var description: String { "'\(word)': \(problem)" }
}

extension LineError.Problem: CustomStringConvertible {
  var description: String {
    switch self {
    case .missing(let what): "needs \(what)"
    case .unknownOperator(let known):
      "no such operator; there are \(known.joined(separator: ", "))"
    case .unknownKey(let known):
      "no key of this operator; there are \(known.joined(separator: ", "))"
    case .repeatedKey: "stands twice"
    case .unknownValue(let known): "must be one of \(known.joined(separator: ", "))"
    case .malformedShape: "must be channels x height x width, such as 64x56x56"
    case .malformedNumber: "must be a whole number"
    case .outOfRange(let range): "must be \(range.lowerBound) to \(range.upperBound)"
    case .outputsDiffer(let convolution): "the convolution has \(convolution) output channels"
    case .notOnePixel: "a fully connected layer takes a map of one pixel, such as 512x1x1"
    case .tooManyOperations: "the layer needs more operations than can be timed"
    case .invalidConvolution(let error): "\(error)"
    }
  }
}

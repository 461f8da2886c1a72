import ArgumentParser

/// The values that words separated by commas stand for; throws, naming option and word, when one
/// means nothing.
func wordList<T>(_ text: String, _ option: String, _ parse: (String) -> T?) throws -> [T] {
  let words = text.split(separator: ",").map(String.init)
  guard !words.isEmpty else { throw ValidationError("\(option): nothing given") }
  return try words.map { word in
    guard let value = parse(word) else { throw ValidationError("\(option): unknown '\(word)'") }
    return value
  }
}

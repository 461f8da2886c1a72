import FrugalConv

/// The problems of a record: ours, or a user's shape list.
struct ProblemList {
  /// Lines of a shape list; none for the built-in problems.
  let lines: [String]
  let problems: [Problem]

  /// The built-in problems.
  init() throws {
    lines = []
    problems = try Problem.builtIn()
  }

  /// What `--problems` names: a shape list; without it the built-in problems.
  init(option: String?) throws {
    if let option {
      try self.init(NetworkList.text(of: option), file: option)
    } else {
      try self.init()
    }
  }

  /// The layers of a shape list. Throws when two have one name.
  init(
    _ text: String, file: String, numbers: Problem.Numbers = .floats(weights: .float32)
  ) throws {
    let layers = try NetworkList(text, file: file).layers
    var names: Set<String> = []
    for layer in layers where !names.insert(layer.name).inserted {
      throw RecordError(file: file, problem: .repeatedName(layer.name))
    }
    problems = try layers.map { try Problem($0, numbers: numbers) }
    lines = text.split(whereSeparator: \.isNewline).map(String.init)
      .filter { !$0.drop(while: \.isWhitespace).isEmpty && $0.first != "#" }
  }
}

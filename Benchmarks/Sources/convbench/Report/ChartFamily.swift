/// Kinds of operators; each has a colour.
enum ChartFamily: String, CaseIterable {
  case pointwise, depthwise, shift, interleaved, window, binary, other

  /// Judged by the name, for the report knows no more.
  init(operator name: String) {
    func contains(_ words: String...) -> Bool { words.contains { name.contains($0) } }
    self =
      if contains("binary") {
        .binary
      } else if contains("igc") {
        .interleaved
      } else if contains("shift") {
        .shift
      } else if contains("depthwise", "mobilenet") || name.hasPrefix("ds-") {
        .depthwise
      } else if contains("pointwise", "weights") {
        .pointwise
      } else if contains("dense", "grouped", "window") {
        .window
      } else {
        .other
      }
  }

  /// As the legend names it.
  var title: String {
    switch self {
    case .pointwise: "pointwise"
    case .depthwise: "depthwise"
    case .shift: "shift"
    case .interleaved: "interleaved groups"
    case .window: "dense and grouped"
    case .binary: "one bit"
    case .other: "other"
    }
  }
}

/// The operators of a report, family by family, each with a mark of its own within the family.
struct ChartOperators {
  struct Key {
    let name: String
    let family: ChartFamily
    let mark: ChartMark
    /// Place among all operators.
    let index: Int
  }

  private(set) var keys: [Key] = []

  init(_ rows: [Row]) {
    let names = rows.inGroups(by: \.operator).map(\.key)
    for family in ChartFamily.allCases {
      let members = names.filter { ChartFamily(operator: $0) == family }
      for (number, name) in members.enumerated() {
        let mark = ChartMark.allCases[number % ChartMark.allCases.count]
        keys.append(Key(name: name, family: family, mark: mark, index: keys.count))
      }
    }
  }

  /// The families that occur.
  var families: [ChartFamily] { keys.inGroups(by: \.family).map(\.key) }
}

/// The forms of a plot's marks.
enum ChartMark: CaseIterable {
  case circle, square, diamond, up, down, cross

  /// The outline around the origin, as a path.
  var path: HTML {
    switch self {
    case .circle: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"
    case .square: "M-4 -4h8v8h-8z"
    case .diamond: "M0 -5.6L5.6 0L0 5.6L-5.6 0z"
    case .up: "M0 -5.2L5.2 4.2H-5.2z"
    case .down: "M0 5.2L5.2 -4.2H-5.2z"
    case .cross: "M-1.8 -5h3.6v3.2h3.2v3.6h-3.2v3.2h-3.6v-3.2h-3.2v-3.6h3.2z"
    }
  }
}

/// The rows that are drawn together: of one thread count, with warm or with cold operands.
struct ChartPanel {
  let rows: [Row]
  let title: String

  /// The rows of each shape.
  var shapes: [(key: String, members: [Row])] { rows.inGroups(by: \.shape) }
}

extension Report {
  /// The panels, in the order of the rows.
  var panels: [ChartPanel] {
    struct Key: Hashable {
      let threads: Int
      let cold: Bool
    }
    let hasBoth = Set(rows.map(\.cold)).count == 2
    return rows.inGroups { Key(threads: $0.threads, cold: $0.cold) }.map { key, members in
      let operands = key.cold ? ", operands from memory" : hasBoth ? ", operands from cache" : ""
      return ChartPanel(rows: members, title: NumberText.threads(key.threads) + operands)
    }
  }
}

extension Array {
  /// The elements of equal keys together, in order of their first.
  func inGroups<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, members: [Element])] {
    var groups: [(key: Key, members: [Element])] = []
    var places: [Key: Int] = [:]
    for element in self {
      let key = key(element)
      if let place = places[key] {
        groups[place].members.append(element)
      } else {
        places[key] = groups.count
        groups.append((key, [element]))
      }
    }
    return groups
  }
}

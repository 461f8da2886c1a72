extension Wisdom {
  // frugalconv wisdom 1
  // [AMD EPYC; FrugalConv 1.0.0; OpenBLAS 0.3.21 Zen; avx2]
  // 64x56x56 none:1x1/1x64by1-64by1/bias => fused 13301000.0
  // end 1
  private static let magic = "frugalconv wisdom"
  private static let format = 1
  /// Far more than all layers of all networks take.
  private static let mostBytes = 1 << 24

  /// Reads what `write(to:)` wrote.
  ///
  /// Throws, with the line, when the file cannot be read, is longer than 16 MiB, has another format
  /// version, or is damaged or cut short anywhere.
  public init(contentsOf path: String) throws(FrugalConvError) {
    let bytes = try readFile(path, most: Self.mostBytes)
    try self.init(text: String(decoding: bytes, as: UTF8.self))
  }

  /// Writes a text file, in one step: whoever reads the path at any moment finds the old file or
  /// the new one.
  ///
  /// Throws, and leaves what was there, when the file cannot be written.
  public func write(to path: String) throws(FrugalConvError) {
    try replaceFile(path, with: Array(text.utf8))
  }

  /// The text of a file, in the same order every time.
  var text: String {
    var lines = ["\(Self.magic) \(Self.format)"]
    for (machine, problems) in entries.sorted(by: { $0.key < $1.key }) {
      lines.append("[\(machine)]")
      for (problem, entry) in problems.sorted(by: { $0.key < $1.key }) {
        lines.append("\(problem) => \(entry.candidate) \(entry.time)")
      }
    }
    lines.append("end \(count)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads the text of a file.
  init(text: String) throws(FrugalConvError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let version = Int(lines[0], after: Self.magic) else { throw .wisdomDamaged(line: 1) }
    guard version == Self.format else {
      throw .wisdomVersion(expected: Self.format, found: version)
    }
    var machine: String?
    for (index, line) in lines.enumerated().dropFirst() {
      let damage = FrugalConvError.wisdomDamaged(line: index + 1)
      if let known = Int(line, after: "end") {
        guard known == count, index == lines.count - 2, lines[index + 1].isEmpty else {
          throw damage
        }
        return
      }
      if line.first == "[", line.last == "]", line.count > 2 {
        machine = String(line.dropFirst().dropLast())
        continue
      }
      guard let machine, let (problem, entry) = Entry.read(line),
        entries[machine]?[problem] == nil
      else { throw damage }
      entries[machine, default: [:]][problem] = entry
    }
    throw .wisdomDamaged(line: lines.count)
  }
}

extension Wisdom.Entry {
  /// Reads a line `problem => candidate time`.
  fileprivate static func read(_ line: Substring) -> (String, Self)? {
    let arrow = " => "
    guard let arrowStart = line.firstRange(of: arrow), arrowStart.lowerBound > line.startIndex,
      let lastSpace = line.lastIndex(of: " "), lastSpace >= arrowStart.upperBound,
      let candidate = candidate(line[arrowStart.upperBound..<lastSpace]),
      let time = Double(line[line.index(after: lastSpace)...]), time.isFinite, time > 0
    else { return nil }
    return (
      String(line[..<arrowStart.lowerBound]), Wisdom.Entry(candidate: candidate, time: time)
    )
  }

  /// The words themselves, when they name a candidate.
  private static func candidate(_ words: Substring) -> String? {
    guard Candidate(words) != nil || BinaryCandidate(words) != nil else { return nil }
    return String(words)
  }
}

extension Int {
  /// The number behind a word and a space, when there is nothing else.
  fileprivate init?(_ line: Substring, after word: String) {
    guard line.hasPrefix(word + " ") else { return nil }
    self.init(line.dropFirst(word.count + 1))
  }
}

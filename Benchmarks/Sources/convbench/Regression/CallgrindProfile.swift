/// Instructions per function, read from a file that callgrind wrote with uncompressed names.
struct CallgrindProfile {
  /// Instructions of a function and of what it calls.
  private(set) var inclusive: [String: Int] = [:]
  /// Instructions in the code of each object file, without what it calls elsewhere.
  private(set) var byObject: [String: Int] = [:]

  /// A function's block is `fn=` and lines of costs; the cost line behind `calls=` is that of the
  /// called function, inclusive.
  init(_ text: String) {
    var object = ""
    var function = ""
    var isCall = false
    for line in text.split(separator: "\n") {
      if let name = line.value(of: "ob=") {
        object = name
      } else if let name = line.value(of: "fn=") {
        function = name
      } else if line.hasPrefix("calls=") {
        isCall = true
      } else if line.first?.isNumber == true {
        let cost = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        inclusive[function, default: 0] += cost
        if !isCall { byObject[object, default: 0] += cost }
        isCall = false
      }
    }
  }
}

extension Substring {
  fileprivate func value(of key: String) -> String? {
    hasPrefix(key) ? String(dropFirst(key.count)) : nil
  }
}

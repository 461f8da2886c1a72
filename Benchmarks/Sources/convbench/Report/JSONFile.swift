import Foundation

extension Report {
  /// Writes the report as one object: machine, rows, networks.
  func writeJSON(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // JSON has no such numbers, and one of them must not cost the whole report.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try (encoder.encode(self) + Data("\n".utf8)).writeWhole(to: path)
  }
}

extension Data {
  /// Writes all or nothing; what is no regular file, such as /dev/stdout, is not replaced.
  func writeWhole(to path: String) throws {
    var status = stat()
    let isStream = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    try write(to: URL(fileURLWithPath: path), options: isStream ? [] : .atomic)
  }
}

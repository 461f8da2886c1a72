internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The bytes of a file. Throws when it cannot be read, and when there are more than `most`.
func readFile(_ path: String, most: Int) throws(FrugalConvError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw .fileUnreadable(path: path, code: errno) }
  defer { close(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count < 0 {
      guard errno == EINTR else { throw .fileUnreadable(path: path, code: errno) }
      continue
    }
    if count == 0 { return bytes }
    bytes += chunk[..<count]
    try requireAtMost(most, bytes.count, "the length of \(path)")
  }
}

/// Temporary files that this process has begun.
private let temporaryFiles = Atomic<Int>(0)

/// Puts a file of these bytes where a file may be: whoever opens the path finds all of either.
/// Throws, and leaves what was there, when it cannot be written.
func replaceFile(_ path: String, with bytes: [UInt8]) throws(FrugalConvError) {
  let number = temporaryFiles.add(1, ordering: .relaxed).newValue
  let temporary = "\(path).\(getpid())-\(number).tmp"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw .fileUnwritable(path: path, code: errno) }
  var code = writeAll(bytes, to: file)
  if code == 0, fsync(file) != 0 { code = errno }
  if close(file) != 0, code == 0 { code = errno }
  if code == 0, rename(temporary, path) != 0 { code = errno }
  guard code != 0 else { return }
  unlink(temporary)
  throw .fileUnwritable(path: path, code: code)
}

/// 0, or the code of the error that stopped it.
private func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
  var written = 0
  while written < bytes.count {
    let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    if count > 0 {
      written += count
    } else if count < 0, errno != EINTR {
      return errno
    }
  }
  return 0
}

/// What the system says about one of its error codes.
func systemMessage(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "?" }

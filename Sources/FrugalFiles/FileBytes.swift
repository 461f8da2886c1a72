#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The most bytes asked of one system call; Darwin refuses more than 2 GiB.
private let largestTransfer = 1 << 30

/// The whole content of a regular file.
func readFile(_ path: String) throws(NumPyError) -> [UInt8] {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  let file = try openFile(path, O_RDONLY | O_NONBLOCK, for: path)
  defer { _ = close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw failure("fstat", path) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(path: path) }
  let size = Int(status.st_size)
  guard size > 0 else { return [] }  // filling it would write to the one empty array all share

  return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count throws(NumPyError) in
    while count < size {
      let rest = UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
      let transferred = read(file, rest.baseAddress, min(rest.count, largestTransfer))
      if transferred == 0 { break }  // The file was cut short meanwhile.
      if transferred > 0 {
        count += transferred
      } else if errno != EINTR {
        throw failure("read", path)
      }
    }
  }
}

/// Makes the bytes the content of the file, or fails and leaves whatever was there.
///
/// They go to a temporary file in the same folder first: renaming within a folder replaces the
/// old file at one stroke.
func writeFile(_ path: String, _ bytes: [UInt8]) throws(NumPyError) {
  let nameStart = path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:))
  let folder = path[..<(nameStart ?? path.startIndex)]
  let random = String(UInt64.random(in: .min ... .max), radix: 16)
  let temporary = "\(folder).npy-\(random).tmp"

  let file = try openFile(temporary, O_WRONLY | O_CREAT | O_EXCL, for: path)
  do throws(NumPyError) {
    try writeAndClose(file, path, bytes)
    guard rename(temporary, path) == 0 else { throw failure("rename", path) }
  } catch {
    _ = unlink(temporary)
    throw error
  }
}

private func writeAndClose(_ file: Int32, _ path: String, _ bytes: [UInt8]) throws(NumPyError) {
  do throws(NumPyError) {
    var written = 0
    while written < bytes.count {
      let transferred = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        return write(file, rest.baseAddress, min(rest.count, largestTransfer))
      }
      if transferred >= 0 {
        written += transferred
      } else if errno != EINTR {
        throw failure("write", path)
      }
    }
  } catch {
    _ = close(file)
    throw error
  }
  // Some file systems report only now that the disk is full. An interrupted close has closed.
  guard close(file) == 0 || errno == EINTR else { throw failure("close", path) }
}

/// Opens the file `name` on behalf of a caller who knows it as `path`.
private func openFile(
  _ name: String, _ flags: Int32, for path: String
) throws(NumPyError) -> Int32 {
  // The system would take a zero byte for the end of the path, and use another file.
  guard !path.utf8.contains(0) else { throw .file(call: "open", path: path, code: EINVAL) }
  while true {
    let file = open(name, flags | O_CLOEXEC, 0o666)
    if file >= 0 { return file }
    if errno != EINTR { throw failure("open", path) }
  }
}

/// The error of the system call that has just failed.
private func failure(_ call: String, _ path: String) -> NumPyError {
  .file(call: call, path: path, code: errno)
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}

import FrugalFiles
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct FileTests {
  private let folder = TemporaryFolder()
  private let small = try! NumPyArray(shape: [2], elements: .float32([1, 2]))

  @Test func fileComesBackAndNothingElseIsLeft() throws {
    let array = try NumPyArray(shape: [300, 1000], elements: .int32(Array(0..<300_000)))
    let path = folder.path + "/array.npy"
    try array.write(to: path)
    #expect(try NumPyArray(path: path) == array)
    #expect(folder.names == ["array.npy"])
  }

  @Test func existingFileIsReplaced() throws {
    let path = folder.path + "/array.npy"
    try NumPyArray(shape: [1000], elements: .int8(.init(repeating: 1, count: 1000))).write(to: path)
    try small.write(to: path)
    #expect(try NumPyArray(path: path) == small)
  }

  #if os(Linux) || os(macOS)
    @Test func writeThatFailsHalfwayLeavesTheExistingFileUntouched() async {
      // In a process of its own, since the limit on file size holds for all of a process.
      await #expect(processExitsWith: .success) {
        let folder = TemporaryFolder()
        let path = folder.path + "/array.npy"
        let old = try NumPyArray(shape: [2], elements: .float32([1, 2]))
        try old.write(to: path)

        signal(SIGXFSZ, SIG_IGN)
        try limitFileSize(to: 4096)
        let large = NumPyArray.Elements.uint8([UInt8](repeating: 1, count: 10_000))
        #expect(throws: NumPyError.file(call: "write", path: path, code: EFBIG)) {
          try NumPyArray(shape: [10_000], elements: large).write(to: path)
        }
        #expect(try NumPyArray(path: path) == old)
        #expect(folder.names == ["array.npy"])
      }
    }
  #endif

  @Test func writeIntoMissingFolderFails() {
    let path = folder.path + "/missing/array.npy"
    #expect(throws: NumPyError.file(call: "open", path: path, code: ENOENT)) {
      try small.write(to: path)
    }
    #expect(folder.names == [])
  }

  @Test func writeOntoFolderFailsAndLeavesNoTemporaryFile() {
    let path = folder.path + "/folder"
    mkdir(path, 0o700)
    #expect(throws: NumPyError.file(call: "rename", path: path, code: EISDIR)) {
      try small.write(to: path)
    }
    #expect(folder.names == ["folder"])
  }

  @Test func writeBelowAFileLeavesThatFileUntouched() throws {
    let path = folder.path + "/array.npy"
    try small.write(to: path)
    #expect(throws: NumPyError.file(call: "open", path: path + "/x", code: ENOTDIR)) {
      try NumPyArray(shape: [], elements: .int8([1])).write(to: path + "/x")
    }
    #expect(try NumPyArray(path: path) == small)
  }

  @Test func zeroByteInPathDoesNotReachAnotherFile() {
    let path = folder.path + "/a\0b"
    let error = NumPyError.file(call: "open", path: path, code: EINVAL)
    #expect(throws: error) { try small.write(to: path) }
    #expect(throws: error) { try NumPyArray(path: path) }
    #expect(folder.names == [])
  }

  @Test func missingFileIsReportedWithItsPathAndReason() {
    let path = folder.path + "/missing.npy"
    let error = NumPyError.file(call: "open", path: path, code: ENOENT)
    #expect(throws: error) { try NumPyArray(path: path) }
    #expect(
      error.description == "open of \(path) failed: No such file or directory (errno \(ENOENT))")
  }

  @Test func foldersAndPipesAreNotRead() {
    #expect(throws: NumPyError.notRegularFile(path: folder.path)) {
      try NumPyArray(path: folder.path)
    }
    let pipe = folder.path + "/pipe"
    mkfifo(pipe, 0o600)
    #expect(throws: NumPyError.notRegularFile(path: pipe)) { try NumPyArray(path: pipe) }
  }

  @Test func emptyFileIsNoArray() {
    let path = folder.path + "/empty.npy"
    close(open(path, O_WRONLY | O_CREAT, 0o600))
    #expect(throws: NumPyError.badMagic(found: [])) { try NumPyArray(path: path) }
  }
}

/// Lets writes beyond so many bytes of a file fail in this process.
private func limitFileSize(to byteCount: Int) throws {
  var limit = rlimit()
  #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
  #else
    let resource = RLIMIT_FSIZE
  #endif
  try #require(getrlimit(resource, &limit) == 0)
  limit.rlim_cur = rlim_t(byteCount)
  try #require(setrlimit(resource, &limit) == 0)
}

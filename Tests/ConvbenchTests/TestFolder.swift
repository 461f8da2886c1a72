import Foundation

/// A new folder, removed with everything in it when the test is done with it.
final class TestFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(component: "convbench-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { url.appending(component: name).path }

  deinit { try? FileManager.default.removeItem(at: url) }
}

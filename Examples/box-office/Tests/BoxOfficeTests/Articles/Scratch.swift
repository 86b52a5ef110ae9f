import Foundation
import SystemPackage

/// A folder for one test, gone after it.
final class Scratch: Sendable {
  let path: FilePath

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = FilePath(folder.path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }
}

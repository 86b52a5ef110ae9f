import Synchronization
package import SystemPackage

/// Files that lie beside the log and can be made again: snapshots and other caches.
///
/// Each is written whole under another name, synced, and renamed: it is there entirely or not.
extension EventLog {
  package func sideFolder(_ folder: String) -> FilePath { path.appending(folder) }

  package func writeSideFile(_ bytes: [UInt8], _ name: String, in folder: String)
    throws(EventLogError)
  {
    let system = layout.system
    let directory = sideFolder(folder)
    if try !system.exists(directory) {
      try system.makeDirectory(directory)
      try system.syncDirectory(path)
    }
    if state.withLock({ $0.cleanedFolders.insert(folder).inserted }) {
      try removeUnfinished(in: folder)
    }
    let temporary = directory.appending(
      "\(name).\(UInt32.random(in: .min ... .max))\(Self.unfinished)")
    do throws(EventLogError) {
      let file = try File(temporary, .create, system)
      // While it is locked, no process takes it for what a dead process left.
      _ = try file.tryLock(exclusive: true)
      try file.write(bytes, at: 0)
      try file.sync()
      try system.rename(temporary, to: directory.appending(name))
      try system.syncDirectory(directory)
    } catch {
      system.removeUnfinished(temporary)
      throw error
    }
  }

  /// How the names of files end that are being written.
  package static let unfinished: String = ".tmp"

  /// Removes what processes left that died while they wrote; how many files. What is being written stays.
  @discardableResult
  package func removeUnfinished(in folder: String) throws(EventLogError) -> Int {
    var count = 0
    for name in try sideFiles(in: folder) where name.hasSuffix(Self.unfinished) {
      do throws(EventLogError) {
        guard try sideFile(name, in: folder).tryLock(exclusive: true) else { continue }
        try removeSideFile(name, in: folder)
        count += 1
      } catch  where error.code == .notFound { continue }
    }
    return count
  }

  package func readSideFile(_ name: String, in folder: String) throws(EventLogError) -> [UInt8] {
    let file = try sideFile(name, in: folder)
    return try file.read(at: 0, count: Int(try file.size()))
  }

  /// Reads a part; fewer bytes come back at the end of the file.
  package func readSideFile(_ name: String, in folder: String, at position: Int, count: Int)
    throws(EventLogError) -> [UInt8]
  {
    let file = try sideFile(name, in: folder)
    let size = Int(try file.size())
    guard position >= 0, position <= size else { return [] }
    return try file.read(at: UInt64(position), count: min(max(count, 0), size - position))
  }

  package func sideFileSize(_ name: String, in folder: String) throws(EventLogError) -> UInt64 {
    try sideFile(name, in: folder).size()
  }

  private func sideFile(_ name: String, in folder: String) throws(EventLogError) -> File {
    try File(sideFolder(folder).appending(name), .read, layout.system)
  }

  /// The names in a folder, sorted; none where the folder does not exist.
  package func sideFiles(in folder: String) throws(EventLogError) -> [String] {
    let directory = sideFolder(folder)
    return try layout.system.exists(directory) ? try layout.system.list(directory) : []
  }

  package func removeSideFile(_ name: String, in folder: String) throws(EventLogError) {
    try layout.system.removeIfPresent(sideFolder(folder).appending(name))
  }
}

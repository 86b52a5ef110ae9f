import Synchronization
package import SystemPackage

/// A folder of files that can be made again, beside a log or a group of logs: snapshots and other caches.
///
/// Each is written whole under another name, synced, and renamed: it is there entirely or not.
package struct SideFolder: Sendable {
  package let path: FilePath
  private let system: SystemCalls
  private let state: SideFolderState

  init(_ path: FilePath, _ system: SystemCalls, _ state: SideFolderState) {
    self.path = path
    self.system = system
    self.state = state
  }

  /// A folder that need not exist yet.
  package init(_ path: FilePath) { self.init(path, SystemCalls(), SideFolderState()) }

  /// Its last name.
  package var name: String { path.lastComponent?.string ?? "" }

  package func write(_ bytes: [UInt8], _ name: String) throws(EventLogError) {
    if try !system.exists(path) {
      try system.makeDirectory(path)
      let parent = path.removingLastComponent()
      try system.syncDirectory(parent.isEmpty ? "." : parent)
    }
    if state.isFirstWrite() { try removeUnfinished() }
    let temporary = path.appending("\(name).\(UInt32.random(in: .min ... .max))\(Self.unfinished)")
    do throws(EventLogError) {
      let file = try File(temporary, .create, system)
      // While it is locked, no process takes it for what a dead process left.
      _ = try file.tryLock(exclusive: true)
      try file.write(bytes, at: 0)
      try file.sync()
      try system.rename(temporary, to: path.appending(name))
      try system.syncDirectory(path)
    } catch {
      system.removeUnfinished(temporary)
      throw error
    }
  }

  /// How the names of files end that are being written.
  package static let unfinished: String = ".tmp"

  /// Removes what processes left that died while they wrote; how many files. What is being written stays.
  @discardableResult
  package func removeUnfinished() throws(EventLogError) -> Int {
    var count = 0
    for name in try names() where name.hasSuffix(Self.unfinished) {
      do throws(EventLogError) {
        guard try file(name).tryLock(exclusive: true) else { continue }
        try remove(name)
        count += 1
      } catch  where error.code == .notFound { continue }
    }
    return count
  }

  package func read(_ name: String) throws(EventLogError) -> [UInt8] {
    let file = try file(name)
    return try file.read(at: 0, count: Int(try file.size()))
  }

  /// Reads a part; fewer bytes come back at the end of the file.
  package func read(_ name: String, at position: Int, count: Int) throws(EventLogError) -> [UInt8] {
    let file = try file(name)
    let size = Int(try file.size())
    guard position >= 0, position <= size else { return [] }
    return try file.read(at: UInt64(position), count: min(max(count, 0), size - position))
  }

  package func size(of name: String) throws(EventLogError) -> UInt64 { try file(name).size() }

  private func file(_ name: String) throws(EventLogError) -> File {
    try File(path.appending(name), .read, system)
  }

  /// The names of the files, sorted; none if the folder does not exist.
  package func names() throws(EventLogError) -> [String] {
    try system.exists(path) ? try system.list(path) : []
  }

  package func remove(_ name: String) throws(EventLogError) {
    try system.removeIfPresent(path.appending(name))
  }
}

/// Whether anything was written into a folder by this process.
final class SideFolderState: Sendable {
  private let isWritten = Mutex(false)

  func isFirstWrite() -> Bool {
    isWritten.withLock { wasWritten in
      defer { wasWritten = true }
      return !wasWritten
    }
  }
}

/// A history beside which caches may be kept: a log, or a group of logs that has a file.
package protocol CachedHistory: History {
  /// The folder of its snapshots and other caches; nil if it has no place for them.
  var cacheFolder: SideFolder? { get }
  /// The bytes of its events on disk, of which caches take a share.
  var byteCount: UInt64 { get }
}

extension EventLog: CachedHistory {
  /// The folder of a log's snapshots and other caches.
  package var caches: SideFolder {
    SideFolder(layout.snapshots, layout.system, cachesState)
  }

  package var cacheFolder: SideFolder? { caches }

  package var byteCount: UInt64 { segmentInfo().reduce(0) { $0 + $1.byteCount } }
}

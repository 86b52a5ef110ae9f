public import SystemPackage

/// What a backup holds, and what it took to make it so.
public struct Backup: Sendable, Hashable {
  /// It holds the events before this cut: equally, how many.
  public let cut: Cut
  /// The digest of these events, found by reading the copy.
  public internal(set) var digest: Digest = .zero
  /// The time of the last of them.
  public internal(set) var lastTime: Timestamp?
  /// The segment files that were copied, and how many bytes they have.
  public internal(set) var copiedFiles: [FilePath] = []
  /// How many bytes were copied.
  public internal(set) var copiedBytes: UInt64 = 0
  /// How many bytes of segments were there already.
  public internal(set) var presentBytes: UInt64 = 0

  init(cut: Cut) { self.cut = cut }
}

extension EventLog {
  /// Copies a log to another folder, which is then a log with the same events and the same identity.
  ///
  /// A writer in another process may go on: the copy ends at a cut. Where the folder has an earlier
  /// copy, only what is new is copied. At every moment the folder is a log, of fewer events while
  /// this is under way; a crash leaves it so, and the next backup goes on. In the end the copy is read
  /// in full and compared. `progress` is told how many bytes are done, of how many.
  ///
  /// Throws `diverged` where the folder is another log, or one that went its own way; `damaged` where
  /// the log, or the earlier copy, is.
  @discardableResult
  public static func backup(
    _ path: FilePath, to folder: FilePath, options: Options = Options(),
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(EventLogError) -> Backup {
    let source = try openReadOnly(path, options: options)
    if let damage = source.recovery.damage.first { throw damage }
    let layout = StoreLayout(root: folder, system: options.system)
    try layout.requireOutside(path)
    if try !layout.system.exists(layout.identity) { try layout.create(source.identity) }
    guard try layout.readIdentity().store == source.identity.store else {
      throw EventLogError(
        .diverged, "The folder is a copy of another log", file: folder,
        advice: "Choose another folder for this log's backups.")
    }
    let lock = try layout.lockForWriting()
    defer { lock.unlock() }
    var copy = try BackupCopy(of: source, to: layout, options)
    try copy.copySegments(progress)
    return try copy.finish(options)
  }

  /// Makes a log from a backup, where there is nothing yet; up to a cut, where one is given.
  ///
  /// The log gets its name when it is whole. Until then it is beside it, under the same name with
  /// `.restoring` at its end; a restore that was interrupted goes on from there.
  ///
  /// Throws `alreadyExists` where something has the log's name, `invalidCut` where no turn begins at
  /// the cut, and what ``backup(_:to:options:progress:)`` does.
  @discardableResult
  public static func restore(
    _ backup: FilePath, to path: FilePath, at cut: Cut? = nil, options: Options = Options(),
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(EventLogError) -> Backup {
    let system = options.system
    guard try !system.exists(path) else {
      throw EventLogError(
        .alreadyExists, "There is something already where the log is to be", file: path,
        advice: "Choose another path; nothing is ever restored over a log.")
    }
    try StoreLayout(root: path, system: system).requireOutside(backup)
    if let cut { _ = try planTruncation(backup, to: cut, options: options) }
    let name = (path.lastComponent?.string ?? "log") + ".restoring"
    let parent = path.removingLastComponent()
    let unfinished = parent.appending(name)
    var made = try self.backup(backup, to: unfinished, options: options, progress: progress)
    if let cut, cut < made.cut {
      try truncate(unfinished, to: cut, dropping: made.cut - cut, options: options)
      let log = try openReadOnly(unfinished, options: options)
      let problems = log.verify()
      if let problem = problems.first { throw problem }
      var restored = Backup(cut: cut)
      restored.digest = try log.digest(at: cut)
      guard try restored.digest == openReadOnly(backup, options: options).digest(at: cut) else {
        throw EventLogError.damaged(
          "The restored log does not read as the backup", file: unfinished)
      }
      restored.lastTime = try log.lastTime(before: cut)
      restored.copiedBytes = made.copiedBytes
      restored.presentBytes = made.presentBytes
      made = restored
    }
    try system.rename(unfinished, to: path)
    try system.syncDirectory(parent.isEmpty ? "." : parent)
    made.copiedFiles = []
    return made
  }

  /// The time of the last event before a cut.
  func lastTime(before cut: Cut) throws(EventLogError) -> Timestamp? {
    try cut.offsetBefore.flatMap { offset throws(EventLogError) in try event(at: offset)?.recordedAt
    }
  }
}

extension StoreLayout {
  /// Throws where the folder is, or would be, a log itself or a folder in it, by whatever name or link.
  func requireOutside(_ log: FilePath) throws(EventLogError) {
    let other = try folderID(log)
    var place = root
    while true {
      do throws(EventLogError) {
        let id = try folderID(place)
        if id == other { throw isInside(log, isItself: place == root) }
        let above = place.appending("..")
        if try folderID(above) == id { return }
        place = above
      } catch  where error.code == .notFound {
        // What is not there yet is as far outside as the folder in which it will be.
        guard place == root, let name = root.lastComponent, name.kind == .regular else { return }
        let parent = root.removingLastComponent()
        place = parent.isEmpty ? "." : parent
      }
    }
  }

  private func folderID(_ path: FilePath) throws(EventLogError) -> FileStatus.ID {
    try File(path, .folder, system).status().id
  }

  private func isInside(_ log: FilePath, isItself: Bool) -> EventLogError {
    EventLogError(
      .diverged,
      isItself
        ? "A log cannot be copied onto itself" : "A log cannot be copied into its own folder",
      file: root, advice: "Choose a folder outside of \(log).")
  }
}

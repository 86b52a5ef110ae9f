public import SystemPackage

/// The contents of a backup, and the work of making it.
public struct Backup: Sendable, Hashable {
  /// The backup has the events before this cut, so this is also their number.
  public let cut: Cut
  /// The digest of these events, from reading the copy.
  public internal(set) var digest: Digest = .zero
  /// The time of the last of them.
  public internal(set) var lastTime: Timestamp?
  /// The segment files that were copied.
  public internal(set) var copiedFiles: [FilePath] = []
  /// The number of copied bytes.
  public internal(set) var copiedBytes: UInt64 = 0
  /// The number of bytes of segments that were already there.
  public internal(set) var presentBytes: UInt64 = 0

  init(cut: Cut) { self.cut = cut }
}

extension EventLog {
  /// Copies a log to another folder, which then is a log with the same events and the same identity.
  ///
  /// A writer in another process may go on: the copy ends at a cut. If the folder has an earlier copy, only
  /// what is new is copied. The folder is a log at every moment, with fewer events until this has finished; a
  /// crash leaves it so, and the next backup continues. At the end, the copy is read in full and compared.
  /// `progress` gets the number of bytes done, and the total.
  ///
  /// Throws `diverged` if the folder is another log, or has diverged from this one; `damaged` if the log, or
  /// the earlier copy, is damaged.
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

  /// Makes a log from a backup, in a new place; up to a cut, if one is given.
  ///
  /// The log gets its name when it is complete. Until then it has the same name with `.restoring` at its end;
  /// an interrupted restore continues from there.
  ///
  /// Throws `alreadyExists` if the log's name is taken, `invalidCut` if no turn begins at the cut, and the
  /// errors of ``backup(_:to:options:progress:)``.
  @discardableResult
  public static func restore(
    _ backup: FilePath, to path: FilePath, at cut: Cut? = nil, options: Options = Options(),
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(EventLogError) -> Backup {
    let system = options.system
    guard try !system.exists(path) else {
      throw EventLogError(
        .alreadyExists, "There is already something at the path of the new log", file: path,
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

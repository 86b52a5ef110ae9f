import SystemPackage

/// Every system call that evlog makes on files: interrupted calls are retried, failures are typed.
///
/// Tests make single calls fail here (see ``FaultInjector``), or replace the system below it, for
/// one that loses power (see ``Kernel``).
package struct SystemCalls: Sendable {
  let faults: FaultInjector?
  let kernel: any Kernel
  /// The files of sealed segments that are kept open.
  let idle = IdleSegments()

  /// Without a kernel of one's own: the operating system's.
  package init(faults: FaultInjector? = nil, kernel: (any Kernel)? = nil) {
    self.faults = faults
    self.kernel = kernel ?? PosixKernel.shared
  }

  /// What a call does, for the error's sentence and for the fault injector.
  package enum Call: String, Sendable, CaseIterable {
    case open, close, read, write, truncate, sync, syncDirectory, rename, unlink, makeDirectory
    case list, lock, status

    var verb: String {
      switch self {
      case .open: "open the file"
      case .close: "close the file"
      case .read: "read the file"
      case .write: "write to the file"
      case .truncate: "set the length of the file"
      case .sync: "sync the file to disk"
      case .syncDirectory: "sync the folder to disk"
      case .rename: "rename the file"
      case .unlink: "remove the file"
      case .makeDirectory: "make the folder"
      case .list: "list the folder"
      case .lock: "lock the file"
      case .status: "look at the file"
      }
    }
  }

  /// Makes a call, again where it was interrupted; what it throws becomes a sentence.
  @discardableResult
  func make<T>(
    _ call: Call, _ path: FilePath, byte: UInt64? = nil, body: () throws(Errno) -> T
  ) throws(EventLogError) -> T {
    if let errno = faults?.fault(in: call, on: path) {
      throw Self.error(call, path, byte: byte, errno)
    }
    while true {
      do throws(Errno) { return try body() } catch {
        if error != .interrupted { throw Self.error(call, path, byte: byte, error) }
      }
    }
  }

  /// Whether a test wants to see what happens without a check.
  func omits(_ check: FaultInjector.Check) -> Bool { faults?.omits(check) ?? false }

  static func error(_ call: Call, _ path: FilePath, byte: UInt64? = nil, _ errno: Errno)
    -> EventLogError
  {
    if errno == .noSpace || errno == .diskQuotaExceeded {
      return EventLogError(
        .diskFull, "The disk is full: evlog could not \(call.verb)", file: path, byte: byte,
        errno: errno, advice: "Free some space and try again.")
    }
    if errno == .noSuchFileOrDirectory {
      return EventLogError(
        .notFound, "evlog could not \(call.verb)", file: path, byte: byte, errno: errno)
    }
    return EventLogError(
      .ioFailed, "evlog could not \(call.verb)", file: path, byte: byte, errno: errno,
      advice: advice(errno))
  }

  private static func advice(_ errno: Errno) -> Advice<EventLogError.Remedy>? {
    switch errno {
    case .permissionDenied, .notPermitted:
      "Ask for access to it, or run evlog as the user who owns the log."
    case .readOnlyFileSystem: "The file system is mounted for reading only. Reading works."
    default: nil
    }
  }

  /// The error of a file that could not be opened, which says so where it is no file at all.
  func named(_ error: EventLogError, _ path: FilePath) -> EventLogError {
    // What has the name only makes the error more helpful.
    guard error.errno != .fileExists, let kind = try? kernel.status(path)?.kind, kind != .file
    else { return error }
    return EventLogError(
      .foreign, "Where evlog keeps a file of its own there is \(kind.words)", file: path,
      errno: nil,
      advice: kind == .link
        ? "Put the file itself there. To keep a log elsewhere, link its folder."
        : "Move it elsewhere and try again.")
  }
}

// MARK: - Folders and names

extension SystemCalls {
  func makeDirectory(_ path: FilePath) throws(EventLogError) {
    try make(.makeDirectory, path) { () throws(Errno) in try kernel.makeDirectory(path) }
  }

  func rename(_ from: FilePath, to: FilePath) throws(EventLogError) {
    try make(.rename, from) { () throws(Errno) in try kernel.rename(from, to: to) }
  }

  func unlink(_ path: FilePath) throws(EventLogError) {
    try make(.unlink, path) { () throws(Errno) in try kernel.unlink(path) }
  }

  func removeIfPresent(_ path: FilePath) throws(EventLogError) {
    do { try unlink(path) } catch  where error.code == .notFound {}
  }

  /// Removes a file that could not be finished.
  func removeUnfinished(_ path: FilePath) {
    // The error to report is why the file could not be finished. If it stays, the next writer removes it.
    try? removeIfPresent(path)
  }

  /// What has a name, a symbolic link itself; nil where nothing has.
  func status(_ path: FilePath) throws(EventLogError) -> FileStatus? {
    try make(.status, path) { () throws(Errno) in try kernel.status(path) }
  }

  /// Whether something has the name. Throws where that cannot be known, for want of permission say.
  func exists(_ path: FilePath) throws(EventLogError) -> Bool { try status(path) != nil }

  /// Makes the names in a folder durable: a new, renamed or removed file is one only after this.
  func syncDirectory(_ path: FilePath) throws(EventLogError) {
    let descriptor = try make(.open, path) { () throws(Errno) in try kernel.open(path, .folder) }
    defer { kernel.close(descriptor) }
    try make(.syncDirectory, path) { () throws(Errno) in try kernel.syncFolder(descriptor) }
  }

  /// The names in a folder, sorted.
  func list(_ path: FilePath) throws(EventLogError) -> [String] {
    try make(.list, path) { () throws(Errno) in try kernel.list(path) }.sorted()
  }
}

import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Every system call that evlog makes on files: interrupted calls are retried, failures are typed.
///
/// It is also the one seam where tests inject faults: see ``FaultInjector``.
package struct SystemCalls: Sendable {
  let faults: FaultInjector?

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

  /// Makes a call that returns -1 and sets errno where it fails.
  @discardableResult
  func make<T: SignedInteger>(
    _ call: Call, _ path: FilePath, byte: UInt64? = nil, body: () -> T
  ) throws(EventLogError) -> T {
    if let errno = faults?.fault(in: call, on: path) {
      throw Self.error(call, path, byte: byte, errno)
    }
    while true {
      let result = body()
      if result != -1 { return result }
      let errno = Errno(rawValue: errno)
      if errno == .interrupted { continue }
      throw Self.error(call, path, byte: byte, errno)
    }
  }

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
      .ioFailed, "evlog could not \(call.verb)", file: path, byte: byte, errno: errno)
  }
}

// MARK: - Folders and names

extension SystemCalls {
  func makeDirectory(_ path: FilePath) throws(EventLogError) {
    try make(.makeDirectory, path) {
      unsafe path.withPlatformString { p in unsafe mkdir(p, 0o755) }
    }
  }

  func rename(_ from: FilePath, to: FilePath) throws(EventLogError) {
    try make(.rename, from) {
      unsafe from.withPlatformString { a in
        unsafe to.withPlatformString { b in
          #if canImport(Glibc)
            unsafe Glibc.rename(a, b)
          #elseif canImport(Musl)
            unsafe Musl.rename(a, b)
          #else
            unsafe Darwin.rename(a, b)
          #endif
        }
      }
    }
  }

  func unlink(_ path: FilePath) throws(EventLogError) {
    try make(.unlink, path) {
      unsafe path.withPlatformString { p in
        #if canImport(Glibc)
          unsafe Glibc.unlink(p)
        #elseif canImport(Musl)
          unsafe Musl.unlink(p)
        #else
          unsafe Darwin.unlink(p)
        #endif
      }
    }
  }

  func removeIfPresent(_ path: FilePath) throws(EventLogError) {
    do { try unlink(path) } catch  where error.code == .notFound {}
  }

  func exists(_ path: FilePath) -> Bool {
    unsafe path.withPlatformString { p in unsafe access(p, F_OK) == 0 }
  }

  /// Makes the names in a folder durable: a new, renamed or removed file is one only after this.
  func syncDirectory(_ path: FilePath) throws(EventLogError) {
    let descriptor = try make(.open, path) {
      unsafe path.withPlatformString { p in unsafe open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    }
    defer { _ = close(descriptor) }
    try make(.syncDirectory, path) { fsync(descriptor) }
  }

  /// The names in a folder, sorted.
  func list(_ path: FilePath) throws(EventLogError) -> [String] {
    if let errno = faults?.fault(in: .list, on: path) { throw Self.error(.list, path, errno) }
    guard let handle = unsafe path.withPlatformString({ p in unsafe opendir(p) }) else {
      throw Self.error(.list, path, Errno(rawValue: errno))
    }
    defer { _ = unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

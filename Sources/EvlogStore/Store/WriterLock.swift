import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The writer's lock, or a reader's that keeps writers away for a moment.
///
/// It consists of two locks: on the log's folder, which exists as long as the log does, and on `LOCK`, which
/// names the writer and is what earlier versions of evlog use. Removing `LOCK` does not admit a second writer.
struct WriterLock: Sendable {
  private let folder: File
  /// Nil for a reader that found none.
  let note: File?

  func unlock() {
    note?.unlock()
    folder.unlock()
  }

  /// Takes both without waiting; nil where another has one of them. Only a writer makes `LOCK`.
  fileprivate init?(_ layout: StoreLayout, exclusive: Bool) throws(EventLogError) {
    folder = try File(layout.root, .folder, layout.system)
    guard try folder.tryLock(exclusive: exclusive) else { return nil }
    note = try Self.open(layout, exclusive: exclusive)
    guard try note?.tryLock(exclusive: exclusive) != false else {
      folder.unlock()
      return nil
    }
  }

  private static func open(_ layout: StoreLayout, exclusive: Bool) throws(EventLogError) -> File? {
    do throws(EventLogError) {
      return try File(layout.lock, exclusive ? .readWrite : .read, layout.system)
    } catch  where error.code == .notFound {
      return exclusive ? try File(layout.lock, .create, layout.system) : nil
    }
  }
}

extension StoreLayout {
  /// Takes the writer's lock, waiting up to a second for a reader that only looks at it.
  func lockForWriting() throws(EventLogError) -> WriterLock {
    for attempt in 0..<100 {
      if let lock = try WriterLock(self, exclusive: true) {
        try lock.note?.truncate(to: 0)
        try lock.note?.write(Array("\(getpid())\n".utf8), at: 0)
        return lock
      }
      if attempt < 99 { usleep(10_000) }
    }
    let holder = lastWriter()
    if holder == "\(getpid())" {
      throw EventLogError(
        .locked, "This process has the log open for writing already", file: root,
        advice: "Share that log, or close it first. Reading works meanwhile.")
    }
    throw EventLogError(
      .locked, "Another process\(holder.map { " (\($0))" } ?? "") is writing to the log",
      file: root,
      advice: "Wait until it is done. Reading works meanwhile.")
  }

  /// A lock that keeps writers away while it is held; nil where there is a writer.
  func holdOffWriters() throws(EventLogError) -> WriterLock? {
    try WriterLock(self, exclusive: false)
  }

  /// The number of the process that wrote last; nil where it is not known.
  func lastWriter() -> String? {
    // It only makes an error more helpful.
    guard let bytes = try? File(lock, .read, system).read(at: 0, count: 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
}

import EvlogStore
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Reads a whole file; nil where there is none.
func readFile(_ path: FilePath) -> [UInt8]? {
  guard let file = try? FileDescriptor.open(path, .readOnly) else { return nil }
  defer { try? file.close() }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while let count = unsafe try? chunk.withUnsafeMutableBytes({ unsafe try file.read(into: $0) }),
    count > 0
  { bytes += chunk[..<count] }
  return bytes
}

func writeFile(_ path: FilePath, _ bytes: [UInt8]) throws {
  let file = try FileDescriptor.open(
    path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
  try file.closeAfter { _ = try file.writeAll(bytes) }
}

func removeFile(_ path: FilePath) {
  unsafe path.withPlatformString { p in _ = unsafe unlink(p) }
}

/// Removes a folder and all that is in it.
func removeFolder(_ path: FilePath) {
  _ = unsafe "rm -rf '\(path)'".withCString { unsafe system($0) }
}

func names(in folder: FilePath) -> [String] {
  guard let handle = unsafe opendir(folder.string) else { return [] }
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

/// Every file below a folder with its bytes: what a test compares to know that nothing changed.
func tree(_ folder: FilePath) -> [String: [UInt8]] {
  var result: [String: [UInt8]] = [:]
  for name in names(in: folder) {
    let path = folder.appending(name)
    var info = stat()
    if unsafe stat(path.string, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
      result[name + "/"] = []
      for (below, bytes) in tree(path) { result[name + "/" + below] = bytes }
    } else {
      result[name] = readFile(path) ?? []
    }
  }
  return result
}

/// Puts a folder back to what `tree` returned.
func restore(_ files: [String: [UInt8]], to folder: FilePath) throws {
  let now = tree(folder)
  for name in now.keys where files[name] == nil && !name.hasSuffix("/") {
    removeFile(folder.appending(name))
  }
  for name in now.keys.sorted(by: >) where files[name] == nil && name.hasSuffix("/") {
    _ = unsafe rmdir(folder.appending(name).string)
  }
  for name in files.keys.sorted() where name.hasSuffix("/") && now[name] == nil {
    _ = unsafe mkdir(folder.appending(name).string, 0o755)
  }
  for (name, bytes) in files where !name.hasSuffix("/") && now[name] != bytes {
    try writeFile(folder.appending(name), bytes)
  }
}

/// A small log of several turns, written and closed, for tests that then do harm to its files.
struct StoreFixture {
  let folder = TemporaryFolder(inMemory: true)
  /// The log's end after each turn, beginning with 0.
  var ends: [Cut] = [0]
  var events: [RecordedEvent] = []
  /// The files as they were when the log was closed.
  var files: [String: [UInt8]] = [:]

  var log: FilePath { folder.log }
  var segments: FilePath { log.appending("segments") }
  var durable: FilePath { log.appending("DURABLE") }
  var quarantine: FilePath { log.appending("quarantine") }

  /// Turns of one to three events; the segments before the last are sealed where asked for.
  init(turns: Int, sealedTurns: Int = 0, dataBytes: Int = 20) throws {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = false
    let writer = try EventLog.create(folder.log, options: options)
    for t in 0..<turns {
      if t == sealedTurns, t > 0 { try writer.seal() }
      try writer.appendBlocking(Self.turn(t, dataBytes: dataBytes))
      ends.append(writer.end)
    }
    events = try allEvents(writer)
    writer.close()
    files = tree(log)
  }

  static func turn(_ t: Int, dataBytes: Int = 20) -> Turn {
    let events = (0...(t % 3)).map { i in
      NewEvent(
        stream: "stream-\(i)", type: "type-\(t % 4)",
        data: (0..<dataBytes).map { UInt8(truncatingIfNeeded: ($0 % 3) * (t + 1) + i + 1) },
        recordedAt: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(t) * 1_000_000),
        correlation: "k-\(t)")
    }
    return Turn(events, id: "turn-\(t)")
  }

  func reset() throws { try restore(files, to: log) }

  /// The file of the last active segment.
  var active: FilePath {
    segments.appending(names(in: segments).last { $0.hasSuffix(".active") } ?? "none")
  }

  func open() throws -> EventLog {
    var options = EventLog.Options()
    options.createsIfMissing = false
    options.sealsAutomatically = false
    return try EventLog.open(log, options: options)
  }

  /// Whether the events read are the first ones of the fixture, up to the end of a whole turn.
  func isPrefixOfTurns(_ read: [RecordedEvent]) -> Bool {
    ends.contains(Cut(read.count)) && read.map(content) == events.prefix(read.count).map(content)
  }
}

/// The error that opening or reading throws, or nil.
func failure(_ body: () throws -> Void) -> EventLogError? {
  do {
    try body()
    return nil
  } catch {
    return error as? EventLogError
      ?? { preconditionFailure("an error that is not typed: \(error)") }()
  }
}

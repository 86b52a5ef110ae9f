import EvlogStore
import EvlogTesting
import SystemPackage

/// The log whose files are changed: small, the same in every run, with some of everything.
struct FuzzLog: Sendable {
  static let path: FilePath = "/log"

  /// Its files, by their paths.
  private(set) var files: [String: [UInt8]] = [:]

  /// Where nothing was sealed, and where the first of two segments was.
  static let active = make(sealing: false)
  static let sealed = make(sealing: true)

  static let first = "/log/segments/00000000000000000000"
  static let identity = "/log/EVLOG"
  static let mark = "/log/DURABLE"

  static func turn(_ t: Int) -> Turn {
    let events = (0..<(1 + t % 4)).map { i in
      NewEvent(
        stream: i == 3 ? "ключ-\(t)" : "stream-\((t * 3 + i) % 7)", type: "type-\(t % 3)",
        data: Array(
          "{\"turn\":\(t),\"event\":\(i),\"text\":\"\(String(repeating: "x", count: t))\"}".utf8),
        contentType: t % 5 == 2 ? "text/plain" : "application/json",
        schemaVersion: t % 4 == 3 ? 300 : 1,
        recordedAt: Timestamp(
          nanoseconds: 1_700_000_000_000_000_000 + Int64(t % 9) * 1_000_000_007),
        id: t % 3 == 0 ? "0190a5b0-0000-7000-8000-00000000\(1000 + t * 4 + i)" : nil,
        causation: causes(t), correlation: t % 6 == 1 ? "k" : nil,
        metadata: t % 5 == 1 ? Array("meta".utf8) : nil)
    }
    return Turn(events, id: t % 3 == 2 ? nil : "turn-\(t)")
  }

  /// None, one or two. The first event has two, so that the first segment is of the format that has that.
  private static func causes(_ t: Int) -> [String] {
    switch t % 8 {
    case 0: ["cause-\(t)", "0190a5b0-0000-7000-8000-000000009999"]
    case 1, 5: ["cause-\(t)"]
    default: []
    }
  }

  static func options(_ kernel: SimulatedDisk) -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = false
    options.createsIfMissing = false
    options.kernel = kernel
    return options
  }

  /// A new log of events, in one turn.
  static func log(of events: [NewEvent]) throws -> EventLog {
    var options = options(SimulatedDisk())
    options.createsIfMissing = true
    options.segmentBytes = 1 << 16
    let log = try EventLog.open(path, options: options)
    try log.appendBlocking(Turn(own: events))
    return log
  }

  private static func make(sealing: Bool) -> FuzzLog {
    var made = FuzzLog()
    let disk = SimulatedDisk()
    do {
      var options = options(disk)
      options.segmentBytes = 1 << 16
      options.createsIfMissing = true
      let log = try EventLog.open(path, options: options)
      for t in 0..<24 {
        try log.appendBlocking(turn(t))
        if sealing, t == 19 { try log.seal() }
      }
      log.close()
      for path in disk.state.paths() { made.files[path.string] = disk.state.bytes(of: path) }
    } catch { preconditionFailure("the log cannot be made: \(error)") }
    made.settle()
    return made
  }

  /// Takes all chance out of the files: identities, salts, times, and the checksums that follow.
  private mutating func settle() {
    let store = (0..<16).map { UInt8($0) }
    let digits = "000102030405060708090a0b0c0d0e0f"
    files["/log/LOCK"] = nil
    for (name, bytes) in files {
      var file = FileBytes(bytes)
      if name == Self.identity {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
          $0.hasPrefix("store ")
            ? "store \(digits)" : $0.hasPrefix("segment-bytes ") ? "segment-bytes 4096" : $0
        }
        files[name] = Restamp.identity(Array((lines.joined(separator: "\n") + "\n").utf8))
      } else if name == Self.mark {
        file.bytes.replaceSubrange(8..<24, with: store)
        files[name] = Restamp.mark(file.bytes)
      } else {
        file.bytes.replaceSubrange(16..<32, with: store)
        file.put(0x0123_4567_89AB_CDEF, at: 40, 8)
        file.put(1_700_000_000_000_000_000, at: 48, 8)
        // What the second segment names, and how the first one ends.
        if file.number(32, 8) > 0 { file.put(0x1122_3344, at: 56) }
        if file.bytes[12] == 2 { file.put(0x1122_3344, at: file.count - 192 + 156) }
        // An active segment is as long as its frames, and a few zeros.
        if file.bytes[12] == 1, let last = file.bytes.lastIndex(where: { $0 != 0 }) {
          file.bytes.removeSubrange(min(file.count, (last + 9) & ~7 + 64)...)
        }
        files[name] = Restamp.segment(file.bytes, linksFrames: true)
      }
    }
  }

  subscript(name: String) -> [UInt8] {
    get { files[name] ?? [] }
    set { files[name] = newValue }
  }

  mutating func remove(_ name: String) { files[name] = nil }

  /// A disk with these files.
  func disk() throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    for folder in ["/log", "/log/segments", "/log/snapshots", "/log/quarantine"] as [FilePath] {
      try disk.makeDirectory(folder)
    }
    for (name, bytes) in files {
      let file = try disk.open(FilePath(name), .create)
      _ = unsafe try bytes.withUnsafeBytes { unsafe try disk.write(file, from: $0, at: 0) }
      try disk.sync(file)
      disk.close(file)
    }
    return disk
  }
}

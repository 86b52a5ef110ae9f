import EvlogReplay
import EvlogStore
import EvlogTesting
import SystemPackage

/// A log with one changed snapshot: it is used or ignored, and does no harm. One whose digest was
/// not made right again is ignored, and the answer is the same.
enum SnapshotTarget {
  /// Counts, sums and remembers.
  struct Tally: Machine {
    struct State: Codable, Sendable {
      var count = 0
      var bytes: UInt32 = 0
      var streams: [String: [Int]] = [:]
      var last: String?
    }
    let initialState = State()
    let ignoredTypes: Set<String> = ["type-2"]

    func decode(_ event: RecordedEvent) -> RecordedEvent { event }

    func reduce(into state: inout State, _ event: RecordedEvent, _ context: EventContext) {
      state.count &+= 1
      state.bytes &+= UInt32(event.data.count)
      state.streams[event.stream, default: []].append(Int(event.revision))
      state.last = event.type
    }

    var invariants: [Invariant<Self>] {
      [
        .history("few", initial: [Int]()) { memory, _, event, _, _ in
          memory.append(event.data.count)
          return memory.count < 1000
        }
      ]
    }
  }

  private static let cut: Cut = 24
  private static let later: Cut = 30

  private struct Made: Sendable {
    var log: FuzzLog
    var path: String
    var answer: JSONValue
  }

  private static let made: Made = {
    do {
      let disk = try FuzzLog.active.disk()
      let log = try EventLog.open(FuzzLog.path, options: FuzzLog.options(disk))
      defer { log.close() }
      let replayer = Replayer(Tally().program, over: log)
      var work = Replayer.Work()
      let entry = try SnapshotStore(log: log).save(
        try replayer.execution(at: cut, work: &work), of: replayer.machine, at: cut)
      let path = "/log/snapshots/\(entry.fileName)"
      var files = FuzzLog.active
      files[path] = plain(disk.state.bytes(of: FilePath(path)) ?? [])
      let answer = try replayer.execution(at: later, work: &work).wholeState(.log)
      return Made(log: files, path: path, answer: answer)
    } catch { preconditionFailure("the snapshot cannot be made: \(error)") }
  }()

  /// The same snapshot, its state not compressed, and made at a time that does not change.
  private static func plain(_ bytes: [UInt8]) -> [UInt8] {
    guard let snapshot = try? Snapshot(decoding: bytes) else { return bytes }
    let lines = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3, case .object(let header)? = try? JSONParser.parse(lines[1]) else {
      return bytes
    }
    let count = JSONValue.int(snapshot.saved.count)
    let members = header.members.map { member -> (String, JSONValue) in
      switch member.key {
      case "storedBytes": (member.key, count)
      case "createdAt": (member.key, .string("2026-03-01T10:11:12Z"))
      default: (member.key, member.value)
      }
    }
    let line = JSONValue.object(members).canonicalBytes
    return stamped(
      Array(lines[0]) + [0x0A] + line + [0x0A] + snapshot.saved + Array(repeating: 0, count: 32))
  }

  private static func stamped(_ bytes: [UInt8]) -> [UInt8] {
    let covered = Array(bytes.dropLast(32))
    return covered + Array("\(Digest(of: covered))".utf8)
  }

  @Sendable static func seeds() -> [[UInt8]] {
    let file = made.log[made.path]
    let saved = file.split(separator: 0x0A, maxSplits: 2).last?.dropLast(32) ?? []
    return [[0], [4], [1] + file.dropFirst(11), [2] + saved]
  }

  @Sendable static func examine(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    var log = made.log
    let right = log[made.path]
    var file = right
    switch flags & 3 {
    case 0: file = input.change(right, in: right.indices)
    case 1: file = Array("EVLOGSNP 1\n".utf8) + input.rest
    default:
      // The state alone, under a header that speaks of as many bytes.
      let header = right.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
      let saved = input.rest
      let old = (right.count - header[0].count - header[1].count - 2 - 32).description
      let line = String(decoding: header[1], as: UTF8.self)
        .replacing("Bytes\":\(old)", with: "Bytes\":\(saved.count)")
      file = Array(header[0]) + [0x0A] + Array(line.utf8) + [0x0A] + saved
      file += Array(repeating: 0, count: 32)
    }
    let isStamped = flags & 4 == 0
    if isStamped { file = stamped(file) }
    log[made.path] = file
    let opened = try EventLog.openReadOnly(
      FuzzLog.path, options: FuzzLog.options(try log.disk()))
    defer { opened.close() }
    let store = SnapshotStore(log: opened)
    for entry in try store.entries() {
      guard let snapshot = try? store.read(entry) else { continue }
      _ = try? snapshot.state()
    }
    var work = Replayer.Work()
    let replayer = Replayer(
      Tally().program, over: opened, snapshots: store, savesSnapshots: false)
    let state = try replayer.execution(at: later, work: &work).wholeState(.log)
    // Whoever makes the digest right again may say what he likes.
    if !isStamped || !work.startedFrom.contains(cut) {
      try require(state == made.answer, "the answer is another one: \(state.canonicalText)")
    }
    try require(
      !work.startedFrom.isEmpty || !work.ignored.isEmpty,
      "the snapshot was neither used nor ignored")
  }
}

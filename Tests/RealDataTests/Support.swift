import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogSources
import EvlogStore
import EvlogTesting
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#endif

#if JavaScript
  import EvlogScripting
#endif

/// Events that really happened, with answers that others computed: a folder outside of the project.
enum RealData {
  private static let here = FilePath(#filePath).removingLastComponent()

  /// `EVLOG_DATA`, or the folder `shared/data` beside the package.
  static let folder: FilePath = {
    if let path = unsafe getenv("EVLOG_DATA") { return unsafe FilePath(platformString: path) }
    return here.appending("../../../shared/data").lexicallyNormalized()
  }()

  /// Whether there are events, and machines can be run.
  static let isThere: Bool = {
    #if JavaScript
      return (try? InputLines(folder.appending("README.md").string)) != nil
    #else
      return false
    #endif
  }()

  static let whySkipped: Comment = "real events are not at \(folder); EVLOG_DATA names their folder"

  /// The lines of a file of a folder, also of a gzipped one.
  static func lines(_ path: FilePath) throws -> [[UInt8]] {
    var input = try InputLines(path.string)
    defer { input.close() }
    var lines: [[UInt8]] = []
    while let line = try input.next() { lines.append(line.bytes) }
    return lines
  }

  static func text(_ path: FilePath) throws -> String {
    String(decoding: Array(try lines(path).joined(separator: [0x0A])), as: UTF8.self)
  }

  /// A machine of the folder `Machines`, with JavaScript that is put before it.
  static func machine(_ name: String, after preamble: String = "") throws -> any Program {
    #if JavaScript
      let file = here.appending("Machines").appending("\(name).js")
      return try ScriptProgram(source: preamble + text(file), file: "\(name).js")
    #else
      throw MachineError(.invalid, machine: name, "This build has no JavaScript")
    #endif
  }
}

/// A folder of real events with its answers.
struct Dataset {
  let name: String
  let events: [NewEvent]
  let answers: Answers

  init(_ name: String) throws {
    self.name = name
    let folder = RealData.folder.appending(name)
    let reader = EventLine()
    var input = try InputLines(folder.appending("events.ndjson.gz").string)
    defer { input.close() }
    var events: [NewEvent] = []
    while let line = try input.next() {
      var event = try reader.event(line, of: name)
      // Two logs of the same events must be the same, so none of them may be timed by its append.
      event.recordedAt = event.recordedAt ?? Timestamp(nanoseconds: 0)
      events.append(event)
    }
    self.events = events
    answers = Answers(
      of: name, try JSONParser.parse(RealData.text(folder.appending("answers.json"))))
  }
}

/// A log in a folder of its own, removed when the test lets go of it.
final class TemporaryLog: Sendable {
  private let folder: FilePath
  let log: EventLog
  /// The log's folder.
  var path: FilePath { folder.appending("real.evlog") }

  /// Writes events in turns of a size.
  init(_ events: some Collection<NewEvent>, turnsOf size: Int) throws {
    var template = Array("/tmp/evlog-data-XXXXXX".utf8CString)
    folder = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = unsafe mkdtemp(base) else {
        preconditionFailure("no temporary folder: \(errno)")
      }
      return unsafe FilePath(platformString: made)
    }
    log = try EventLog.open(folder.appending("real.evlog"))
    var rest = Array(events)[...]
    while !rest.isEmpty {
      try log.appendBlocking(Turn(Array(rest.prefix(size))))
      rest = rest.dropFirst(size)
    }
  }

  deinit {
    log.close()
    _ = unsafe "rm -rf '\(folder)'".withCString { unsafe system($0) }
  }
}

/// A machine's answers, after they were found to be the same in every way of asking.
struct Replayed {
  let stored: TemporaryLog
  let replayer: Replayer
  let scan: Scan
  /// At the log's end.
  let state: JSONValue

  var log: EventLog { stored.log }
}

/// Where logs are written event by event: each event is a sync, so long data goes in only so far.
let oneByOneCount = 3000

/// Replays a machine from the beginning and from snapshots at random cuts, with one worker and with
/// two, before and after sealing, and from a log that was written event by event.
func replayEveryWay(_ data: Dataset, _ program: any Program) async throws -> Replayed {
  let stored = try TemporaryLog(data.events, turnsOf: 1000)
  let log = stored.log
  let plain = Replayer(program, over: log, savesSnapshots: false)
  let scan = try await plain.scan()
  let state = try await plain.state()
  let digest = try log.digest(at: log.end)
  #expect(scan.failure == nil, "\(data.name)")
  #expect(scan.judgedThrough == Cut(data.events.count))
  #expect(state.work.events == UInt64(data.events.count))

  let cuts = try saveSnapshots(plain, seed: .random(in: 0...UInt64.max), name: data.name)
  for isSealed in [false, true] {
    if isSealed { try log.seal() }
    let sealedCount = log.segmentInfo().count { $0.isSealed }
    #expect((sealedCount > 0) == isSealed)
    #expect(try log.digest(at: log.end) == digest)
    for workers in [1, 2] {
      let way = "\(data.name), \(workers) workers, \(isSealed ? "sealed" : "active")"
      let replayer = Replayer(
        program, over: log, workers: workers, snapshots: SnapshotStore(log: log),
        savesSnapshots: false)
      let other = try await replayer.scan()
      expectSame(scan, other, way)
      #expect(other.work.startedFrom == (workers > 1 && scan.machine.scope == .log ? cuts : []))
      let fromSnapshot = try await replayer.state()
      #expect(fromSnapshot.digest == state.digest, "\(way)")
      #expect(fromSnapshot.work.startedFrom == cuts.suffix(1))
      #expect(other.work.ignored.isEmpty && fromSnapshot.work.ignored.isEmpty)
      let again = try await plain.state()
      #expect(again.digest == state.digest, "\(way)")
    }
  }
  try await expectSameOneByOne(data, plain)
  try await explainEveryWay(data, plain, scan)
  return Replayed(stored: stored, replayer: plain, scan: scan, state: state.value)
}

/// Saves snapshots at three random cuts, each made from the one before it.
private func saveSnapshots(_ plain: Replayer, seed: UInt64, name: String) throws -> [Cut] {
  print("\(name): snapshots with seed \(seed)")
  var generator = SeededGenerator(seed: seed)
  let store = try SnapshotStore(log: #require(plain.log))
  let end = Int(plain.history.end)
  let cuts = Set((0..<3).map { _ in Cut(Int.random(in: 1..<end, using: &generator)) }).sorted()
  var replayer = plain
  replayer.snapshots = store
  for (i, cut) in cuts.enumerated() {
    var work = Replayer.Work()
    let execution = try replayer.execution(at: cut, work: &work)
    #expect(work.startedFrom == (i > 0 ? [cuts[i - 1]] : []))
    let snapshot = try store.read(try store.save(execution, of: plain.machine, at: cut))
    let saved = try snapshot.state().digest
    #expect(saved == snapshot.stateDigest)
    let state = try execution.wholeState(plain.machine.scope)
    #expect(saved == state.digest)
  }
  return cuts
}

/// Compares the beginning of a log with a log of the same events, each in a turn of its own.
private func expectSameOneByOne(_ data: Dataset, _ plain: Replayer) async throws {
  let small = try TemporaryLog(data.events.prefix(oneByOneCount), turnsOf: 1)
  let end = small.log.end
  let (own, expectedDigest) = (
    try small.log.digest(at: end), try #require(plain.log).digest(at: end)
  )
  #expect(own == expectedDigest)
  let replayer = Replayer(plain.program, over: small.log, savesSnapshots: false)
  expectSame(try await plain.scan(to: end), try await replayer.scan(), "\(data.name), one by one")
  let (expected, found) = (try await plain.state(at: end), try await replayer.state())
  #expect(expected.digest == found.digest, "\(data.name), one by one")
}

func expectSame(_ a: Scan, _ b: Scan, _ way: String) {
  #expect(b.failure == nil, "\(way)")
  #expect(a.judgedThrough == b.judgedThrough, "\(way)")
  // Not the lists themselves: they may have thousands of changes, which a failure would print.
  let sameChanges = a.changes == b.changes
  #expect(sameChanges, "\(way)")
  for (x, y) in zip(a.findings, b.findings) {
    let same = x.episodes == y.episodes && x.undefinedCount == y.undefinedCount
    #expect(same, "\(way), \(x.invariant.name)")
  }
}

/// Counts by name, as the answers have them.
func tally(_ counts: [EventCounts.Count]) -> [String: UInt64] {
  Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: +)
}

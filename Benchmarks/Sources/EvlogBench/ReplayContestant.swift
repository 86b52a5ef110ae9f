import CEvents
import EvlogForensics
import EvlogReplay
import EvlogScripting
import EvlogStore
import FoundationEssentials
import SystemPackage

/// evlog at replaying, judging, searching and stepping.
struct ReplayContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  private var path: FilePath { FilePath(load.folder).appending("log") }
  private var streams: Int { Int(load.streams) }

  func run(_ job: Job) throws -> Measurement {
    switch job {
    case .fold where load.variant == .bin:
      try fold(BinaryTotals(streams: streams, checks: false).program)
    case .fold: try fold(ViewTotals(streams: streams, checks: false).program)
    case .foldCodable: try fold(CodableTotals(streams: streams, usesFoundation: false).program)
    case .foldFoundation: try fold(CodableTotals(streams: streams, usesFoundation: true).program)
    case .foldScript: try fold(try script)
    case .judge:
      try waiting { try await judge(ViewTotals(streams: streams, checks: true).program) }
    case .judgeScript:
      try waiting {
        try await judge(try ScriptProgram(source: Totals.scriptByStream, file: "streams.js"))
      }
    case .map: try waiting { try await map() }
    case .judgeAgain: try waiting { try await judgeAgain() }
    case .probe: try waiting { try await probe() }
    case .stepBack: try stepBack()
    case .index: try waiting { try await index() }
    case .blame: try waiting { try await blame() }
    default: throw Failure("evlog does not do '\(job.rawValue)' here")
    }
  }

  private func replayer(_ program: any Program, _ log: EventLog, keeps: Bool = false) -> Replayer {
    Replayer(
      program, over: log, workers: Int(load.threads),
      snapshots: keeps ? SnapshotStore(log: log) : nil)
  }

  /// From opening the log to the state.
  private func fold(_ program: any Program) throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    var work = Replayer.Work()
    let execution = try replayer(program, log).execution(at: log.end, work: &work)
    let seconds = (clock.now - start).inSeconds
    return Measurement(seconds: seconds, events: work.events, checksum: try sum(execution))
  }

  private func sum(_ execution: any Host) throws -> UInt64 {
    let state = try execution.value(at: StatePath([.key("cents")]), of: nil) ?? .null
    var cents = [Int64](repeating: 0, count: streams)
    switch state {
    case .array(let items):
      for (i, item) in items.enumerated() { cents[i] = item.integer(Int64.self) ?? 0 }
    case .object(let object):
      for member in object.members {
        guard let account = Int(member.key.suffix(7)) else { continue }
        cents[account] = member.value.integer(Int64.self) ?? 0
      }
    default: throw Failure("the state has no cents")
    }
    return TotalsState(cents: cents).sum
  }

  private func judge(_ program: any Program) async throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    let scan = try await replayer(program, log).scan()
    return Measurement(seconds: (clock.now - start).inSeconds, events: scan.work.events)
  }

  private func map() async throws -> Measurement {
    let program = ViewTotals(streams: streams, checks: false).program
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    let map = try await replayer(program, log).map()
    return Measurement(seconds: (clock.now - start).inSeconds, events: map.tally.events)
  }

  /// The first scan goes to 99 % of the log and keeps its verdicts; what is timed is the second.
  private func judgeAgain() async throws -> Measurement {
    warm(load.folder)
    let log = try EventLog.openReadOnly(path)
    let program = ViewTotals(streams: streams, checks: true).program
    let cut = log.end - UInt64(log.end) / 100
    try SnapshotStore(log: log).dropOtherCaches()
    let first = try await replayer(program, log, keeps: true).scan(to: cut)
    guard first.work.judgedBefore == nil else { throw Failure("there were verdicts already") }
    let start = clock.now
    let scan = try await replayer(program, log, keeps: true).scan()
    let seconds = (clock.now - start).inSeconds
    guard scan.work.judgedBefore == cut, scan.work.events == log.end - cut else {
      throw Failure("the second scan did not go on from the first")
    }
    try SnapshotStore(log: log).dropOtherCaches()
    return Measurement(seconds: seconds, events: UInt64(log.end))
  }

  private func probe() async throws -> Measurement {
    warm(load.folder)
    let log = try EventLog.openReadOnly(path)
    // Broken in about the middle of the log, for good.
    let program = ViewTotals(streams: streams, checks: true, limit: 1_250_000).program
    let store = SnapshotStore(log: log)
    for i in UInt64(1)...128 {
      var work = Replayer.Work()
      let execution = try replayer(program, log, keeps: true)
        .execution(at: Cut(UInt64(log.end) / 128 * i), work: &work)
      try store.save(execution, of: program.descriptor, at: Cut(UInt64(log.end) / 128 * i))
    }
    let start = clock.now
    let probe = try await replayer(program, log, keeps: true)
      .probe(program.descriptor.invariants[0])
    let seconds = (clock.now - start).inSeconds
    guard case .boundary = probe.outcome else { throw Failure("\(probe.outcome)") }
    for entry in try store.entries() { try store.drop(entry) }
    return Measurement(seconds: seconds, events: UInt64(log.end))
  }

  private var script: ScriptProgram {
    get throws { try ScriptProgram(source: Totals.script, file: "totals.js") }
  }

  private func index() async throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    let replayer = replayer(try script, log, keeps: true)
    try replayer.dropIndexedWrites()
    let indexed = try await replayer.indexWrites()
    guard indexed.cut == log.end else { throw Failure("the index ends at \(indexed.cut)") }
    return Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
  }

  /// From opening the log to the last writer of an account, with an index that is there.
  private func blame() async throws -> Measurement {
    let program = try script
    let kept = try EventLog.openReadOnly(path)
    try await replayer(program, kept, keeps: true).indexWrites()
    warm(load.folder)
    var times: [Duration] = []
    let start = clock.now
    for i in 0..<100 {
      let before = clock.now
      let log = try EventLog.openReadOnly(path)
      let account = String(i * 7919 % streams)
      let name = "account-" + String(repeating: "0", count: 7 - account.utf8.count) + account
      let blame = try await replayer(program, log, keeps: true)
        .blame(StatePath([.key("cents"), .key(name)]))
      times.append(clock.now - before)
      guard blame.work.indexedTo == log.end, blame.work.events == 0, blame.lastWriter != nil else {
        throw Failure("\(name) was not looked up")
      }
      log.close()
    }
    var result = Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(kept.end))
    result.latencies = Latencies(times)
    return result
  }

  private func stepBack() throws -> Measurement {
    warm(load.folder)
    let log = try EventLog.openReadOnly(path)
    let program = ViewTotals(streams: streams, checks: false).program
    let timeline = try Timeline(replayer(program, log), at: log.end)
    var times: [Duration] = []
    let start = clock.now
    for _ in 0..<200 {
      let before = clock.now
      try timeline.move(to: timeline.cut - 1)
      times.append(clock.now - before)
    }
    var result = Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
    result.latencies = Latencies(times)
    return result
  }
}

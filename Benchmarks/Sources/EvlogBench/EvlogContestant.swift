import CEvents
import Evlog
import SystemPackage

/// evlog at every job, through its public interface.
struct EvlogContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  private var path: FilePath { FilePath(load.folder).appending("log") }

  func run(_ job: Job) throws -> Measurement {
    switch job {
    case .append: try append()
    case .appendInTasks: try waiting { try await appendInTasks() }
    case .bulk: try bulk()
    case .make: try make()
    case .scan: try load.threads == 1 ? scan() : waiting { try await scanInParts() }
    case .count: try count()
    case .streams: try readStreams()
    case .random: try readEvents()
    case .open: try open(readOnly: false)
    case .openReadOnly: try open(readOnly: true)
    case .generate: Measurement(events: load.turns().reduce(0) { $0 + UInt64($1.events.count) })
    case .size: Measurement(events: load.events)
    case .encode, .encodeFoundation: try EncodingContestant(load).run(job)
    case .project, .projectBare, .rebuild, .turn, .turnOverBytes:
      try BuilderContestant(load).run(job)
    case .follow, .followBeside, .watch: try FollowContestant(load).run(job)
    case .fold, .foldCodable, .foldScript, .foldFoundation, .judge, .judgeScript, .map, .judgeAgain,
      .probe, .stepBack, .index, .blame:
      try ReplayContestant(load).run(job)
    case .minimise, .minimiseScript:
      try waiting { try await MinimiseContestant(load).run(job) }
    case .clocks, .checkCuts, .detect, .cuts, .judgeCuts:
      try waiting { try await CutsContestant(load).run(job) }
    case .heartbeat, .cancel: try waiting { try await WaitingContestant(load).run(job) }
    }
  }

  // MARK: Appending

  private func append() throws -> Measurement {
    let turns = load.turns()
    let log = try makeLog()
    var times: [Duration] = []
    times.reserveCapacity(turns.count)
    let start = clock.now
    var before = start
    for turn in turns {
      try log.appendBlocking(turn)
      let now = clock.now
      times.append(now - before)
      before = now
    }
    var result = Measurement(seconds: (before - start).inSeconds, events: UInt64(log.end))
    result.latencies = Latencies(times)
    result.segmentsLeft = log.segmentInfo().filter { !$0.isSealed }.count - 1
    log.close()
    return result
  }

  private func appendInTasks() async throws -> Measurement {
    let turns = load.turns()
    let log = try makeLog()
    let tasks = load.threads
    let start = clock.now
    try await withThrowingTaskGroup { group in
      for task in 0..<tasks {
        group.addTask {
          for i in stride(from: task, to: turns.count, by: tasks) { try await log.append(turns[i]) }
        }
      }
      try await group.waitForAll()
    }
    let seconds = (clock.now - start).inSeconds
    let result = Measurement(seconds: seconds, events: UInt64(log.end))
    log.close()
    return result
  }

  private func bulk() throws -> Measurement {
    let turns = load.turns()
    let log = try makeLog()
    let start = clock.now
    for turn in turns { try log.appendBlocking(turn) }
    try log.seal()
    let seconds = (clock.now - start).inSeconds
    let result = Measurement(seconds: seconds, events: UInt64(log.end))
    log.close()
    return result
  }

  private func make() throws -> Measurement {
    let log = try makeLog()
    let start = clock.now
    for first in stride(from: 0, to: load.events, by: 20_000) {
      try log.appendBlocking(Turn(load.newEvents(first..<min(first + 20_000, load.events))))
    }
    if !load.leavesTail { try log.seal(load.isBest ? .best : .fast) }
    let result = Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
    log.close()
    return result
  }

  private func makeLog() throws -> EventLog {
    var options = EventLog.Options()
    // What was compressed already would not be compressed better.
    options.sealsAutomatically = load.sealsAutomatically && !load.isBest
    options.reservedBytes = load.reservedBytes
    return try EventLog.create(path, options: options)
  }

  // MARK: Reading

  private func scan() throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    var sum = Sum()
    try sum.add(log.events())
    return sum.measurement(seconds: (clock.now - start).inSeconds)
  }

  private func scanInParts() async throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    var sum = Sum()
    try await withThrowingTaskGroup(of: Sum.self) { group in
      for part in try log.ranges(dividingInto: load.threads) {
        group.addTask {
          var sum = Sum()
          try sum.add(log.events(Query(part)))
          return sum
        }
      }
      for try await other in group { sum.add(other) }
    }
    return sum.measurement(seconds: (clock.now - start).inSeconds)
  }

  private func count() throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = try EventLog.openReadOnly(path)
    let counts = try log.counts()
    var sum = Sum(events: counts.byType.reduce(0) { $0 + $1.count })
    for (name, count) in counts.byType + counts.byStream { sum.add(name, count) }
    return sum.measurement(seconds: (clock.now - start).inSeconds)
  }

  private func readStreams() throws -> Measurement {
    try reads { log, n, sum in try sum.add(log.events(Query(stream: load.randomStream(n)))) }
  }

  private func readEvents() throws -> Measurement {
    try reads { log, n, sum in
      let offset = Offset(load.randomOffset(n))
      let events = sum.events
      try sum.add(log.events(Query(from: offset.cutBefore, to: offset.cutAfter)))
      guard sum.events == events + 1 else { throw Failure("evlog has no event at \(offset)") }
    }
  }

  private func reads(
    _ read: (EventLog, _ n: UInt64, inout Sum) throws -> Void
  ) throws -> Measurement {
    warm(load.folder)
    let log = try EventLog.openReadOnly(path)
    var unused = Sum()
    for n in 0..<UInt64(BENCH_WARM_READS) { try read(log, load.reads + n, &unused) }
    var sum = Sum()
    var times: [Duration] = []
    let start = clock.now
    var before = start
    for n in 0..<load.reads {
      try read(log, n, &sum)
      let now = clock.now
      times.append(now - before)
      before = now
    }
    var result = sum.measurement(seconds: (before - start).inSeconds)
    result.latencies = Latencies(times)
    return result
  }

  private func open(readOnly: Bool) throws -> Measurement {
    warm(load.folder)
    let start = clock.now
    let log = readOnly ? try EventLog.openReadOnly(path) : try EventLog.open(path)
    let result = Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
    log.close()
    return result
  }
}

/// What a reader adds up, as `bench_term` and `bench_count_term` do.
private struct Sum: Sendable {
  var events: UInt64 = 0
  var checksum: UInt64 = 0

  mutating func add(_ query: EventLog.Events) throws {
    var cursor = query.makeCursor()
    var block = EventBlock()
    while try cursor.read(into: &block) {
      for i in block.indices { add(block[i]) }
    }
  }

  mutating func add(_ event: EventView) {
    let (stream, type, data) = (event.stream, event.type, event.data)
    events += 1
    checksum &+=
      UInt64(event.offset) &* 0x9E37_79B9_7F4A_7C15
      ^ UInt64(bitPattern: event.recordedAt.nanoseconds)
    checksum &+= 3 &* UInt64(stream.count &+ Int(stream[stream.count &- 1]))
    checksum &+= 5 &* UInt64(type.count &+ Int(type[0]))
    checksum &+= 7 &* UInt64(data.count &+ Int(data[data.count / 2]))
  }

  mutating func add(_ name: String, _ count: UInt64) {
    checksum &+= count * UInt64(31 * name.utf8.count + Int(name.utf8.last ?? 0))
  }

  mutating func add(_ other: Sum) {
    events += other.events
    checksum &+= other.checksum
  }

  func measurement(seconds: Double) -> Measurement {
    Measurement(seconds: seconds, events: events, checksum: checksum)
  }
}

import EvlogStore
import EvlogTesting
import SystemPackage

/// What must be true of a log whatever its files hold: it is refused or read, with typed errors, and
/// whatever is read is the same by every way to read it.
struct LogExamination {
  private let disk: SimulatedDisk
  private let options: EventLog.Options
  /// No more than so many offsets, streams and turns are asked for by themselves.
  private static let most = 16

  init(_ disk: SimulatedDisk) {
    self.disk = disk
    options = FuzzLog.options(disk)
  }

  func examine() throws {
    let before = disk.state.serial
    let read = try examineReading()
    try require(disk.state.serial == before, "opening for reading changed the disk")
    try examineWriting(read)
  }

  /// What a walk over a log gave, until the error, if there was one.
  struct Walk {
    var events: [RecordedEvent] = []
    var error: EventLogError?
  }

  static func walk(_ log: EventLog, _ query: Query = Query()) throws -> Walk {
    var walk = Walk()
    var cursor = log.events(query).makeCursor()
    do throws(EventLogError) {
      while let event = try cursor.next() { walk.events.append(event) }
    } catch { walk.error = error }
    let inPlace = walkInPlace(log, query)
    try require(
      inPlace.events == walk.events && (inPlace.error == nil) == (walk.error == nil),
      "events in place and copied ones differ for \(query)")
    _ = walk.error?.description
    return walk
  }

  /// The other way to read: blocks, whose events are looked at where they are.
  private static func walkInPlace(_ log: EventLog, _ query: Query) -> Walk {
    var walk = Walk()
    var cursor = log.events(query).makeCursor()
    var block = EventBlock()
    do throws(EventLogError) {
      while try cursor.read(into: &block) {
        for i in block.indices { walk.events.append(RecordedEvent(block[i])) }
      }
    } catch { walk.error = error }
    return walk
  }

  // MARK: Reading

  private func examineReading() throws -> Walk? {
    let log: EventLog
    do throws(EventLogError) {
      log = try EventLog.openReadOnly(FuzzLog.path, options: options)
    } catch {
      _ = error.description
      return nil
    }
    defer { log.close() }
    _ = log.recovery.description
    let up = try Self.walk(log)
    for (i, event) in up.events.enumerated() {
      try require(event.offset == Offset(i), "event \(i) says that it is \(event.offset)")
    }
    let down = try Self.walk(log, Query(isBackwards: true))
    try require((up.error == nil) == (down.error == nil), "backwards it fails, forwards not")
    if up.error == nil {
      try require(Cut(up.events.count) == log.end, "\(log.end) events, \(up.events.count) read")
      try require(down.events.elementsEqual(up.events.reversed()), "backwards it differs")
    }
    try examineOffsets(log, up, down)
    let problems = log.verify(.deep)
    for problem in problems { _ = problem.description }
    try require(up.error == nil || !problems.isEmpty, "verify sees nothing, reading fails")
    try examineLookups(log, up, isSound: problems.isEmpty)
    return up
  }

  private func examineOffsets(_ log: EventLog, _ up: Walk, _ down: Walk) throws {
    let offsets =
      Array((0..<min(log.end, Cut(Self.most))).offsets) + down.events.prefix(4).map(\.offset)
    for offset in offsets {
      let found: RecordedEvent?
      do throws(EventLogError) { found = try log.event(at: offset) } catch {
        try require(
          offset >= Offset(up.events.count) && !down.events.contains { $0.offset == offset },
          "event \(offset) is read in a row, not by itself")
        continue
      }
      try require(found?.offset == offset, "event \(offset) is another one by itself")
      if offset < Offset(up.events.count) {
        let inARow = up.events[Int(offset)]
        try require(
          found == inARow,
          "event \(offset) differs by itself: \(String(reflecting: found)), not \(inARow)")
      }
      if let there = down.events.first(where: { $0.offset == offset }) {
        try require(found == there, "event \(offset) differs backwards")
      }
    }
  }

  private func examineLookups(_ log: EventLog, _ walk: Walk, isSound: Bool) throws {
    // Where an index is wrong, verify says so, and asking it must do no harm.
    func check(_ what: String, _ body: () throws -> Bool) throws {
      do {
        let isRight = try body()
        try require(isRight || !isSound, "\(what) is wrong, and verify sees nothing")
      } catch let error as EventLogError {
        try require(!isSound, "\(what) fails, and verify sees nothing: \(error)")
      }
    }
    var streams: [[UInt8]: [RecordedEvent]] = [:]
    for event in walk.events { streams[Array(event.stream.utf8), default: []].append(event) }
    for events in streams.values.prefix(Self.most) {
      let name = events[0].stream
      for isBackwards in [false, true] {
        try check("the stream \(name)") {
          let found = try Self.walk(log, Query(stream: name, isBackwards: isBackwards))
          if let error = found.error { throw error }
          return found.events.elementsEqual(isBackwards ? events.reversed() : events)
        }
      }
      try check("the last revision of \(name)") {
        try log.lastRevision(of: name) == events.last?.revision
      }
    }
    try check("the counts") {
      let counts = try log.counts()
      return counts.byStream.allSatisfy {
        streams[Array($0.name.utf8)]?.count == Int(exactly: $0.count)
      }
        && counts.streamCount == streams.count
    }
    if let type = walk.events.last?.type {
      try check("the type \(type)") {
        let found = try Self.walk(log, Query(types: [type]))
        return found.error == nil
          && found.events == walk.events.filter { $0.type.utf8.elementsEqual(type.utf8) }
      }
    }
    if let time = walk.events.last?.recordedAt {
      try check("the time \(time)") {
        let found = try Self.walk(log, Query(since: time))
        return found.error == nil && found.events == walk.events.filter { $0.recordedAt >= time }
      }
    }
    for event in walk.events.prefix(Self.most) {
      guard let id = event.turnID else { continue }
      try check("the turn \(id)") {
        guard let found = try log.offsets(ofTurn: id) else { return false }
        // Of two turns with one id, which evlog never writes, it may be either.
        return walk.events[Int(found.lowerBound)].turnID?.utf8.elementsEqual(id.utf8) == true
      }
    }
    try check("what is not there") {
      try log.offsets(ofTurn: "stranger") == nil && log.lastRevision(of: "stranger") == nil
    }
    try check("the digest") {
      let digest = walk.events.reduce(Digest.zero) { $0.appending($1) }
      return try log.digest(at: log.end) == digest
    }
    try check("the division") {
      let parts = try log.ranges(dividingInto: 3)
      return parts.reduce(Cut(0)) { $0 == $1.cutBefore ? $1.cutAfter : .max } == log.end
    }
  }

  // MARK: Writing

  private func examineWriting(_ read: Walk?) throws {
    let log: EventLog
    do throws(EventLogError) { log = try EventLog.open(FuzzLog.path, options: options) } catch {
      _ = error.description
      return
    }
    let before = try Self.walk(log)
    if let read, read.error == nil, before.error == nil {
      // A reader does not look past the mark, where what lies there was never acknowledged.
      try require(
        before.events.starts(with: read.events), "the writer has other events than a reader")
    }
    let isSound = before.error == nil && log.verify(.deep).isEmpty
    let turn = Turn(
      [
        NewEvent(stream: "stream-1", type: "type-1", data: [1, 2, 3]),
        NewEvent(stream: "new", type: "new", data: []),
      ],
      id: "new-turn")
    do throws(EventLogError) {
      try log.appendBlocking(turn)
      try log.seal()
    } catch {
      try require(!isSound, "a log that is sound takes nothing: \(error)")
      log.close()
      return
    }
    let after = try Self.walk(log)
    log.close()
    try require(after.error == nil || before.error != nil, "reading fails after an append")
    if before.error == nil {
      try require(
        after.events.dropLast(2).elementsEqual(before.events), "an append changed what was there")
      try require(
        after.events.suffix(2).map { NewEvent($0) } == turn.events, "what was appended is not there"
      )
    }
    let again: EventLog
    do throws(EventLogError) { again = try EventLog.open(FuzzLog.path, options: options) } catch {
      throw FuzzFinding(description: "after an append it does not open again: \(error)")
    }
    defer { again.close() }
    let last = try Self.walk(again)
    try require(last.events == after.events, "opened again it differs")
    if isSound {
      let problems = again.verify(.deep)
      try require(problems.isEmpty, "it was sound, and after an append is not: \(problems)")
    }
  }
}

extension NewEvent {
  /// The event as it was given, without a time.
  fileprivate init(_ event: RecordedEvent) {
    self.init(
      stream: event.stream, type: event.type, data: Array(event.data),
      contentType: event.contentType, schemaVersion: event.schemaVersion, id: event.id,
      causation: event.causation, correlation: event.correlation,
      metadata: event.metadata.map { Array($0) })
  }
}

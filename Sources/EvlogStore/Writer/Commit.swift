import Synchronization
import SystemPackage

/// What the writer knows while it turns requests into frames.
struct Commit: ~Copyable {
  /// The bytes of data that one frame collects from waiting turns; a larger turn is a frame alone.
  static let groupBytes = 8 << 20
  /// A segment's file grows by zeros in steps between these sizes, ahead of small frames.
  static let growth: ClosedRange<UInt64> = 64 << 10...1 << 20
  /// A frame of so many bytes is written behind the end of the file: that costs its sync less than
  /// zeros of as many bytes would, which are written too.
  static let largeFrame: UInt64 = 64 << 10

  unowned let log: EventLog
  /// The active segment, and how far its file is written (frames, then zeros).
  var active: ActiveSegment?
  var allocated: UInt64 = 0
  var spares: SpareSegments?
  /// What must still be under its name when a turn is written.
  private var own = OwnFiles()
  /// The last durable mark as it was written.
  private var markBytes: [UInt8] = []
  private var streams = KnownStreams()
  private var types = NameTable()
  /// Refuses turns that break the log's contract.
  private var door = Door()
  /// How many types are remembered before all are forgotten, to bound the memory.
  private static let typeLimit = 100_000
  /// By event of the turn that is looked at: its stream's number.
  private var numbers: [UInt32] = []
  /// The memory of the last group, for the next one.
  private var encoder = BlockEncoder(headerCount: FrameHeader.byteCount)

  init(log: EventLog) { self.log = log }

  var hasEvents: Bool { active.map { !$0.offsets.isEmpty } ?? false }

  mutating func begin() throws(EventLogError) {
    door = try Door(of: log)
    active = log.view().segments.last as? ActiveSegment
    try makeSpares()
    for file in [log.lock?.note, log.durable] { if let file { try own.add(file) } }
    if let active {
      allocated = try active.file.size()
      try own.setSegment(active.file)
    } else {
      let last = log.view().segments.last as? SealedSegment
      try makeSegment(
        previousFrame: last?.trailer.lastFrame ?? 0,
        format: SegmentHeader.plainFormat)
    }
    streams.forget(upTo: log.end.offsetAfter)
    try publish(log.end.offsetAfter)
    // A mark that says "poisoned" must not come back after a power cut: by then there are
    // acknowledged turns beyond its end.
    try log.durable?.sync()
  }

  /// Announces to readers in other processes how far the log is durable.
  mutating func publish(_ end: Offset, isPoisoned: Bool = false) throws(EventLogError) {
    let mark = DurableMark(
      store: log.identity.store, end: end, activeBase: active?.header.baseOffset ?? end,
      isPoisoned: isPoisoned, boot: log.layout.system.kernel.boot)
    mark.encode(to: &markBytes)
    try log.durable?.write(markBytes, at: 0)
  }

  /// Answers all the requests, in order; true where a segment became full.
  mutating func run(_ requests: [Writer.Request]) -> Bool {
    if streams.isFull || types.count > Self.typeLimit { forgetNames() }
    var hasRolled = false
    var group = beginGroup()
    for request in requests {
      do throws(EventLogError) {
        try checkWritable()
        if try accept(request, into: &group) { hasRolled = true }
      } catch {
        group.answer(request, .failure(error))
      }
    }
    if write(&group) { hasRolled = true }
    group.take(&encoder)
    return hasRolled
  }

  /// Replaces the tables of names, while no group refers to them.
  private mutating func forgetNames() {
    streams.forget(upTo: log.end.offsetAfter)
    types = NameTable()
    encoder.forgetTables()
  }

  private mutating func beginGroup() -> CommitGroup {
    var memory = BlockEncoder()
    swap(&memory, &encoder)
    memory.removeAll()
    return CommitGroup(firstOffset: log.end.offsetAfter, encoder: memory, door: door)
  }

  private func checkWritable() throws(EventLogError) {
    let (poison, isClosed) = log.state.withLock { ($0.poison, $0.isClosed) }
    if let poison { throw poison }
    if isClosed { throw EventLogError(.closed, "The log was closed", file: log.path) }
  }

  /// Checks a turn against the log and the turns before it, and adds it to the group; true where
  /// the group was full before, was written, and made a segment full.
  private mutating func accept(_ request: Writer.Request, into group: inout CommitGroup)
    throws(EventLogError) -> Bool
  {
    let turn = request.turn
    try turn.check()
    if let id = turn.id, let there = try knownTurn(id, group) {
      try there.requireSame(as: turn, log.path)
      group.answer(request, .success(there.appended))
      return false
    }
    let (log, completeFrom) = (log, streams.completeFrom)
    let byteCount = try streams.find(turn.events, into: &numbers) { stream throws(EventLogError) in
      try log.lastRevision(of: stream, before: completeFrom)
    }
    try Turn.check(byteCount: byteCount)
    if !turn.expectations.isEmpty { try checkExpectations(of: turn) }
    var hasRolled = false
    if !group.isEmpty, group.byteCount + byteCount > Self.groupBytes {
      hasRolled = write(&group)
      try checkWritable()
    }
    do throws(EventLogError) { try door.judge(turn, in: log) } catch {
      group.answer(request, .failure(error))
      return hasRolled
    }
    group.add(request, of: numbers, &streams, &types)
    return hasRolled
  }

  private mutating func checkExpectations(of turn: Turn) throws(EventLogError) {
    let (log, completeFrom) = (log, streams.completeFrom)
    for (stream, expectation) in turn.expectations.sorted(by: { $0.key < $1.key }) {
      let number = try streams.number(of: stream) { stream throws(EventLogError) in
        try log.lastRevision(of: stream, before: completeFrom)
      }
      let actual = streams.last(number)
      guard expectation.isMet(by: actual) else {
        throw EventLogError(
          .wrongExpectedRevision,
          "The stream '\(stream)' is \(actual.map { "at revision \($0)" } ?? "empty"), but the turn "
            + "expects \(expectation.words)", file: log.path,
          advice: "Read the stream again, decide again, and retry.")
      }
    }
  }

  private func knownTurn(_ id: String, _ group: borrowing CommitGroup) throws(EventLogError)
    -> KnownTurn?
  {
    if let pending = group.turn(id) { return pending }
    return try existingTurn(id)
  }

  private func existingTurn(_ id: String) throws(EventLogError) -> KnownTurn? {
    guard let offsets = try log.offsets(ofTurn: id) else { return nil }
    var events: [NewEvent] = []
    var revisions: [Revision] = []
    var cursor = log.events(Query(offsets)).makeCursor()
    while let event = try cursor.next() {
      events.append(NewEvent(recorded: event))
      revisions.append(event.revision)
    }
    return KnownTurn(id: id, offsets: offsets, events: events, eventRevisions: revisions)
  }

  /// Writes the group as one frame and answers its requests; true where a segment became full.
  private mutating func write(_ group: inout CommitGroup) -> Bool {
    if group.isEmpty {
      group.finish(nil)
      group.take(&encoder)
      group = beginGroup()
      return false
    }
    var hasRolled = false
    do throws(EventLogError) {
      hasRolled = try writeFrame(&group)
      group.finish(nil)
    } catch {
      group.takeBack(from: &streams)
      door = group.doorBefore
      group.finish(error)
    }
    group.take(&encoder)
    group = beginGroup()
    log.wakeWaiters()
    return hasRolled
  }

  private mutating func writeFrame(_ group: inout CommitGroup) throws(EventLogError) -> Bool {
    var hasRolled = false
    guard var segment = active else { throw EventLogError(.closed, "The log was closed") }
    let body = group.finishBody(streams: streams.names, types: types)
    let format = max(segment.header.format, group.format)
    let isFull =
      hasEvents
      && segment.end.position + UInt64(group.encoder.payload.count) > log.identity.segmentBytes
    // A reader that does not know a format must not meet it in a segment that does not say so.
    if isFull || format > segment.header.format {
      try roll(to: format)
      hasRolled = true
      guard let next = active else { throw EventLogError(.closed, "The log was closed") }
      segment = next
    }
    do throws(EventLogError) { try own.check() } catch { throw poison(error) }
    let end = segment.end
    let (header, checksum) = group.setFrameHeader(
      body, durableBefore: log.end.offsetAfter, after: end, salt: segment.header.salt)
    try write(group.encoder.payload, to: segment, at: end.position)
    // The frame is on disk; only now may anyone see it.
    do throws(EventLogError) { try publish(header.offsets.upperBound) } catch {
      throw unannounced(error, header.offsets)
    }
    segment.didAppend(
      FrameIndex.Frame(position: end.position, header: header), checksum: checksum)
    log.state.withLock { $0.end = header.offsets.upperBound }
    return hasRolled
  }

  /// Writes a frame and syncs it. Throws `diskFull` where there is no room for it, and the segment is
  /// as it was before.
  private mutating func write(_ frame: [UInt8], to segment: ActiveSegment, at position: UInt64)
    throws(EventLogError)
  {
    let end = position + UInt64(frame.count)
    if end > allocated, UInt64(frame.count) < Self.largeFrame { try allocate(end, in: segment) }
    do throws(EventLogError) { try segment.file.write(frame, at: position) } catch {
      guard error.code == .diskFull, end > allocated else { throw poison(error) }
      try undo(position, in: segment)
      throw error
    }
    allocated = max(allocated, end)
    do throws(EventLogError) { try segment.file.sync() } catch { throw poison(error) }
  }

  /// Lays out zeros for frames to come. Where the disk is full, that shows before a byte of a frame is
  /// written.
  private mutating func allocate(_ needed: UInt64, in segment: ActiveSegment) throws(EventLogError)
  {
    let step = min(max(allocated, Self.growth.lowerBound), Self.growth.upperBound)
    let size = max(needed, min(allocated + step, max(log.identity.segmentBytes, needed)))
    do throws(EventLogError) {
      try segment.file.writeZeros(allocated..<size)
    } catch {
      try undo(allocated, in: segment)
      throw error.code == .diskFull ? error : poison(error)
    }
    allocated = size
  }

  /// Takes back what was written from a position on.
  private mutating func undo(_ position: UInt64, in segment: ActiveSegment) throws(EventLogError) {
    do throws(EventLogError) {
      try segment.file.truncate(to: allocated)
      if position < allocated { try segment.file.writeZeros(position..<allocated) }
    } catch { throw poison(error) }
  }

  /// Accepts no more turns: after a failed write or sync, it is unknown what the disk holds.
  mutating func poison(_ cause: EventLogError) -> EventLogError {
    let error = takeNoMore(cause)
    // If this fails too, opening the log again rewrites what may be in memory only.
    try? publish(log.end.offsetAfter, isPoisoned: true)
    return error
  }

  private func takeNoMore(_ cause: EventLogError) -> EventLogError {
    let error = EventLogError(
      .poisoned, "The log takes no more turns, because writing failed: \(cause.message)",
      file: cause.file, byte: cause.byte, errno: cause.errno,
      advice: "Close the log and open it again: that recovers every acknowledged turn.")
    log.state.withLock { if $0.poison == nil { $0.poison = error } }
    return error
  }

  /// Accepts no more turns, because the mark of one that is on disk could not be written.
  ///
  /// No reader sees that turn, so it is not acknowledged either. The mark is not poisoned, which would mean
  /// that the turn is not to be trusted. So opening the log again takes the turn up.
  private func unannounced(_ cause: EventLogError, _ offsets: Range<Offset>) -> EventLogError {
    _ = takeNoMore(cause)
    return EventLogError(
      .unannounced, "The turn is on disk, but cannot be announced to readers: \(cause.message)",
      file: cause.file, offsets: offsets, errno: cause.errno,
      advice: .init(
        "The log takes no more turns until it is opened for writing again, and has this one "
          + "then. Append nothing a second time without a turn's id."))
  }

  /// Takes note of the segment that is written to.
  mutating func didOpen(_ segment: ActiveSegment) throws(EventLogError) {
    try own.setSegment(segment.file)
  }
}

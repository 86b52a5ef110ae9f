import Synchronization
import SystemPackage

/// What the writer knows while it turns requests into frames.
struct Commit {
  /// The bytes of data that one frame collects from waiting turns; a larger turn is a frame alone.
  static let groupBytes = 8 << 20
  /// A segment's file grows by zeros in steps between these sizes, ahead of the frames.
  static let growth: ClosedRange<UInt64> = 64 << 10...8 << 20

  unowned let log: EventLog
  /// The active segment, and how far its file is written (frames, then zeros).
  private var active: ActiveSegment?
  private var allocated: UInt64 = 0
  private var streams = KnownStreams()
  /// The memory of the last group, for the next one.
  private var encoder = BlockEncoder(headerCount: FrameHeader.byteCount)

  init(log: EventLog) { self.log = log }

  var hasEvents: Bool { active.map { !$0.offsets.isEmpty } ?? false }

  mutating func begin() throws(EventLogError) {
    active = log.view().segments.last as? ActiveSegment
    if let active {
      allocated = try active.file.size()
    } else {
      try makeSegment(previousFrame: lastFrame)
    }
    streams.forget(upTo: log.end)
    try publish(log.end)
    // A mark that says "poisoned" must not come back after a power cut: by then there are
    // acknowledged turns beyond its end.
    try log.durable?.sync()
  }

  private var lastFrame: UInt32 {
    switch log.view().segments.last {
    case let active as ActiveSegment: active.end.checksum
    case let sealed as SealedSegment: sealed.trailer.lastFrame
    default: 0
    }
  }

  /// Tells readers in other processes how far the log is durable.
  private func publish(_ end: UInt64, isPoisoned: Bool = false) throws(EventLogError) {
    let mark = DurableMark(
      store: log.identity.store, end: end, activeBase: active?.header.baseOffset ?? end,
      isPoisoned: isPoisoned, boot: log.layout.system.kernel.boot)
    try log.durable?.write(mark.encoded(), at: 0)
  }

  /// Answers all the requests, in order; true where a segment became full.
  mutating func run(_ requests: [Writer.Request]) -> Bool {
    var hasRolled = false
    var group = beginGroup()
    for request in requests {
      do throws(EventLogError) {
        try checkWritable()
        try request.turn.check()
        if !group.isEmpty, group.byteCount + request.turn.byteCount > Self.groupBytes {
          if write(&group) { hasRolled = true }
          try checkWritable()
        }
        try accept(request, into: &group)
      } catch {
        group.answer(request, .failure(error))
      }
    }
    if write(&group) { hasRolled = true }
    group.take(&encoder)
    return hasRolled
  }

  private mutating func beginGroup() -> CommitGroup {
    var memory = BlockEncoder(headerCount: FrameHeader.byteCount)
    swap(&memory, &encoder)
    return CommitGroup(firstOffset: log.end, encoder: memory)
  }

  private func checkWritable() throws(EventLogError) {
    let (poison, isClosed) = log.state.withLock { ($0.poison, $0.isClosed) }
    if let poison { throw poison }
    if isClosed { throw EventLogError(.closed, "The log was closed", file: log.path) }
  }

  /// Checks a turn against the log and the turns before it, and adds it to the group.
  private mutating func accept(_ request: Writer.Request, into group: inout CommitGroup)
    throws(EventLogError)
  {
    let turn = request.turn
    if let id = turn.id, let there = try knownTurn(id, group) {
      try there.requireSame(as: turn, log.path)
      group.answer(request, .success(there.appended))
      return
    }
    do throws(EventLogError) {
      let (log, streams) = (log, streams)
      try group.beginTurn(turn, streams) { stream throws(EventLogError) in
        try log.lastRevision(of: stream, before: streams.completeFrom)
      }
      try checkExpectations(of: turn, group)
    } catch {
      group.abandonTurn()
      throw error
    }
    group.add(request)
  }

  private func checkExpectations(of turn: Turn, _ group: CommitGroup) throws(EventLogError) {
    for (stream, expectation) in turn.expectations.sorted(by: { $0.key < $1.key }) {
      let actual = try currentRevision(of: stream, group)
      guard expectation.isMet(by: actual) else {
        throw EventLogError(
          .wrongExpectedRevision,
          "The stream '\(stream)' is \(actual.map { "at revision \($0)" } ?? "empty"), but the turn "
            + "expects \(expectation.words)", file: log.path,
          advice: "Read the stream again, decide again, and retry.")
      }
    }
  }

  private func currentRevision(of stream: String, _ group: CommitGroup) throws(EventLogError)
    -> UInt64?
  {
    if let pending = group.revision(of: stream) { return pending.last }
    if let known = streams.number(of: stream) { return streams.revision(known) }
    return try log.lastRevision(of: stream, before: streams.completeFrom)
  }

  private func knownTurn(_ id: String, _ group: CommitGroup) throws(EventLogError) -> KnownTurn? {
    if let pending = group.turn(id) { return pending }
    return try existingTurn(id)
  }

  private func existingTurn(_ id: String) throws(EventLogError) -> KnownTurn? {
    guard let offsets = try log.offsets(ofTurn: id) else { return nil }
    var events: [NewEvent] = []
    var revisions: [UInt64] = []
    var cursor = log.events(Query(from: offsets.lowerBound, to: offsets.upperBound)).makeCursor()
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
      streams.learn(from: group)
      group.finish(nil)
    } catch {
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
    let size = UInt64(FrameHeader.byteCount + group.encoder.byteCount + 24)
    if hasEvents, segment.end.position + size > log.identity.segmentBytes {
      try roll()
      hasRolled = true
      guard let next = active else { throw EventLogError(.closed, "The log was closed") }
      segment = next
    }
    let end = segment.end
    let (header, checksum) = group.finishFrame(
      durableBefore: log.end, after: end, salt: segment.header.salt)
    // Room first: where the disk is full, that shows before a byte of the frame is written.
    try allocate(end.position + header.byteCount, in: segment)
    do throws(EventLogError) {
      try segment.file.write(group.encoder.payload, at: end.position)
      try segment.file.sync()
    } catch {
      throw poison(error)
    }
    // The frame is on disk; only now may anyone see it.
    segment.didAppend(
      FrameIndex.Frame(position: end.position, header: header), checksum: checksum)
    log.state.withLock { $0.end = header.offsets.upperBound }
    do throws(EventLogError) { try publish(header.offsets.upperBound) } catch {
      _ = poison(error)
    }
    return hasRolled
  }

  private mutating func allocate(_ needed: UInt64, in segment: ActiveSegment) throws(EventLogError)
  {
    guard needed > allocated else { return }
    let step = min(max(allocated, Self.growth.lowerBound), Self.growth.upperBound)
    let size = max(needed, min(allocated + step, max(log.identity.segmentBytes, needed)))
    do throws(EventLogError) {
      try segment.file.writeZeros(allocated..<size)
    } catch {
      do throws(EventLogError) { try segment.file.truncate(to: allocated) } catch {
        throw poison(error)
      }
      throw error.code == .diskFull ? error : poison(error)
    }
    allocated = size
  }

  /// Takes no more turns: after a failed write or sync, nobody knows what the disk holds.
  private func poison(_ cause: EventLogError) -> EventLogError {
    var error = EventLogError(
      .poisoned, "The log takes no more turns, because writing failed: \(cause.message)",
      file: cause.file, byte: cause.byte, errno: cause.errno,
      advice: "Close the log and open it again: that recovers every acknowledged turn.")
    error.offsets = nil
    log.state.withLock { if $0.poison == nil { $0.poison = error } }
    try? publish(log.end, isPoisoned: true)
    return error
  }

  /// Lets a new segment follow the active one.
  mutating func roll() throws(EventLogError) {
    guard let full = active else { return }
    try makeSegment(previousFrame: full.end.checksum)
    do throws(EventLogError) { try publish(log.end) } catch { throw poison(error) }
  }

  private mutating func makeSegment(previousFrame: UInt32) throws(EventLogError) {
    let layout = log.layout
    let base = log.end
    let header = SegmentHeader(
      kind: .active, store: log.identity.store, baseOffset: base,
      salt: UInt64.random(in: .min ... .max), createdAt: .now(), previousFrame: previousFrame)
    let temporary = layout.segment(base: base, .unfinished)
    try layout.system.removeIfPresent(temporary)
    let path = layout.segment(base: base, .active)
    let size = min(Self.growth.lowerBound, max(log.identity.segmentBytes, 4096))
    do throws(EventLogError) {
      let file = try File(temporary, .create, layout.system)
      try file.write(header.encoded(), at: 0)
      try file.writeZeros(UInt64(SegmentHeader.byteCount)..<size)
      try file.sync()
      try layout.system.rename(temporary, to: path)
    } catch {
      try? layout.system.removeIfPresent(temporary)
      throw error.code == .diskFull ? error : poison(error)
    }
    // Once it has its name the old segment must not grow any more, or the two would overlap: from
    // here on every failure ends the writer, a full disk too.
    let segment: ActiveSegment
    do throws(EventLogError) {
      try layout.system.syncDirectory(layout.segments)
      let file = try File(path, .readWrite, layout.system)
      segment = ActiveSegment(
        file: file, header: header,
        frames: try FrameScan(file: file, header: header, below: base))
    } catch {
      throw poison(error)
    }
    active = segment
    allocated = size
    log.state.withLock { $0.segments.append(segment) }
  }
}

import Synchronization

extension EventLog {
  /// The events from a cut on: first those in the log, then each new one as it becomes durable.
  ///
  /// It ends when its task is cancelled or the log is closed, and where the query says: after `limit` events,
  /// before `to`. Nothing is buffered: a slow reader holds up no other, and catches up from the log. It also
  /// works if another process writes.
  public func subscribe(from cut: Cut = 0, _ query: Query = Query()) -> Subscription {
    Subscription(log: self, query: query, from: cut)
  }

  /// The same from a start that is looked up now: the beginning, the end, a cut or a time.
  ///
  ///     for try await event in try log.subscribe(from: .end) { … }
  public func subscribe(from start: SubscriptionStart, _ query: Query = Query())
    throws(EventLogError) -> Subscription
  {
    switch start {
    case .beginning: return subscribe(from: 0, query)
    case .cut(let cut): return subscribe(from: cut, query)
    case .end:
      try refresh()
      return subscribe(from: end, query)
    case .time(let time):
      try refresh()
      return subscribe(from: try cut(at: time), query)
    }
  }

  /// The events of a log, and then those that come.
  public struct Subscription: AsyncSequence, Sendable {
    let log: EventLog
    let query: Query
    let from: Cut

    public func makeAsyncIterator() -> Iterator {
      Iterator(
        log: log, query: query, position: Swift.max(from, query.from), remaining: query.limit)
    }

    /// Reads one event per call, and sleeps at the end of the log.
    public struct Iterator: AsyncIteratorProtocol {
      let log: EventLog
      let query: Query
      var position: Cut
      var remaining: Int?
      var cursor: EventCursor?

      public mutating func next() async throws -> RecordedEvent? {
        while true {
          try Task.checkCancellation()
          if let remaining, remaining <= 0 { return nil }
          if let event = try cursor?.next() {
            position = event.offset.cutAfter
            if let left = remaining { remaining = left - 1 }
            return event
          }
          // The cursor has seen everything up to the end it was made with.
          if let cursor { position = Swift.max(position, cursor.end.cutBefore) }
          cursor = nil
          if let to = query.to, position >= to { return nil }
          guard try await log.waitForEvents(after: position) else { return nil }
          var rest = query
          rest.from = position
          rest.limit = remaining
          rest.isBackwards = false
          let (segments, end) = log.view()
          cursor = EventCursor(rest, segments: segments, end: end)
        }
      }
    }
  }

  /// Returns true once the log is longer than `cut`, false once it is closed.
  package func waitForEvents(after cut: Cut) async throws -> Bool {
    let isWatched = isWritable || watchesFolder()
    var pause: Duration = .milliseconds(1)
    while true {
      let wakes = state.withLock { $0.wakes }
      if !isWritable { try refresh() }
      let (end, isClosed) = state.withLock { ($0.end, $0.isClosed) }
      if end > cut.offsetAfter { return true }
      if isClosed { return false }
      if isWritable {
        try await waitForWake(after: wakes)
      } else {
        try await waitForWake(after: wakes, atMost: isWatched ? .seconds(1) : pause)
        pause = min(pause * 2, .milliseconds(100))
      }
    }
  }

  /// Lets changes of the log's folder wake waiting tasks; false if the system cannot.
  private func watchesFolder() -> Bool {
    state.withLock { state in
      if let watch = state.watch { return watch != nil }
      let watch = isOnDisk ? ChangeWatch(path) { [weak self] in self?.wakeWaiters() } : nil
      state.watch = .some(watch)
      return watch != nil
    }
  }

  /// Sleeps until there is a wake-up, the time is over, or the task is cancelled.
  private func waitForWake(after wakes: UInt64, atMost pause: Duration) async throws {
    await withTaskGroup(of: Void.self) { group in
      // Both end without an error worth telling: by cancellation, which is looked at below.
      group.addTask { try? await self.waitForWake(after: wakes) }
      group.addTask { try? await Task.sleep(for: pause) }
      await group.next()
      group.cancelAll()
    }
    try Task.checkCancellation()
  }

  /// Sleeps until the next commit or change, the closing of the log, or the task's cancellation.
  private func waitForWake(after wakes: UInt64) async throws {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.wakes != wakes || state.isClosed || Task.isCancelled { return true }
          state.waiters[id] = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
    try Task.checkCancellation()
  }

  /// Finds how far another process has written. Does nothing in the log's writer.
  public func refresh() throws(EventLogError) {
    guard !isWritable else { return }
    guard let durable = try currentMark(),
      let mark = try DurableMark.read(durable, store: identity.store)
    else { return }
    if mark.end.cutBefore < end { try requireNotTruncated() }
    guard mark.end.cutBefore > end else { return }
    let last = view().segments.last as? ActiveSegment
    // One without events may have given way to one of another format.
    if let last, mark.activeBase == last.header.baseOffset, try !wasReplacedWhileEmpty(last) {
      try requireSame(last)
      try last.follow(to: mark.end)
      state.withLock { $0.end = max($0.end, last.offsets.upperBound) }
      return
    }
    // The writer went on to another segment: look at the files again.
    let opened = try layout.openForReading(identity: identity, durable: durable)
    if let damage = opened.report.damage.first { throw damage }
    state.withLock { state in
      guard opened.end > state.end else { return }
      // Segments that are known already keep what they have read.
      let known = Dictionary(
        state.segments.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
      state.segments = opened.segments.map { new in
        guard let old = known[new.path], old.offsets == new.offsets else { return new }
        return old
      }
      state.end = opened.end
    }
  }
}

extension EventLog {
  /// The current content of the file `DURABLE`. Throws if the log is gone, or is another one.
  private func currentMark() throws(EventLogError) -> File? {
    let known = state.withLock { $0.laterMark } ?? durable
    let status = try layout.system.status(layout.durable)
    if let known, let status, try known.status().id == status.id { return known }
    let now: Identity
    do throws(EventLogError) { now = try layout.readIdentity() } catch
      where error.code == .notFound || error.code == .notAStore
    {
      throw EventLogError(
        .notFound, "The log was removed, or moved, while it was read", file: path,
        advice: "What was read so far is what it was.")
    }
    guard now.store == identity.store else {
      throw EventLogError(
        .diverged, "The folder holds another log than when it was opened", file: path,
        advice: "Open it again to read that one.")
    }
    // The first writer may have made the file only after this log was opened.
    guard status != nil else { return nil }
    let new = try layout.openDurableMark(create: false)
    state.withLock { $0.laterMark = new }
    return new
  }

  /// Throws where the log ends earlier than it did. A mark may also be older than what is on disk.
  private func requireNotTruncated() throws(EventLogError) {
    guard let last = view().segments.last as? ActiveSegment else { return }
    try requireSame(last)
    // Before a writer removes a segment that it has sealed, its mark has come past that.
    guard try layout.system.status(last.path) == nil, let durable = try currentMark(),
      let mark = try DurableMark.read(durable, store: identity.store), mark.end.cutBefore < end
    else { return }
    throw truncated
  }

  /// Throws if the segment that takes appends was replaced by another file.
  private func requireSame(_ last: ActiveSegment) throws(EventLogError) {
    guard try isInPlace(last) else { throw truncated }
  }

  private func wasReplacedWhileEmpty(_ segment: ActiveSegment) throws(EventLogError) -> Bool {
    guard segment.offsets.isEmpty else { return false }
    return try !isInPlace(segment)
  }

  /// Whether a segment's name is still its own; true if there is no such name any more.
  private func isInPlace(_ segment: ActiveSegment) throws(EventLogError) -> Bool {
    guard let now = try layout.system.status(segment.path) else { return true }
    return try now.id == segment.file.status().id
  }

  private var truncated: EventLogError {
    EventLogError(
      .diverged, "The log was truncated, or repaired, while it was read", file: path,
      advice: "Open it again.")
  }
}

/// Where a subscription begins.
public enum SubscriptionStart: Sendable, Hashable {
  case beginning
  /// With the next event from now on.
  case end
  case cut(Cut)
  /// With the first event that was recorded at this time or later.
  case time(Timestamp)
}

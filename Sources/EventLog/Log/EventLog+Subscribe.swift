import Synchronization

extension EventLog {
  /// The events from an offset on: first those that are there, then each as it becomes durable.
  ///
  /// It ends when its task is cancelled or the log is closed, and where the query says: after
  /// `limit` events, before `to`. Nothing is buffered: a reader
  /// that takes its time holds up nobody, and the log is what it catches up from. It works as well
  /// where another process writes.
  public func subscribe(from offset: UInt64 = 0, _ query: Query = Query()) -> Subscription {
    Subscription(log: self, query: query, from: offset)
  }

  /// The same from a place that is looked up now: the beginning, the end, an offset or a time.
  ///
  ///     for try await event in try log.subscribe(from: .end) { … }
  public func subscribe(from start: SubscriptionStart, _ query: Query = Query())
    throws(EventLogError) -> Subscription
  {
    switch start {
    case .beginning: return subscribe(from: 0, query)
    case .offset(let offset): return subscribe(from: offset, query)
    case .end:
      try refresh()
      return subscribe(from: end, query)
    case .time(let time):
      try refresh()
      return subscribe(from: try cut(at: time), query)
    }
  }

  /// The events of a log, as far as they are there, and then those that come.
  public struct Subscription: AsyncSequence, Sendable {
    let log: EventLog
    let query: Query
    let from: UInt64

    public func makeAsyncIterator() -> Iterator {
      Iterator(
        log: log, query: query, position: Swift.max(from, query.from), remaining: query.limit)
    }

    /// Reads on while it is asked, and sleeps at the end of the log.
    public struct Iterator: AsyncIteratorProtocol {
      let log: EventLog
      let query: Query
      var position: UInt64
      var remaining: Int?
      var cursor: EventCursor?

      public mutating func next() async throws -> RecordedEvent? {
        while true {
          try Task.checkCancellation()
          if let remaining, remaining <= 0 { return nil }
          if let event = try cursor?.next() {
            position = event.offset + 1
            if let left = remaining { remaining = left - 1 }
            return event
          }
          // The cursor has seen everything up to the end it was made with.
          if let cursor { position = Swift.max(position, cursor.end) }
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

  /// Returns true once the log is longer than `offset`, false once it is closed.
  package func waitForEvents(after offset: UInt64) async throws -> Bool {
    var pause: Duration = .milliseconds(1)
    while true {
      if !isWritable { try refresh() }
      let (end, isClosed) = state.withLock { ($0.end, $0.isClosed) }
      if end > offset { return true }
      if isClosed { return false }
      if isWritable {
        try await waitForCommit(after: offset)
      } else {
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(2))
      }
    }
  }

  /// Sleeps until the next commit, the closing of the log, or the task's cancellation.
  private func waitForCommit(after offset: UInt64) async throws {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.end > offset || state.isClosed || Task.isCancelled { return true }
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

  /// Looks how far another process has written. Does nothing in the log's writer.
  public func refresh() throws(EventLogError) {
    guard !isWritable else { return }
    var durable = self.durable
    // The first writer may have made the file only after this log was opened.
    if durable == nil { durable = try layout.openDurableMark(create: false) }
    guard let durable, let mark = try DurableMark.read(durable, store: identity.store),
      mark.end > end
    else { return }
    let last = view().segments.last as? ActiveSegment
    if let last, mark.activeBase == last.header.baseOffset {
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

/// Where a subscription begins.
public enum SubscriptionStart: Sendable, Hashable {
  case beginning
  /// With the events that come from now on.
  case end
  case offset(UInt64)
  /// With the first event that was recorded at this time or later.
  case time(Timestamp)
}

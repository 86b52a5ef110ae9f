import Synchronization

extension EventLog {
  /// The events of a query: as an `AsyncSequence`, or by a cursor without `await`.
  ///
  ///     var cursor = log.events(Query(stream: "order-118")).makeCursor()
  ///     while let event = try cursor.next() { print(event.offset, event.type) }
  public func events(_ query: Query = Query()) -> Events { Events(log: self, query: query) }

  /// The events of a log that match a query.
  public struct Events: AsyncSequence, Sendable {
    let log: EventLog
    let query: Query

    /// Reads the log up to its current end.
    public func makeCursor() -> EventCursor {
      let (segments, end) = log.view()
      return EventCursor(query, segments: segments, end: end)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(cursor: makeCursor()) }

    /// Reads one event per call; throws `CancellationError` once its task is cancelled.
    public struct Iterator: AsyncIteratorProtocol {
      var cursor: EventCursor

      public mutating func next() async throws -> RecordedEvent? {
        try Task.checkCancellation()
        return try cursor.next()
      }
    }
  }

  /// The event at an offset, or nil past the end.
  public func event(at offset: Offset) throws(EventLogError) -> RecordedEvent? {
    var block = state.withLock { $0.spareBlock.take() } ?? EventBlock()
    defer {
      block.shrink()
      state.withLock { $0.spareBlock = block }
    }
    var cursor = events(Query(from: offset.cutBefore, to: offset.cutAfter)).makeCursor()
    return try cursor.read(into: &block) ? RecordedEvent(block[0]) : nil
  }

  /// The revision of a stream's last event, or nil if the stream has none.
  public func lastRevision(of stream: String) throws(EventLogError) -> Revision? {
    try lastRevision(of: stream, before: .max)
  }

  /// The revision of a stream's last event, where no event from `limit` on is of the stream.
  func lastRevision(of stream: String, before limit: Offset) throws(EventLogError) -> Revision? {
    for segment in view().segments.reversed() where segment.offsets.lowerBound < limit {
      if let revision = try segment.lastRevision(ofStream: stream) { return revision }
      try segment.requireIntact(segment.offsets)
    }
    return nil
  }

  /// The offsets of the turn with an id, or nil if there is none.
  public func offsets(ofTurn id: String) throws(EventLogError) -> Range<Offset>? {
    for segment in view().segments.reversed() {
      for offsets in try segment.turns(withID: id) {
        let chunk = try segment.chunkIndex(holding: offsets.lowerBound)
        let block = try segment.block(chunk, withPayload: false)
        let found = block[Int(offsets.lowerBound - block.firstOffset)].turnID
        if found.map(Name.init) == Name(id) { return offsets }
      }
      try segment.requireIntact(segment.offsets)
    }
    return nil
  }

  /// The ids of the turns that have one, with their offsets, in the order of the log.
  ///
  /// Reads envelopes only.
  public func turns(
    _ body: (_ id: String, _ first: Offset) throws -> Void
  ) throws {
    let (segments, end) = view()
    var block = EventBlock()
    for segment in segments {
      var reader = try segment.makeReader()
      for i in 0..<(try segment.chunkCount()) {
        try reader.read(i, withPayload: false, into: &block)
        for j in block.indices {
          let event = block[j]
          guard event.offset < end, let id = event.turnID else { continue }
          try body(id, event.offset)
        }
      }
    }
  }

  /// The numbers of events by type and by stream; reads indexes, not events.
  public func counts() throws(EventLogError) -> EventCounts {
    var counts = EventCounts()
    for segment in view().segments { try segment.addCounts(to: &counts) }
    return counts
  }

  /// Divides a range of the log into parts of about the same work, to be read in parallel.
  ///
  /// The parts are in order and have no event in common; there are fewer than requested if the range has too
  /// few chunks.
  public func ranges(of offsets: Range<Offset>? = nil, dividingInto count: Int)
    throws(EventLogError) -> [Range<Offset>]
  {
    let (segments, end) = view()
    let whole = (offsets ?? 0..<end).clamped(to: 0..<end)
    var chunks: [ChunkPlace] = []
    for segment in segments where segment.offsets.overlaps(whole) {
      for i in 0..<(try segment.chunkCount()) {
        let place = try segment.chunk(i)
        if place.offsets.overlaps(whole) { chunks.append(place) }
      }
    }
    let bytes = chunks.reduce(0) { $0 + $1.byteCount }
    var ranges: [Range<Offset>] = []
    var start = whole.lowerBound
    var sum: UInt64 = 0
    for chunk in chunks {
      sum += chunk.byteCount
      let isFull = sum * UInt64(count) >= bytes * UInt64(ranges.count + 1)
      let upper = min(chunk.offsets.upperBound, whole.upperBound)
      if isFull, upper > start {
        ranges.append(start..<upper)
        start = upper
      }
    }
    if start < whole.upperBound, let last = ranges.popLast() {
      ranges.append(last.lowerBound..<whole.upperBound)
    } else if start < whole.upperBound {
      ranges.append(whole)
    }
    return ranges
  }
}

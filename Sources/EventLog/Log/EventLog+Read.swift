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

    /// Reads the log as it is now, up to its present end.
    public func makeCursor() -> EventCursor {
      let (segments, end) = log.view()
      return EventCursor(query, segments: segments, end: end)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(cursor: makeCursor()) }

    public struct Iterator: AsyncIteratorProtocol {
      var cursor: EventCursor

      public mutating func next() async throws -> RecordedEvent? {
        try Task.checkCancellation()
        return try cursor.next()
      }
    }
  }

  /// The event at an offset, or nil past the end.
  public func event(at offset: UInt64) throws(EventLogError) -> RecordedEvent? {
    var cursor = events(Query(from: offset, to: offset + 1)).makeCursor()
    return try cursor.next()
  }

  /// The revision of a stream's last event, or nil where the stream has none.
  public func lastRevision(of stream: String) throws(EventLogError) -> UInt64? {
    for segment in view().segments.reversed() {
      let places = try segment.events(ofStream: stream)
      let last = places?.offsets.last ?? segment.offsets.lowerBound
      try segment.requireIntact(last..<segment.offsets.upperBound)
      if let places { return places.lastRevision }
    }
    return nil
  }

  /// The offsets of the turn with an id, or nil where there is none.
  public func offsets(ofTurn id: String) throws(EventLogError) -> Range<UInt64>? {
    for segment in view().segments.reversed() {
      for offsets in try segment.turns(withID: id) {
        let chunk = try segment.chunkIndex(holding: offsets.lowerBound)
        let block = try segment.block(chunk, withPayload: false)
        let envelope = block.envelopes[Int(offsets.lowerBound - block.firstOffset)]
        let found = envelope.texts.flatMap { block.texts[$0].turnID }
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
    _ body: (_ id: String, _ first: UInt64) throws -> Void
  ) throws {
    let (segments, end) = view()
    for segment in segments {
      for i in 0..<(try segment.chunkCount()) {
        let block = try segment.block(i, withPayload: false)
        for (j, envelope) in block.envelopes.enumerated() {
          let offset = block.firstOffset + UInt64(j)
          guard offset < end, let texts = envelope.texts, let id = block.texts[texts].turnID else {
            continue
          }
          try body(id, offset)
        }
      }
    }
  }

  /// How many events there are by type and by stream; reads indexes, no events.
  public func counts() throws(EventLogError) -> EventCounts {
    var counts = EventCounts()
    for segment in view().segments { counts.add(try segment.counts()) }
    return counts
  }
}

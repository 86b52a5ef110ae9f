/// Reads the events of a query one after the other, a chunk of the log in memory at a time.
///
/// It ends at the log's end of the moment when it was made.
public struct EventCursor {
  private let query: Query
  private let segments: [any Segment]
  private let range: Range<UInt64>
  private var remaining: Int
  /// The next offset to look at: upwards its chunk comes next, downwards the chunk that ends there.
  private var position: UInt64
  /// The matching events of the current chunk, in the order in which they are given out.
  private var batch: [RecordedEvent] = []
  private var nextInBatch = 0
  /// The stream's offsets in the segment of `position`, where the query names a stream.
  private var streamPlaces: (segment: Int, offsets: [UInt64])?

  /// Where it ends.
  var end: UInt64 { range.upperBound }

  init(_ query: Query, segments: [any Segment], end: UInt64) {
    self.query = query
    self.segments = segments
    let upper = min(query.to ?? end, end)
    range = min(query.from, upper)..<upper
    position = query.isBackwards ? range.upperBound : range.lowerBound
    remaining = query.limit ?? .max
  }

  /// The next event, or nil after the last. Throws `damaged` where it cannot be read.
  public mutating func next() throws(EventLogError) -> RecordedEvent? {
    guard remaining > 0 else { return nil }
    while nextInBatch == batch.count {
      guard try fill() else { return nil }
    }
    defer { (nextInBatch, remaining) = (nextInBatch + 1, remaining - 1) }
    return batch[nextInBatch]
  }

  /// The events of the next chunk that has any, or nil after the last.
  public mutating func nextBatch() throws(EventLogError) -> ArraySlice<RecordedEvent>? {
    guard remaining > 0 else { return nil }
    while nextInBatch == batch.count {
      guard try fill() else { return nil }
    }
    let slice = batch[nextInBatch...].prefix(remaining)
    (nextInBatch, remaining) = (batch.count, remaining - slice.count)
    return slice
  }

  /// At least so many events, unless there are fewer left; nil after the last.
  public mutating func nextBatch(atLeast count: Int) throws(EventLogError) -> ArraySlice<
    RecordedEvent
  >? {
    guard var events = try nextBatch() else { return nil }
    while events.count < count, let more = try nextBatch() { events += more }
    return events
  }

  /// Reads the next chunk; false where there is none.
  private mutating func fill() throws(EventLogError) -> Bool {
    batch = []
    nextInBatch = 0
    if query.isBackwards ? position <= range.lowerBound : position >= range.upperBound {
      return false
    }
    let wanted = query.isBackwards ? position - 1 : position
    let i = segments.partitioningIndex { $0.offsets.upperBound > wanted }
    guard i < segments.count, segments[i].offsets.contains(wanted) else {
      throw EventLogError.damaged(
        "No segment holds this event", file: nil, offsets: wanted..<(wanted + 1))
    }
    let segment = segments[i]
    guard try skipWithoutStreamOrType(i) == false else { return true }
    let index = try segment.chunkIndex(holding: query.isBackwards ? position - 1 : position)
    let place = try segment.chunk(index)
    move(past: place.offsets)
    guard query.mayMatch(place.times) else { return true }

    var block = try segment.block(index, withPayload: query.wantsEveryEvent)
    let filter = BlockFilter(query, block)
    var matching = block.envelopes.indices.filter {
      range.contains(block.firstOffset + UInt64($0)) && filter.wants(block.envelopes[$0])
    }
    if matching.isEmpty { return true }
    if block.payload.count < block.payloadCount {
      block = try segment.block(index, withPayload: true)
    }
    if query.isBackwards { matching.reverse() }
    batch = matching.map { block.event($0) }
    return true
  }

  private mutating func move(past offsets: Range<UInt64>) {
    position = query.isBackwards ? offsets.lowerBound : offsets.upperBound
  }

  /// Moves past a segment, or past a stretch of one, in which the query finds nothing.
  private mutating func skipWithoutStreamOrType(_ i: Int) throws(EventLogError) -> Bool {
    let segment = segments[i]
    if let types = query.types, let sealed = segment as? SealedSegment,
      try !sealed.mentions(anyOf: Set(types.map(Name.init)))
    {
      move(past: segment.offsets)
      return true
    }
    guard let stream = query.stream else { return false }
    if streamPlaces?.segment != i {
      streamPlaces = (i, try segment.events(ofStream: stream)?.offsets ?? [])
    }
    guard let offsets = streamPlaces?.offsets else { return false }
    if query.isBackwards {
      let before = offsets.partitioningIndex { $0 >= position }
      let next = before > 0 ? offsets[before - 1] + 1 : segment.offsets.lowerBound
      try segment.requireIntact(max(next, min(range.lowerBound, position))..<position)
      position = next
      if before == 0 { return true }
    } else {
      let at = offsets.partitioningIndex { $0 >= position }
      let next = at < offsets.count ? offsets[at] : segment.offsets.upperBound
      try segment.requireIntact(position..<min(next, max(range.upperBound, position)))
      position = next
      if at == offsets.count { return true }
    }
    return !range.contains(query.isBackwards ? position - 1 : position)
  }
}

extension Array {
  /// The first index for which a predicate holds that, once it holds, holds for all that follow.
  func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

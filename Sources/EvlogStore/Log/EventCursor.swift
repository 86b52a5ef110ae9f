/// Reads the events of a query one after the other, with one chunk of the log in memory at a time.
///
/// It ends where the log ended when the cursor was made.
public struct EventCursor {
  private let query: Query
  private let types: NameTable?
  private let segments: [any Segment]
  private let range: Range<Offset>
  private var remaining: Int
  /// The next offset to look at: upwards its chunk comes next, downwards the chunk that ends there.
  private var position: Offset
  /// How many chunks it has come upon, whether there was anything in them or not.
  private var chunkCount = 0
  /// The open file of the segment that is being read.
  private var reader: (segment: Int, reader: any ChunkReader)?
  /// The chunks with the stream's events in the segment of `position`, where the query names one.
  private var streamChunks: (segment: Int, ranges: [Range<Offset>])?
  /// The places of the stream's events in that segment, if they are few and known.
  private var streamPlaces: (segment: Int, places: [Int]?)?
  /// What reads these.
  private var gathering: (segment: Int, reader: PagedBlockReader)?
  /// The matching events of the current chunk, for reading one event at a time.
  private var block = EventBlock()
  private var batch: [RecordedEvent] = []
  private var nextInBatch = 0

  /// Where it ends.
  var end: Offset { range.upperBound }

  init(_ query: Query, segments: [any Segment], end: Offset) {
    self.query = query
    self.segments = segments
    types = query.types.map { types in
      var table = NameTable()
      for type in types { _ = table.add(type) }
      return table
    }
    let upper = min(query.to?.offsetAfter ?? end, end)
    range = min(query.from.offsetAfter, upper)..<upper
    position = query.isBackwards ? range.upperBound : range.lowerBound
    remaining = query.limit ?? .max
  }

  /// The next event, or nil after the last. Throws `damaged` if it cannot be read.
  public mutating func next() throws(EventLogError) -> RecordedEvent? {
    while nextInBatch == batch.count {
      guard try fill() else { return nil }
    }
    defer { nextInBatch += 1 }
    return batch[nextInBatch]
  }

  /// The events of the next chunk that has any, or nil after the last.
  public mutating func nextBatch() throws(EventLogError) -> ArraySlice<RecordedEvent>? {
    while nextInBatch == batch.count {
      guard try fill() else { return nil }
    }
    defer { nextInBatch = batch.count }
    return batch[nextInBatch...]
  }

  /// So many bytes of payloads are gathered: some events may have as much as millions of others.
  package static let gatheredBytes = 8 << 20

  /// At least this many events, unless there are fewer left or they have many bytes; nil after the last.
  public mutating func nextBatch(atLeast count: Int) throws(EventLogError) -> ArraySlice<
    RecordedEvent
  >? {
    guard var events = try nextBatch() else { return nil }
    var bytes = events.payloadBytes
    while events.count < count, bytes < Self.gatheredBytes, let more = try nextBatch() {
      bytes += more.payloadBytes
      events += more
    }
    return events
  }

  private mutating func fill() throws(EventLogError) -> Bool {
    // The caller may keep the events of the last batch, and with them the payloads: the next ones
    // get memory of their own.
    var block = EventBlock()
    swap(&block, &self.block)
    block.letGo()
    let isThere = try read(into: &block)
    if isThere { batch = block.recordedEvents() }
    nextInBatch = isThere ? 0 : batch.count
    swap(&block, &self.block)
    return isThere
  }

  /// Reads the next chunk that has a matching event; false after the last.
  ///
  /// The block's memory is reused, so this is the way to read many events fast; see ``EventBlock``.
  public mutating func read(into block: inout EventBlock) throws(EventLogError) -> Bool {
    while remaining > 0, query.isBackwards ? position > range.lowerBound : position < end {
      guard try readChunk(into: &block) else { continue }
      if query.isBackwards { block.envelopes.reverse() }
      if block.count > remaining { block.envelopes.removeSubrange(remaining...) }
      remaining -= block.count
      return true
    }
    return false
  }

  /// Reads the next chunk of the turns that are `index`th in each `count`; false after the last. The block may
  /// have no event then.
  ///
  /// Copies of a cursor that share the chunks come upon the same ones.
  mutating func readShare(_ index: Int, of count: Int, into block: inout EventBlock)
    throws(EventLogError) -> Bool
  {
    func isMine(_ chunk: Int) -> Bool { chunk / Self.blocksInTurn % count == index }
    while position < end {
      let number = chunkCount
      let isThere = try readChunk(into: &block, where: isMine)
      guard chunkCount > number, isMine(number) else { continue }
      if !isThere { block.envelopes.removeAll(keepingCapacity: true) }
      return true
    }
    return false
  }

  /// Looks at the chunk at the position and moves past it; false where it has nothing, or is not wanted by
  /// its number.
  private mutating func readChunk(
    into block: inout EventBlock, where isWanted: (Int) -> Bool = { _ in true }
  ) throws(EventLogError) -> Bool {
    let wanted = query.isBackwards ? position - 1 : position
    let i =
      reader.flatMap { segments[$0.segment].offsets.contains(wanted) ? $0.segment : nil }
      ?? segments.partitioningIndex { $0.offsets.upperBound > wanted }
    guard i < segments.count, segments[i].offsets.contains(wanted) else {
      throw EventLogError.damaged(
        "No segment holds this event", file: nil, offsets: wanted..<(wanted + 1))
    }
    let segment = segments[i]
    if let places = try fewPlaces(inSegment: i) {
      return try gather(places, from: i, into: &block, where: isWanted)
    }
    guard try skipWithoutMatch(i) == false else { return false }
    let index = try segment.chunkIndex(holding: query.isBackwards ? position - 1 : position)
    let place = try segment.chunk(index)
    position = query.isBackwards ? place.offsets.lowerBound : place.offsets.upperBound
    defer { chunkCount += 1 }
    guard isWanted(chunkCount), query.mayMatch(place.times) else { return false }
    if reader?.segment != i { reader = (i, try segment.makeReader()) }
    let wantsAll = query.wantsEveryEvent
    let some = range.clamped(to: place.offsets)
    try reader?.reader.read(
      index, Int(some.lowerBound - place.firstOffset)..<Int(some.upperBound - place.firstOffset),
      withPayload: wantsAll, into: &block)
    if !wantsAll {
      let filter = BlockFilter(query, types, block, range)
      block.keep(filter)
      if block.count == 0 { return false }
      try reader?.reader.readPayload(index, into: &block)
    }
    return block.count > 0
  }

  /// At most so many events of a stream are gathered at once. A stream whose events are more than one in so many is read
  /// block by block.
  private static let gatheredEvents: UInt64 = 256
  private static let sparseness = 16

  /// The places of the query's stream in a segment, where they are few and known.
  private mutating func fewPlaces(inSegment i: Int) throws(EventLogError) -> [Int]? {
    guard let stream = query.stream, let sealed = segments[i] as? SealedSegment else { return nil }
    if streamPlaces?.segment != i {
      let places = try sealed.places(ofStream: stream)
      let isFew = places.map { $0.count * Self.sparseness <= sealed.offsets.count } ?? false
      streamPlaces = (i, isFew ? places : nil)
    }
    return streamPlaces?.places
  }

  /// Reads the next events of the query's stream by their places in a segment; false where there is none.
  private mutating func gather(
    _ places: [Int], from i: Int, into block: inout EventBlock, where isWanted: (Int) -> Bool
  ) throws(EventLogError) -> Bool {
    guard let sealed = segments[i] as? SealedSegment, let stream = query.stream else {
      return false
    }
    let base = sealed.offsets.lowerBound
    let some = range.clamped(to: sealed.offsets)
    // About so many bytes at once.
    let bytes = max(1, sealed.trailer.rawByteCount / UInt64(sealed.offsets.count))
    let count = Int(min(Self.gatheredEvents, max(1, UInt64(Self.gatheredBytes) / bytes)))
    let next: ArraySlice<Int>
    if query.isBackwards {
      let last = min(position, some.upperBound)
      let first = places.partitioningIndex { base + UInt64($0) >= some.lowerBound }
      let end = places.partitioningIndex { base + UInt64($0) >= last }
      next = places[first..<max(first, end)].suffix(count)
      position = next.first.map { base + UInt64($0) } ?? sealed.offsets.lowerBound
    } else {
      let first = places.partitioningIndex { base + UInt64($0) >= position }
      let end = places.partitioningIndex { base + UInt64($0) >= some.upperBound }
      next = places[first..<max(first, end)].prefix(count)
      position = next.last.map { base + UInt64($0) + 1 } ?? sealed.offsets.upperBound
    }
    guard !next.isEmpty else { return false }
    defer { chunkCount += 1 }
    guard isWanted(chunkCount) else { return false }
    if gathering?.segment != i { gathering = (i, try sealed.makePagedReader()) }
    try gathering?.reader.gather(next, ofStream: Array(stream.utf8), into: &block)
    if !query.wantsEveryEvent { block.keep(BlockFilter(query, types, block, range)) }
    return block.count > 0
  }

  private mutating func move(past offsets: Range<Offset>) {
    position = query.isBackwards ? offsets.lowerBound : offsets.upperBound
  }

  /// Moves past a segment, or past a stretch of one, in which the query finds nothing.
  private mutating func skipWithoutMatch(_ i: Int) throws(EventLogError) -> Bool {
    let segment = segments[i]
    // The times of a whole segment are in its trailer, so its index need not be read.
    if reader?.segment != i, let sealed = segment as? SealedSegment,
      !query.mayMatch(sealed.trailer.times)
    {
      move(past: segment.offsets)
      return true
    }
    if let types, reader?.segment != i, let sealed = segment as? SealedSegment,
      try !sealed.mentions(anyTypeOf: types)
    {
      move(past: segment.offsets)
      return true
    }
    guard let stream = query.stream else { return false }
    if streamChunks?.segment != i {
      var ranges: [Range<Offset>] = []
      for chunk in try segment.chunks(ofStream: stream) {
        ranges.append(try segment.chunk(chunk).offsets)
      }
      streamChunks = (i, ranges)
    }
    guard let ranges = streamChunks?.ranges else { return false }
    if query.isBackwards {
      let before = ranges.partitioningIndex { $0.lowerBound >= position }
      let next =
        before > 0 ? min(position, ranges[before - 1].upperBound) : segment.offsets.lowerBound
      try segment.requireIntact(max(next, min(range.lowerBound, position))..<position)
      position = next
      if before == 0 { return true }
    } else {
      let at = ranges.partitioningIndex { $0.upperBound > position }
      let next =
        at < ranges.count ? max(position, ranges[at].lowerBound) : segment.offsets.upperBound
      try segment.requireIntact(position..<min(next, max(range.upperBound, position)))
      position = next
      if at == ranges.count { return true }
    }
    return !range.contains(query.isBackwards ? position - 1 : position)
  }
}

extension EventLog {
  /// The type of the placeholders that ``repair(_:losing:options:progress:)`` puts in place of lost events, so
  /// that no other event changes its offset.
  public static let lostEventType: String = "evlog.lost"
  /// The stream of the placeholders.
  public static let lostEventStream: String = "evlog.lost"
}

/// Placeholders for events that cannot be read any more.
struct LostEvents {
  /// The revision of the next one.
  var nextRevision: Revision

  private static let blockEvents: UInt64 = 4096

  /// Gives a placeholder for each offset, in blocks; each block is a turn.
  mutating func forEachBlock(
    _ offsets: Range<Offset>, at time: Timestamp,
    _ body: (EventBlock) throws(EventLogError) -> Void
  ) throws(EventLogError) {
    var position = offsets.lowerBound
    while position < offsets.upperBound {
      let count = min(Self.blockEvents, offsets.upperBound - position)
      try body(try block(position, Int(count), time))
      position += count
    }
  }

  private mutating func block(_ first: Offset, _ count: Int, _ time: Timestamp)
    throws(EventLogError) -> EventBlock
  {
    let event = NewEvent(
      stream: EventLog.lostEventStream, type: EventLog.lostEventType,
      data: Array(#"{"reason":"the event was damaged and could not be read"}"#.utf8),
      recordedAt: time)
    var (streams, types) = (NameTable(), NameTable())
    let stream = UInt32(streams.add(event.stream))
    var encoder = BlockEncoder()
    encoder.add(
      Turn([NewEvent](repeating: event, count: count)),
      streams: [UInt32](repeating: stream, count: count),
      revisions: Array(nextRevision..<(nextRevision + UInt64(count))), now: time, types: &types)
    nextRevision += UInt64(count)
    var column: [UInt8] = []
    encoder.appendColumn(
      to: &column, streamNames: streams, typeNames: types)
    var block = EventBlock()
    block.fill(column: column.span, payload: encoder.payload.span)
    do throws(ByteReader.Malformed) {
      try block.decodeColumn(firstOffset: first, count: count)
    } catch {
      throw EventLogError(.invalidEvent, "A placeholder could not be made")
    }
    return block
  }
}

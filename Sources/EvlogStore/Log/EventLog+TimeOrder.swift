/// Events that are dated before an earlier event of the log.
///
/// Times need not ascend: clocks are set, logs are combined, old events are imported late. But it matters for
/// the cut of a time.
public struct TimesBackwards: Sendable, Hashable {
  /// The number of such events.
  public var count: UInt64 = 0
  /// The offset of the first; nil if there is none.
  public var first: Offset?

  mutating func add(_ offset: Offset) {
    count += 1
    if first == nil { first = offset }
  }
}

extension EventLog {
  /// The events that are dated before an earlier event; reads envelopes only.
  public func timesBackwards() throws(EventLogError) -> TimesBackwards {
    var result = TimesBackwards()
    var latest = Int64.min
    try eachTime(from: 0) { _ in
      true
    } body: { offset, time in
      if time < latest { result.add(offset) } else { latest = time }
    }
    return result
  }

  /// The events from a cut on that were recorded before a time. If times ascend and the cut is that time's,
  /// there are none, and little is read to find that out.
  public func events(before time: Timestamp, from cut: Cut) throws(EventLogError)
    -> TimesBackwards
  {
    var result = TimesBackwards()
    try eachTime(from: cut) {
      $0.map { $0.lowerBound < time } ?? true
    } body: { offset, at in
      if at < time.nanoseconds { result.add(offset) }
    }
    return result
  }

  /// Visits the times of events, without the chunks whose times do not matter.
  private func eachTime(
    from cut: Cut, wanted: (ClosedRange<Timestamp>?) -> Bool,
    body: (_ offset: Offset, _ time: Int64) -> Void
  ) throws(EventLogError) {
    let ((segments, end), first) = (view(), cut.offsetAfter)
    var block = EventBlock()
    for segment in segments where segment.offsets.upperBound > first {
      if let sealed = segment as? SealedSegment, !wanted(sealed.trailer.times) { continue }
      try segment.requireIntact(segment.offsets)
      // Opened only where there is something to read.
      var reader: (any ChunkReader)?
      for i in 0..<(try segment.chunkCount()) {
        let chunk = try segment.chunk(i)
        guard chunk.offsets.upperBound > first, wanted(chunk.times) else { continue }
        if reader == nil { reader = try segment.makeReader() }
        try reader?.read(i, withPayload: false, into: &block)
        for event in block.envelopes {
          let offset = block.firstOffset + UInt64(event.place)
          if offset >= first, offset < end { body(offset, event.time) }
        }
      }
    }
  }
}

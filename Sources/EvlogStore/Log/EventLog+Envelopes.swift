extension EventLog {
  /// Reads the events at some offsets without their payloads, a chunk at a time, in the order of the log.
  package func readEnvelopes(
    at offsets: Range<Offset>, _ body: (borrowing EventBlock) throws -> Void
  ) throws {
    let (segments, end) = view()
    let wanted = offsets.clamped(to: 0..<end)
    var position = wanted.lowerBound
    var block = EventBlock()
    for segment in segments where segment.offsets.overlaps(wanted) {
      guard segment.offsets.contains(position) else { break }
      var reader = try segment.makeReader()
      let last = min(segment.offsets.upperBound, wanted.upperBound)
      var i = try segment.chunkIndex(holding: position)
      while position < last {
        try Task.checkCancellation()
        let place = try segment.chunk(i)
        try reader.read(i, withPayload: false, into: &block)
        if !wanted.contains(place.firstOffset) || place.offsets.upperBound > wanted.upperBound {
          block.keep { wanted.contains(place.firstOffset + UInt64($0.place)) }
        }
        try body(block)
        position = place.offsets.upperBound
        i += 1
      }
    }
    guard position >= wanted.upperBound else {
      throw EventLogError.damaged(
        "No segment holds this event", file: nil, offsets: position..<(position + 1))
    }
  }
}

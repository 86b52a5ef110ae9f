extension EventLog {
  /// The segments of the log, each with its times; for unsealed ones, their envelopes are read. Throws
  /// `damaged` if that is not possible.
  public func segmentInfoWithTimes() throws(EventLogError) -> [SegmentInfo] {
    var result: [SegmentInfo] = []
    for segment in view().segments {
      let sealed = segment as? SealedSegment
      let times =
        sealed == nil ? try (segment as? ActiveSegment)?.times() : sealed?.trailer.times
      result.append(
        SegmentInfo(
          file: segment.path, isSealed: sealed != nil, offsets: segment.offsets,
          byteCount: segment.byteCount,
          rawByteCount: sealed?.trailer.rawByteCount ?? segment.byteCount,
          times: times))
    }
    return result
  }

  /// The cut before the first event that was recorded at a time or later; the end if there is none.
  ///
  /// So every event before the cut was recorded earlier, and the event at the cut was not. Times need not
  /// ascend: some events after the cut may have been recorded earlier too. Segments and blocks whose times are
  /// known are skipped. Throws `damaged` if the events up to the cut cannot be read.
  public func cut(at time: Timestamp) throws(EventLogError) -> Cut {
    let (segments, end) = view()
    let query = Query(since: time)
    for segment in segments where segment.offsets.lowerBound < end {
      if let sealed = segment as? SealedSegment, !query.mayMatch(sealed.trailer.times) { continue }
      try segment.requireIntact(segment.offsets)
      // Opened only where there is something to read.
      var opened: (any ChunkReader)?
      var block = EventBlock()
      for i in 0..<(try segment.chunkCount()) {
        guard query.mayMatch(try segment.chunk(i).times) else { continue }
        if opened == nil { opened = try segment.makeReader() }
        try opened?.read(i, withPayload: false, into: &block)
        if let event = block.envelopes.first(where: { $0.time >= time.nanoseconds }) {
          return min(end, block.firstOffset + UInt64(event.place)).cutBefore
        }
      }
    }
    return end.cutBefore
  }
}

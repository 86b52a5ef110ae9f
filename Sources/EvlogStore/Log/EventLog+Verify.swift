public import SystemPackage

extension EventLog {
  /// How much of the log is read; each depth reads more than the one before.
  public enum Depth: Sendable, CaseIterable {
    /// Headers, trailers and indexes of sealed segments, and the frames of others.
    case quick
    /// Every byte: the checksums, the decompression, and the digest of the events.
    case full
    /// Also whether every index agrees with the events, and whether revisions have gaps.
    case deep
  }

  /// Reads and checks the log; returns the problems.
  ///
  /// `progress` gets the number of events that have been read.
  public func verify(_ depth: Depth = .full, progress: (UInt64) -> Void = { _ in })
    -> [EventLogError]
  {
    var check = Check(end: end.offsetAfter, depth: depth)
    for segment in view().segments where !(segment is DamagedSegment) {
      check.look(at: segment, progress)
    }
    return recovery.damage + check.problems
  }

  /// What a walk over the whole log remembers.
  private struct Check {
    let end: Offset
    let depth: Depth
    var problems: [EventLogError] = []
    /// By stream, its last revision.
    private var streams = NameTable()
    private var revisions: [Revision] = []
    /// By stream, how many placeholders of lost events there were up to its last event.
    private var placeholdersBefore: [UInt64] = []
    private var placeholders: UInt64 = 0
    /// How many placeholders stand for what is missing between events of a stream.
    private var explained: UInt64 = 0

    init(end: Offset, depth: Depth) {
      self.end = end
      self.depth = depth
    }

    mutating func look(at segment: any Segment, _ progress: (UInt64) -> Void) {
      do throws(EventLogError) {
        let sealed = segment as? SealedSegment
        try sealed?.checkIndex()
        if depth == .quick, sealed != nil {
          progress(UInt64(segment.offsets.upperBound))
          return
        }
        try lookAtEvents(of: segment, sealed, progress)
      } catch {
        problems.append(error)
      }
    }

    private mutating func lookAtEvents(
      of segment: any Segment, _ sealed: SealedSegment?, _ progress: (UInt64) -> Void
    ) throws(EventLogError) {
      let before = problems.count
      var digest: Digest? = .zero
      var indexes = SegmentIndexes(base: segment.offsets.lowerBound)
      var reader = try segment.makeReader()
      var block = EventBlock()
      for i in 0..<(try segment.chunkCount()) {
        let place = try segment.chunk(i)
        guard place.firstOffset < end else { break }
        if let expected = place.digestBefore, digest != expected {
          if digest != nil {
            problems.append(
              .damaged(
                "The digest before the block is wrong", file: segment.path, offsets: place.offsets))
          }
          digest = expected
        }
        do throws(EventLogError) {
          try reader.read(i, withPayload: true, into: &block)
          let hashes = block.nameHashes()
          if var sum = digest {
            block.append(to: &sum, hashes: hashes)
            digest = sum
          }
          if depth == .deep {
            indexes.add(block, hashes: hashes)
            checkRevisions(block, hashes, segment.path)
            if let times = place.times, times != block.times {
              problems.append(
                .damaged(
                  "The index of blocks has wrong times", file: segment.path,
                  offsets: place.offsets))
            }
          }
        } catch {
          problems.append(error)
          digest = nil
        }
        progress(UInt64(min(place.offsets.upperBound, end)))
      }
      guard let sealed, problems.count == before else { return }
      if digest != sealed.trailer.digest {
        problems.append(
          .damaged("The digest of the segment's events is wrong", file: sealed.path))
      }
      if depth == .deep { try sealed.check(indexes) }
    }

    private mutating func checkRevisions(_ block: EventBlock, _ hashes: [UInt64], _ path: FilePath)
    {
      let lost = Array(EventLog.lostEventStream.utf8)
      for i in block.indices {
        let event = block[i]
        // Repairing twice may lose earlier events than before, so their revisions need not ascend.
        if isEqual(event.stream, lost.span) {
          placeholders += 1
          continue
        }
        let number = streams.add(event.stream, hash: hashes[Int(event.envelope.stream)])
        let isFirst = number == revisions.count
        if isFirst {
          revisions.append(0)
          placeholdersBefore.append(0)
        }
        let expected = isFirst ? 0 : revisions[number].next
        // Where something is missing, so are revisions: once is enough to say it.
        if event.revision > expected,
          explains(event.revision - expected, since: placeholdersBefore[number])
        {
          explained += event.revision - expected
        } else if event.revision != expected, problems.isEmpty {
          problems.append(
            .damaged(
              "The stream '\(streams.string(number))' goes from revision \(expected) to "
                + "\(event.revision)", file: path, offsets: event.offset..<(event.offset + 1)))
        }
        revisions[number] = event.revision
        placeholdersBefore[number] = placeholders
      }
    }

    /// Whether so many events of a stream may be among those that repair put placeholders for.
    private func explains(_ count: UInt64, since before: UInt64) -> Bool {
      count <= placeholders - before && count <= placeholders - explained
    }
  }

  /// A segment, for people and programs that look at the log from outside.
  public struct SegmentInfo: Sendable, Hashable {
    /// The segment's file.
    public let file: FilePath
    /// Whether it is compressed, and no longer changes.
    public let isSealed: Bool
    /// The offsets of its events.
    public let offsets: Range<Offset>
    /// The bytes on disk. An active segment's file may be longer, by zeros for later events.
    public let byteCount: UInt64
    /// The bytes of its events in frames, now or before compression.
    public let rawByteCount: UInt64
    /// From the earliest to the latest time in it, if its index has them.
    public let times: ClosedRange<Timestamp>?
  }

  /// The segments of the log, in order.
  public func segmentInfo() -> [SegmentInfo] {
    view().segments.map { segment in
      let sealed = segment as? SealedSegment
      return SegmentInfo(
        file: segment.path, isSealed: sealed != nil, offsets: segment.offsets,
        byteCount: segment.byteCount,
        rawByteCount: sealed?.trailer.rawByteCount ?? segment.byteCount,
        times: sealed?.trailer.times)
    }
  }
}

extension EventBlock {
  /// From the earliest to the latest time of an event.
  fileprivate var times: ClosedRange<Timestamp>? {
    guard let first = envelopes.first?.time else { return nil }
    let range = envelopes.reduce(into: first...first) { range, envelope in
      range = min(range.lowerBound, envelope.time)...max(range.upperBound, envelope.time)
    }
    return Timestamp(nanoseconds: range.lowerBound)...Timestamp(nanoseconds: range.upperBound)
  }
}

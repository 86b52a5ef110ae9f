public import SystemPackage

extension EventLog {
  /// Reads every byte of the log and checks it; returns what is wrong, or nothing.
  ///
  /// `progress` is told how many events have been read.
  public func verify(progress: (UInt64) -> Void = { _ in }) -> [EventLogError] {
    var problems = recovery.damage
    var digest: Digest? = .zero
    var revisions: [Name: UInt64] = [:]
    let (segments, end) = view()
    for segment in segments {
      if segment is DamagedSegment {
        digest = nil  // Its error is in the list.
        continue
      }
      do throws(EventLogError) {
        if let sealed = segment as? SealedSegment {
          if let known = digest, known != sealed.trailer.digestBefore {
            problems.append(
              .damaged("The segment does not continue the one before it", file: sealed.path))
          }
          digest = sealed.trailer.digestBefore
        }
        var indexes = SegmentIndexes()
        for i in 0..<(try segment.chunkCount()) {
          let place = try segment.chunk(i)
          if let expected = place.digestBefore, let known = digest, known != expected {
            problems.append(
              .damaged(
                "The log's digest before the block is wrong", file: segment.path,
                offsets: place.offsets))
            digest = expected
          }
          do throws(EventLogError) {
            let block = try segment.block(i, withPayload: true)
            for j in block.envelopes.indices {
              let event = block.event(j)
              guard event.offset < end else { continue }
              digest = digest?.chained(with: event)
              indexes.add(event)
              let expected = revisions[Name(event.stream)].map { $0 + 1 } ?? 0
              if event.revision != expected, problems.isEmpty {
                problems.append(
                  .damaged(
                    "The stream '\(event.stream)' goes from revision \(expected) to "
                      + "\(event.revision)", file: segment.path,
                    offsets: event.offset..<(event.offset + 1)))
              }
              revisions[Name(event.stream)] = event.revision
            }
          } catch {
            problems.append(error)
            digest = nil
          }
          progress(min(place.offsets.upperBound, end))
        }
        if problems.isEmpty, let sealed = segment as? SealedSegment { try sealed.check(indexes) }
        if let sealed = segment as? SealedSegment {
          if let known = digest, known != sealed.trailer.digestAfter {
            problems.append(
              .damaged("The log's digest after the segment is wrong", file: sealed.path))
          }
          digest = sealed.trailer.digestAfter
        }
      } catch {
        problems.append(error)
        digest = nil
      }
    }
    return problems
  }

  /// What a segment is, for people and programs that look at the log from outside.
  public struct SegmentInfo: Sendable, Hashable {
    public let file: FilePath
    public let isSealed: Bool
    public let offsets: Range<UInt64>
    /// What it takes on disk. An active segment's file may be longer, by zeros for what comes.
    public let byteCount: UInt64
    /// What its events take, or took, in frames.
    public let rawByteCount: UInt64
    /// From the earliest to the latest time in it, where its index says so.
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

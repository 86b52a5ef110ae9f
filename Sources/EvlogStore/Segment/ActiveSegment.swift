import Synchronization
import SystemPackage

/// A segment that takes appends: uncompressed frames in a file that is zero beyond them.
final class ActiveSegment: Segment {
  let file: File
  let header: SegmentHeader
  private let index: Mutex<FrameIndex>
  /// The events that damage has made unreadable, in a log opened for reading only.
  private let gaps: [Range<Offset>]

  var path: FilePath { file.path }

  init(file: File, header: SegmentHeader, frames: FrameScan) {
    self.file = file
    self.header = header
    index = Mutex(FrameIndex(base: header.baseOffset, frames: frames.frames, end: frames.end))
    gaps = frames.gaps
  }

  var offsets: Range<Offset> { index.withLock { header.baseOffset..<$0.endOffset } }
  var byteCount: UInt64 { index.withLock { $0.end.position } }

  /// Where the next frame goes, and the checksum that it must name.
  var end: FrameScan.End { index.withLock { $0.end } }

  /// Takes note of a frame that is on disk now.
  ///
  /// It is not examined: its names are read when a stream, a type or a turn is requested.
  func didAppend(_ frame: FrameIndex.Frame, checksum: UInt32) {
    index.withLock { index in
      index.frames.append(frame)
      index.end = FrameScan.End(
        position: frame.position + frame.header.byteCount, checksum: checksum,
        offset: frame.header.offsets.upperBound)
    }
  }

  /// Looks for frames that another process wrote since, up to an offset known to be durable.
  func follow(to durableEnd: Offset) throws(EventLogError) {
    let end = self.end
    guard durableEnd > end.offset else { return }
    let scan = try FrameScan(file: file, header: header, from: end, below: durableEnd)
    index.withLock { index in
      guard index.end == end else { return }
      index.frames += scan.frames
      index.end = scan.end
    }
    if scan.end.offset < durableEnd {
      throw scan.problem ?? damaged(scan.end.offset..<durableEnd)
    }
  }

  // MARK: Segment

  func chunkCount() -> Int { index.withLock { $0.frames.count } }

  func chunk(_ i: Int) -> ChunkPlace {
    let header = index.withLock { $0.frames[i].header }
    return ChunkPlace(
      firstOffset: header.firstOffset, count: Int(header.eventCount), byteCount: header.byteCount)
  }

  func chunkIndex(holding offset: Offset) throws(EventLogError) -> Int {
    let found = index.withLock { $0.frameIndex(holding: offset) }
    guard let found else {
      throw damaged(gaps.first { $0.contains(offset) } ?? offset..<(offset + 1))
    }
    return found
  }

  func requireIntact(_ offsets: Range<Offset>) throws(EventLogError) {
    if let gap = gaps.first(where: { $0.overlaps(offsets) }) { throw damaged(gap) }
  }

  private func damaged(_ offsets: Range<Offset>) -> EventLogError {
    EventLogError.damaged(
      "The segment is damaged where these events are", file: path, offsets: offsets)
  }

  func makeReader() throws(EventLogError) -> any ChunkReader { FrameReader(self) }

  /// Reads frames through a window on the file.
  struct FrameReader: ChunkReader {
    private let segment: ActiveSegment
    private var window: FileWindow

    init(_ segment: ActiveSegment) {
      self.segment = segment
      window = FileWindow(segment.file)
    }

    func eventCount(_ i: Int) -> Int {
      Int(segment.index.withLock { $0.frames[i].header.eventCount })
    }

    mutating func read(
      _ i: Int, _ events: Range<Int>, withPayload: Bool, into block: inout EventBlock
    ) throws(EventLogError) {
      // The window may hold zeros where a frame has come since, but only beyond what was there
      // when it was filled: a frame that is new to it is read again.
      let frame = segment.index.withLock { $0.frames[i] }
      do throws(EventLogError) { try decode(frame, into: &block) } catch {
        window.forget()
        try decode(frame, into: &block)
      }
      if events.count < block.count { block.keep { events.contains(Int($0.place)) } }
    }

    private mutating func decode(_ frame: FrameIndex.Frame, into block: inout EventBlock)
      throws(EventLogError)
    {
      let body = try window.range(
        at: frame.position + UInt64(FrameHeader.byteCount),
        count: Int(frame.header.byteCount) - FrameHeader.byteCount)
      try frame.header.decode(
        body: window.buffer.span.extracting(body), path: segment.path, position: frame.position,
        into: &block)
    }

    mutating func readPayload(_ i: Int, into block: inout EventBlock) {
      // A frame's payloads come with its envelopes.
    }
  }

  func chunks(ofStream stream: String) throws(EventLogError) -> [Int] {
    try nameAll()
    return index.withLock { $0.frameIndices(ofStream: stream) }
  }

  func lastRevision(ofStream stream: String) throws(EventLogError) -> Revision? {
    try nameAll()
    if !gaps.isEmpty, let last = try chunks(ofStream: stream).last {
      try requireIntact(chunk(last).firstOffset..<offsets.upperBound)
      // What damage hides counts too, so the revision is taken from the event itself.
      let block = try block(last, withPayload: false)
      let name = Array(stream.utf8)
      return block.indices.last { isEqual(block[$0].stream, name.span) }.map { block[$0].revision }
    }
    return index.withLock { $0.indexes.lastRevision(ofStream: stream) }
  }

  func turns(withID id: String) throws(EventLogError) -> [Range<Offset>] {
    try nameAll()
    return index.withLock { $0.places(ofTurnsWithHash: IdentifierCoding.hash(id)) }
  }

  /// From the earliest to the latest time of its events.
  func times() throws(EventLogError) -> ClosedRange<Timestamp>? {
    try requireIntact(offsets)
    try nameAll()
    return index.withLock { $0.indexes.times }
  }

  func addCounts(to counts: inout EventCounts) throws(EventLogError) {
    try requireIntact(offsets)
    try nameAll()
    index.withLock { counts.add($0.indexes) }
  }

  /// Brings the indexes up to the frames that are known.
  private func nameAll() throws(EventLogError) {
    var next = index.withLock { $0.named < $0.frames.count ? $0.named : nil }
    if next == nil { return }
    var reader = FrameReader(self)
    var block = EventBlock()
    while let i = next {
      try reader.read(i, withPayload: true, into: &block)
      next = index.withLock { index in
        if index.named == i { index.name(block) }
        return index.named < index.frames.count ? index.named : nil
      }
    }
  }
}

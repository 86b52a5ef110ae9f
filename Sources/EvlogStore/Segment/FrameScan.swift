import SystemPackage

/// A walk over the frames of an active segment, each one checked in full.
struct FrameScan: Sendable {
  /// Where the frames end, and what the next one continues.
  struct End: Sendable, Equatable {
    var position: UInt64
    /// The header checksum of the last frame, or what the segment's header names before the first.
    var checksum: UInt32
    var offset: Offset
  }

  private(set) var frames: [FrameIndex.Frame] = []
  private(set) var end: End
  /// Why the walk stopped before the zeros at the end of the file, if it did.
  private(set) var problem: EventLogError?
  /// The most that any whole frame in the file knew to be durable.
  private(set) var durableBefore: Offset = 0

  /// What damage has left out between the frames, where it was skipped.
  private(set) var gaps: [Range<Offset>] = []

  static func start(_ header: SegmentHeader) -> End {
    End(
      position: UInt64(SegmentHeader.byteCount), checksum: header.previousFrame,
      offset: header.baseOffset)
  }

  /// Walks from `start` until the zeros, a frame that is not whole, or the offset `below`.
  init(
    file: File, header: SegmentHeader, from start: End? = nil, below limit: Offset = .max
  ) throws(EventLogError) {
    end = start ?? Self.start(header)
    var window = FileWindow(file)
    let size = try file.size()
    while end.offset < limit {
      if try window.isZero(at: end.position, count: FrameHeader.byteCount) { return }
      guard let (frame, checksum) = try Self.frame(at: end.position, &window, header, size),
        frame.header.previousFrame == end.checksum, frame.header.firstOffset == end.offset
      else {
        problem = EventLogError.damaged(
          "The bytes after the last whole frame are not a frame", file: file.path,
          byte: end.position, offsets: nil)
        return
      }
      append(frame, checksum: checksum)
      if end.position >= size { return }
    }
  }

  private mutating func append(_ frame: FrameIndex.Frame, checksum: UInt32) {
    frames.append(frame)
    durableBefore = max(durableBefore, frame.header.durableBefore)
    end = End(
      position: frame.position + frame.header.byteCount, checksum: checksum,
      offset: frame.header.offsets.upperBound)
  }

  /// The whole frame at a position, and its header's checksum; or nil.
  private static func frame(
    at position: UInt64, _ window: inout FileWindow, _ header: SegmentHeader, _ size: UInt64
  ) throws(EventLogError) -> (frame: FrameIndex.Frame, checksum: UInt32)? {
    let front = try window.range(at: position, count: FrameHeader.byteCount)
    guard
      let (frame, checksum) = Self.decode(
        window.buffer.span.extracting(front), salt: header.salt, position: position),
      frame.byteCount <= size - position
    else { return nil }
    let bodyCount = Int(frame.byteCount) - FrameHeader.byteCount
    let range = try window.range(
      at: position + UInt64(FrameHeader.byteCount), count: bodyCount)
    guard range.count == bodyCount,
      CRC32C.checksum(window.buffer.span.extracting(range)) == frame.bodyChecksum
        || window.file.system.omits(.frameChecksum)
    else { return nil }
    return (FrameIndex.Frame(position: position, header: frame), checksum)
  }

  private static func decode(_ bytes: Span<UInt8>, salt: UInt64, position: UInt64)
    -> (FrameHeader, checksum: UInt32)?
  {
    FrameHeader(decoding: bytes, salt: salt, position: position).map {
      ($0, FrameHeader.checksum(of: bytes))
    }
  }

  /// Looks past the place where the walk stopped for whole frames of this segment.
  ///
  /// Frames begin at multiples of eight; a checksum bound to file and position makes it one in four
  /// billion that bytes there look like a frame and are none.
  func framesAfterProblem(file: File, header: SegmentHeader) throws(EventLogError)
    -> [FrameIndex.Frame]
  {
    var found: [FrameIndex.Frame] = []
    let size = try file.size()
    var window = FileWindow(file)
    var position = end.position + 8
    while position + UInt64(FrameHeader.byteCount) <= size {
      if let (frame, _) = try Self.frame(at: position, &window, header, size),
        isPlausible(frame)
      {
        found.append(frame)
        position += frame.header.byteCount
      } else {
        position += 8
      }
    }
    return found
  }

  /// Whether the events that are missing before a frame have room between it and the last one.
  ///
  /// Each takes six bytes at least. So a frame that is none cannot make a gap that takes all memory.
  private func isPlausible(_ frame: FrameIndex.Frame) -> Bool {
    let offset = frame.header.firstOffset
    return offset <= end.offset || offset - end.offset <= (frame.position - end.position) / 6
  }

  /// Goes on with frames beyond damage, leaving a gap, for reading what is intact.
  mutating func skipDamage(_ later: [FrameIndex.Frame]) {
    for frame in later where frame.header.firstOffset >= end.offset {
      if frame.header.firstOffset > end.offset {
        gaps.append(end.offset..<frame.header.firstOffset)
      }
      append(frame, checksum: 0)
    }
  }
}

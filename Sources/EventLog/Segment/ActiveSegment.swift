import Synchronization
import SystemPackage

/// A segment that takes appends: uncompressed frames in a file that is zero beyond them.
final class ActiveSegment: Segment {
  let file: File
  let header: SegmentHeader
  private let index: Mutex<FrameIndex>
  /// The events that damage has made unreadable, in a log opened for reading only.
  private let gaps: [Range<UInt64>]

  var path: FilePath { file.path }

  init(file: File, header: SegmentHeader, frames: FrameScan) {
    self.file = file
    self.header = header
    index = Mutex(FrameIndex(base: header.baseOffset, frames: frames.frames, end: frames.end))
    gaps = frames.gaps
  }

  var offsets: Range<UInt64> { index.withLock { header.baseOffset..<$0.endOffset } }
  var byteCount: UInt64 { index.withLock { $0.end.position } }

  /// Where the next frame goes, and the checksum that it must name.
  var end: FrameScan.End { index.withLock { $0.end } }

  /// Takes note of a frame that is on disk now.
  ///
  /// It is not looked into: its names are read when somebody asks for a stream, a type or a turn.
  func didAppend(_ frame: FrameIndex.Frame, checksum: UInt32) {
    index.withLock { index in
      index.frames.append(frame)
      index.end = FrameScan.End(
        position: frame.position + frame.header.byteCount, checksum: checksum,
        offset: frame.header.offsets.upperBound)
    }
  }

  /// Looks for frames that another process wrote since, up to an offset known to be durable.
  func follow(to durableEnd: UInt64) throws(EventLogError) {
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
    return ChunkPlace(firstOffset: header.firstOffset, count: Int(header.eventCount))
  }

  func chunkIndex(holding offset: UInt64) throws(EventLogError) -> Int {
    let found = index.withLock { $0.frameIndex(holding: offset) }
    guard let found else {
      throw damaged(gaps.first { $0.contains(offset) } ?? offset..<(offset + 1))
    }
    return found
  }

  func requireIntact(_ offsets: Range<UInt64>) throws(EventLogError) {
    if let gap = gaps.first(where: { $0.overlaps(offsets) }) { throw damaged(gap) }
  }

  private func damaged(_ offsets: Range<UInt64>) -> EventLogError {
    EventLogError.damaged(
      "The segment is damaged where these events are", file: path, offsets: offsets)
  }

  func block(_ i: Int, withPayload: Bool) throws(EventLogError) -> EventBlock {
    let frame = index.withLock { $0.frames[i] }
    return try block(frame)
  }

  private func block(_ frame: FrameIndex.Frame) throws(EventLogError) -> EventBlock {
    let body = try file.read(
      at: frame.position + UInt64(FrameHeader.byteCount),
      count: Int(frame.header.byteCount) - FrameHeader.byteCount)
    return try frame.header.block(body: body, path: path, position: frame.position)
  }

  func events(ofStream stream: String) throws(EventLogError) -> StreamPlaces? {
    try nameAll()
    return index.withLock { $0.streams[Name(stream)] }
  }

  func turns(withID id: String) throws(EventLogError) -> [Range<UInt64>] {
    try nameAll()
    return index.withLock { $0.turns[Name(id)].map { [$0] } ?? [] }
  }

  func counts() throws(EventLogError) -> EventCounts {
    try requireIntact(offsets)
    try nameAll()
    return index.withLock { index in
      EventCounts(
        types: index.types, streams: index.streams.mapValues { UInt64($0.offsets.count) })
    }
  }

  /// Brings the index by name up to the frames that are known.
  private func nameAll() throws(EventLogError) {
    while true {
      let next = index.withLock {
        $0.named < $0.frames.count ? ($0.named, $0.frames[$0.named]) : nil
      }
      guard let (i, frame) = next else { return }
      let block = try block(frame)
      index.withLock { if $0.named == i { $0.name(block) } }
    }
  }
}

extension FrameHeader {
  /// Checks and decodes a frame's body (padding included).
  func block(body: [UInt8], path: FilePath, position: UInt64) throws(EventLogError) -> EventBlock {
    let damaged = EventLogError.damaged(
      "A frame of the segment is damaged", file: path, byte: position, offsets: offsets)
    guard body.count == Int(byteCount) - Self.byteCount,
      CRC32C.checksum(body) == bodyChecksum
    else { throw damaged }
    do {
      var reader = ByteReader(body, to: Int(envelopeCount))
      var block = try EventBlock(
        envelopes: &reader, firstOffset: firstOffset, count: Int(eventCount)
      ) { reader throws(ByteReader.Malformed) in try reader.string() }
      guard reader.isAtEnd, block.payloadCount == Int(bodyCount - envelopeCount) else {
        throw damaged
      }
      block.payload = Array(body[Int(envelopeCount)..<Int(bodyCount)])
      return block
    } catch {
      throw damaged
    }
  }
}

/// What is known of an active segment's frames: where they are, and, once asked, by name.
struct FrameIndex {
  struct Frame: Sendable {
    var position: UInt64
    var header: FrameHeader
  }

  let base: UInt64
  var frames: [Frame]
  var end: FrameScan.End
  /// How many of the frames are in what follows.
  var named = 0
  var streams: [Name: StreamPlaces] = [:]
  var types: [Name: UInt64] = [:]
  var turns: [Name: Range<UInt64>] = [:]

  init(base: UInt64, frames: [Frame], end: FrameScan.End) {
    self.base = base
    self.frames = frames
    self.end = end
  }

  var endOffset: UInt64 { end.offset }

  func frameIndex(holding offset: UInt64) -> Int? {
    let i = frames.partitioningIndex { $0.header.offsets.upperBound > offset }
    return i < frames.count && frames[i].header.offsets.contains(offset) ? i : nil
  }

  mutating func name(_ block: EventBlock) {
    var openTurn: Name?
    for (i, envelope) in block.envelopes.enumerated() {
      let offset = block.firstOffset + UInt64(i)
      let stream = Name(block.names[envelope.stream])
      streams[stream, default: StreamPlaces(firstRevision: envelope.revision, offsets: [])]
        .offsets.append(offset)
      types[Name(block.names[envelope.type]), default: 0] += 1
      if envelope.beginsTurn {
        openTurn = envelope.texts.flatMap { block.texts[$0].turnID }.map(Name.init)
        if let openTurn { turns[openTurn] = offset..<offset }
      }
      if let openTurn, let turn = turns[openTurn] {
        turns[openTurn] = turn.lowerBound..<(offset + 1)
      }
    }
    named += 1
  }
}

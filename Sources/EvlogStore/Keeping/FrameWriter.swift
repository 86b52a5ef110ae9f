import SystemPackage

/// Writes events that are in the log already to a new active segment, in frames of whole turns.
///
/// The file is written under a name without meaning, synced and read back; giving it its name is up
/// to the caller.
struct FrameWriter: ~Copyable {
  /// The bytes after which a frame ends with the turn: few enough to be lost as one, if they rot.
  static let frameBytes = 1 << 20

  private var header: SegmentHeader
  private let file: File
  private var encoder = BlockEncoder(headerCount: FrameHeader.byteCount)
  private var streams = NameTable()
  private var types = NameTable()
  private var end: FrameScan.End
  /// The first offset of the frame that is being filled.
  private var frameStart: Offset
  private var digest = Digest.zero
  private var hasSeveralCauses = false

  /// Begins the file, for the events from the header's first offset on.
  static func begin(_ header: SegmentHeader, to path: FilePath, _ system: SystemCalls)
    throws(EventLogError) -> FrameWriter
  {
    try system.removeIfPresent(path)
    let file = try File(path, .create, system)
    try file.write(header.encoded(), at: 0)
    return FrameWriter(header, file)
  }

  private init(_ header: SegmentHeader, _ file: File) {
    self.header = header
    self.file = file
    end = FrameScan.start(header)
    frameStart = header.baseOffset
  }

  /// The offset that the next event must have.
  private var next: Offset { frameStart + UInt64(encoder.count) }

  /// Adds the events of a block that come next, up to an offset.
  mutating func add(_ block: EventBlock, below limit: Offset = .max) throws(EventLogError) {
    let hashes = block.nameHashes()
    for i in block.indices where (next..<max(next, limit)).contains(block[i].offset) {
      let event = block[i]
      if event.beginsTurn, encoder.byteCount >= Self.frameBytes { try flush() }
      guard event.offset == next, event.beginsTurn || encoder.count > 0 else {
        throw EventLogError.damaged(
          "The events to be written again do not follow each other", file: file.path,
          offsets: event.offset..<(event.offset + 1))
      }
      let envelope = event.envelope
      encoder.addEnvelope(
        event,
        stream: streams.add(event.stream, hash: hashes[Int(envelope.stream)]),
        type: types.add(event.type, hash: hashes[Int(envelope.type)]),
        contentType: event.contentTypeNumber.map {
          types.add(event.name(UInt32($0)), hash: hashes[$0])
        })
      encoder.addPayload(event.data)
      encoder.addPayload(event.metadata)
      digest = digest.appending(event.digest(hashes))
    }
  }

  private mutating func flush() throws(EventLogError) {
    guard encoder.count > 0 else { return }
    // All that is before a frame is as durable as the frame itself: the file counts as a whole.
    let body = encoder.finishBody(streamNames: streams, typeNames: types)
    let (frame, checksum) = encoder.setFrameHeader(
      body, firstOffset: frameStart, durableBefore: frameStart, previousFrame: end.checksum,
      salt: header.salt, position: end.position)
    try file.write(encoder.payload, at: end.position)
    end = FrameScan.End(
      position: end.position + frame.byteCount, checksum: checksum,
      offset: frame.offsets.upperBound)
    frameStart = end.offset
    if encoder.hasSeveralCauses { hasSeveralCauses = true }
    encoder.removeAll()
  }

  /// Writes what is left and some room after it, syncs, and reads everything back.
  ///
  /// Throws `damaged` where it does not read as it was written, or ends elsewhere than at `cut`.
  mutating func finish(at cut: Cut, room: UInt64) throws(EventLogError) {
    try flush()
    if end.position < room { try file.writeZeros(end.position..<room) }
    if hasSeveralCauses {
      header.format = SegmentHeader.severalCausesFormat
      try file.write(header.encoded(), at: 0)
    }
    try file.sync()
    let scan = try FrameScan(file: file, header: header)
    let segment = ActiveSegment(file: file, header: header, frames: scan)
    guard scan.problem == nil, scan.end == end, end.offset.cutBefore == cut,
      try segment.digestOfEvents() == digest
    else {
      throw EventLogError.damaged(
        "The new segment does not read back as it was written", file: file.path)
    }
  }
}

extension ActiveSegment {
  /// Reads all the events; their digest.
  func digestOfEvents() throws(EventLogError) -> Digest {
    var digest = Digest.zero
    var reader = try makeReader()
    var block = EventBlock()
    for i in 0..<chunkCount() {
      try reader.read(i, withPayload: true, into: &block)
      block.append(to: &digest, hashes: block.nameHashes())
    }
    return digest
  }
}

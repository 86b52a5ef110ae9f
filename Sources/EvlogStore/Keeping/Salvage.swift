import SystemPackage

/// What can be read of a damaged segment file: its whole frames or blocks, wherever they are.
///
/// Frames begin at multiples of eight, blocks anywhere; both are known by a checksum that is bound to
/// the file and the position. The salt, to which that is bound, is taken from the file's header even
/// where the header is damaged: if a checksum holds with it, it is the right one.
struct Salvage {
  struct Chunk {
    enum Place {
      case frame(FrameHeader)
      case block(BlockHeader)
    }
    var position: UInt64
    var place: Place

    var offsets: Range<Offset> {
      switch place {
      case .frame(let header): header.offsets
      case .block(let header): header.offsets
      }
    }

    /// What its events take before compression.
    var rawByteCount: UInt64 {
      switch place {
      case .frame(let header): header.byteCount
      case .block(let header):
        UInt64(FrameHeader.byteCount) + header.rawByteCount
      }
    }
  }

  let file: File
  /// Without the segment's dictionary, pages that refer to it are not read as anything else.
  private var decoder = PageDecoder(SegmentDictionary())
  /// In the order of their offsets, none overlapping another, each read once in full.
  private(set) var chunks: [Chunk] = []
  /// The most that any whole frame knew to be durable.
  private(set) var durableBefore: Offset = 0

  var eventCount: Int { chunks.reduce(0) { $0 + $1.offsets.count } }

  /// Looks through a file for what belongs to the segment from `base` on, up to an offset.
  init(
    _ path: FilePath, _ kind: SegmentHeader.Kind, base: Offset, upTo limit: Offset,
    _ layout: StoreLayout
  ) throws(EventLogError) {
    file = try File(path, .read, layout.system)
    let header = try file.read(at: 0, count: SegmentHeader.byteCount)
    guard header.count == SegmentHeader.byteCount else { return }
    let salt = header.loadLittleEndian(UInt64.self, at: 40)
    let found =
      kind == .active
      ? try frames(base: base, salt: salt, layout) : try blocks(salt: salt)
    var block = EventBlock()
    var position = base
    for chunk in found.sorted(by: { $0.offsets.lowerBound < $1.offsets.lowerBound })
    where chunk.offsets.lowerBound >= position && chunk.offsets.upperBound <= limit {
      do throws(EventLogError) { try read(chunk, into: &block) } catch  where error.isDamage {
        continue
      }
      if case .frame(let header) = chunk.place {
        durableBefore = max(durableBefore, header.durableBefore)
      }
      chunks.append(chunk)
      position = chunk.offsets.upperBound
    }
  }

  private func frames(base: Offset, salt: UInt64, _ layout: StoreLayout) throws(EventLogError)
    -> [Chunk]
  {
    let start = UInt64(SegmentHeader.byteCount)
    // What the first frame continues: the header may not say it any more.
    let front = try file.read(at: start, count: FrameHeader.byteCount)
    let chain = FrameHeader(decoding: front.span, salt: salt, position: start)?.previousFrame
    let header = SegmentHeader(
      kind: .active, store: StoreID(bytes: []), baseOffset: base, salt: salt, createdAt: .now(),
      previousFrame: chain ?? 0)
    let scan = try FrameScan(file: file, header: header)
    let rest = scan.end.position..<max(scan.end.position, try file.size())
    let isEmpty = try layout.lastNonZeroByte(of: file, in: rest) == nil
    let later = isEmpty ? [] : try scan.framesAfterProblem(file: file, header: header)
    return (scan.frames + later).map { Chunk(position: $0.position, place: .frame($0.header)) }
  }

  /// Each block after the one before; after damage, wherever the next one is.
  private mutating func blocks(salt: UInt64) throws(EventLogError) -> [Chunk] {
    var found: [Chunk] = []
    var window = FileWindow(file)
    var position = UInt64(SegmentHeader.byteCount)
    let size = try file.size()
    while position < size {
      let range = try window.range(at: position, count: BlockHeader.mostBytes)
      let bytes = window.buffer.span.extracting(range)
      if let header = BlockHeader(decoding: bytes, salt: salt, position: position),
        header.byteCount <= size - position, !header.offsets.isEmpty
      {
        found.append(Chunk(position: position, place: .block(header)))
        position += header.byteCount
      } else if let header = SegmentDictionary.Header(
        decoding: bytes, salt: salt, position: position)
      {
        if let dictionary = try SegmentDictionary(file, at: position, salt: salt) {
          decoder = PageDecoder(dictionary)
        }
        position += UInt64(header.byteCount)
      } else {
        position += 1
      }
    }
    return found
  }

  /// Reads a chunk, all of it checked.
  func read(_ chunk: Chunk, into block: inout EventBlock) throws(EventLogError) {
    switch chunk.place {
    case .frame(let header):
      let start = chunk.position + UInt64(FrameHeader.byteCount)
      let body = try file.read(at: start, count: Int(header.byteCount) - FrameHeader.byteCount)
      try header.decode(
        body: body.span, path: file.path, position: chunk.position, into: &block)
    case .block(let header):
      let bytes = try file.read(at: chunk.position, count: Int(header.byteCount))
      if header.problem(in: bytes, decoder, into: &block) != nil {
        throw EventLogError.damaged(
          "A block of the sealed segment is damaged", file: file.path, byte: chunk.position,
          offsets: header.offsets)
      }
    }
  }
}

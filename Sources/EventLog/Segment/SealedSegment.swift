import Synchronization
import SystemPackage

/// A compressed segment that never changes again.
final class SealedSegment: Segment {
  /// One entry of the index of blocks.
  struct BlockEntry: Sendable {
    static let byteCount = 64
    var position: UInt64
    var envelopesStored: Int
    var place: ChunkPlace
  }

  let path: FilePath
  private let system: SystemCalls
  let header: SegmentHeader
  let trailer: SealedTrailer
  let byteCount: UInt64

  /// Parts of the index, each read and checked when first needed.
  struct Loaded {
    var blocks: [BlockEntry]?
    var streams: PageDirectory?
    var turns: PageDirectory?
    var filter: NameFilter?
  }
  let loaded = Mutex(Loaded())

  /// Opens a file and checks its header and its trailer, not its blocks.
  init(path: FilePath, system: SystemCalls, store: StoreID) throws(EventLogError) {
    let file = try File(path, .read, system)
    let header = try SegmentHeader.read(file, store: store, kind: .sealed)
    let size = try file.size()
    guard size >= UInt64(SegmentHeader.byteCount + SealedTrailer.byteCount) else {
      throw EventLogError.damaged("The sealed segment is cut short", file: path, byte: size)
    }
    let position = size - UInt64(SealedTrailer.byteCount)
    let bytes = try file.read(at: position, count: SealedTrailer.byteCount)
    guard let trailer = SealedTrailer(decoding: bytes, salt: header.salt, position: position),
      trailer.offsets.lowerBound == header.baseOffset
    else {
      throw EventLogError.damaged(
        "The end of the sealed segment is damaged", file: path, byte: position)
    }
    self.path = path
    self.system = system
    self.header = header
    self.trailer = trailer
    byteCount = size
  }

  var offsets: Range<UInt64> { trailer.offsets }

  /// Opened for each use: a log may have more segments than a process may have open files.
  func open() throws(EventLogError) -> File { try File(path, .read, system) }

  func damaged(_ message: String, byte: UInt64, _ offsets: Range<UInt64>? = nil) -> EventLogError {
    EventLogError.damaged(message, file: path, byte: byte, offsets: offsets)
  }

  // MARK: Segment

  func chunkCount() throws(EventLogError) -> Int { try blocks().count }

  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace { try blocks()[i].place }

  func chunkIndex(holding offset: UInt64) throws(EventLogError) -> Int {
    let blocks = try blocks()
    let i = blocks.partitioningIndex { $0.place.offsets.upperBound > offset }
    guard i < blocks.count, blocks[i].place.offsets.contains(offset) else {
      throw damaged("The index has no block with this event", byte: 0, offset..<(offset + 1))
    }
    return i
  }

  func makeReader() throws(EventLogError) -> any ChunkReader {
    BlockReader(file: try open(), salt: header.salt, entries: try blocks())
  }

  /// Reads blocks: all of one at once, or its envelopes first.
  struct BlockReader: ChunkReader {
    let file: File
    let salt: UInt64
    let entries: [BlockEntry]
    private var stored: [UInt8] = []

    init(file: File, salt: UInt64, entries: [BlockEntry]) {
      self.file = file
      self.salt = salt
      self.entries = entries
    }

    mutating func read(_ i: Int, withPayload: Bool, into block: inout EventBlock)
      throws(EventLogError)
    {
      let entry = entries[i]
      let wanted =
        withPayload
        ? Int(entry.place.byteCount) : BlockHeader.byteCount + entry.envelopesStored
      let count = try file.read(at: entry.position, count: wanted, into: &stored)
      let bytes = stored.span.extracting(first: count)
      guard count == wanted,
        let header = BlockHeader(decoding: bytes, salt: salt, position: entry.position),
        header.offsets == entry.place.offsets, header.byteCount == entry.place.byteCount,
        header.envelopesStored == entry.envelopesStored,
        header.decodeEnvelopes(
          bytes.extracting(droppingFirst: BlockHeader.byteCount), into: &block),
        !withPayload
          || header.decodePayload(
            bytes.extracting(droppingFirst: BlockHeader.byteCount + entry.envelopesStored),
            into: &block)
      else { throw damaged(entry) }
    }

    mutating func readPayload(_ i: Int, into block: inout EventBlock) throws(EventLogError) {
      // What was read before is still there, but the payloads' place is known from the header only.
      let entry = entries[i]
      let wanted = Int(entry.place.byteCount)
      let count = try file.read(at: entry.position, count: wanted, into: &stored)
      let bytes = stored.span.extracting(first: count)
      guard count == wanted,
        let header = BlockHeader(decoding: bytes, salt: salt, position: entry.position),
        header.byteCount == entry.place.byteCount,
        header.decodePayload(
          bytes.extracting(droppingFirst: BlockHeader.byteCount + Int(header.envelopesStored)),
          into: &block)
      else { throw damaged(entry) }
    }

    private func damaged(_ entry: BlockEntry) -> EventLogError {
      EventLogError.damaged(
        "A block of the sealed segment is damaged", file: file.path, byte: entry.position,
        offsets: entry.place.offsets)
    }
  }
}

extension BlockHeader {
  /// Checks, decompresses and decodes the envelopes, with which `bytes` begin; false where they are
  /// damaged.
  func decodeEnvelopes(_ bytes: Span<UInt8>, into block: inout EventBlock) -> Bool {
    guard bytes.count >= Int(envelopesStored),
      LZ4.isPlausible(rawCount: Int(envelopesRaw), storedCount: Int(envelopesStored))
    else { return false }
    let stored = bytes.extracting(first: Int(envelopesStored))
    guard CRC32C.checksum(stored) == envelopesChecksum else { return false }
    block.reserve(columnCount: Int(envelopesRaw))
    guard LZ4.load(stored, rawCount: Int(envelopesRaw), into: &block.column) else { return false }
    do throws(ByteReader.Malformed) {
      try block.decodeColumn(firstOffset: firstOffset, count: Int(eventCount))
    } catch { return false }
    return block.payloadCount == Int(payloadRaw)
  }

  /// Checks and decompresses the payloads, with which `bytes` begin; false where they are damaged.
  func decodePayload(_ bytes: Span<UInt8>, into block: inout EventBlock) -> Bool {
    guard bytes.count >= Int(payloadStored),
      LZ4.isPlausible(rawCount: Int(payloadRaw), storedCount: Int(payloadStored))
    else { return false }
    let stored = bytes.extracting(first: Int(payloadStored))
    guard CRC32C.checksum(stored) == payloadChecksum else { return false }
    block.reserve(payloadCount: Int(payloadRaw))
    return LZ4.load(stored, rawCount: Int(payloadRaw), into: &block.payload)
  }
}

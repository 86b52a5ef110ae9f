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

  var offsets: Range<Offset> { trailer.offsets }

  /// Opened for each use: a log may have more segments than a process may have open files.
  func open() throws(EventLogError) -> File { try File(path, .read, system) }

  func damaged(_ message: String, byte: UInt64, _ offsets: Range<Offset>? = nil) -> EventLogError {
    EventLogError.damaged(message, file: path, byte: byte, offsets: offsets)
  }

  // MARK: Segment

  func chunkCount() throws(EventLogError) -> Int { try blocks().count }

  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace { try blocks()[i].place }

  func chunkIndex(holding offset: Offset) throws(EventLogError) -> Int {
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
    /// False only where a test leaves the checksums of blocks out.
    private let isChecked: Bool
    private var stored: [UInt8] = []

    init(file: File, salt: UInt64, entries: [BlockEntry]) {
      self.file = file
      self.salt = salt
      self.entries = entries
      isChecked = !file.system.omits(.blockChecksum)
    }

    mutating func read(_ i: Int, withPayload: Bool, into block: inout EventBlock)
      throws(EventLogError)
    {
      let header = try load(entries[i], withPayload: withPayload)
      let columns = stored.span.extracting(droppingFirst: BlockHeader.byteCount)
      guard header.decodeEnvelopes(columns, checked: isChecked, into: &block),
        !withPayload || header.decodePayload(columns, checked: isChecked, into: &block)
      else { throw damaged(entries[i]) }
    }

    mutating func readPayload(_ i: Int, into block: inout EventBlock) throws(EventLogError) {
      let header = try load(entries[i], withPayload: true)
      let columns = stored.span.extracting(droppingFirst: BlockHeader.byteCount)
      guard header.decodePayload(columns, checked: isChecked, into: &block) else {
        throw damaged(entries[i])
      }
    }

    /// Checks a block's bytes by their checksums, and decompresses nothing.
    mutating func check(_ i: Int) throws(EventLogError) {
      let header = try load(entries[i], withPayload: true)
      let columns = stored.span.extracting(droppingFirst: BlockHeader.byteCount)
      guard !isChecked || header.hasIntactColumns(columns) else { throw damaged(entries[i]) }
    }

    /// Reads a block's bytes, as far as they are wanted, to `stored`.
    private mutating func load(_ entry: BlockEntry, withPayload: Bool) throws(EventLogError)
      -> BlockHeader
    {
      let wanted =
        withPayload
        ? Int(entry.place.byteCount) : BlockHeader.byteCount + entry.envelopesStored
      let count = try file.read(at: entry.position, count: wanted, into: &stored)
      guard count == wanted,
        let header = BlockHeader(
          decoding: stored.span.extracting(first: count), salt: salt, position: entry.position),
        header.offsets == entry.place.offsets, header.byteCount == entry.place.byteCount,
        header.envelopesStored == entry.envelopesStored
      else { throw damaged(entry) }
      return header
    }

    private func damaged(_ entry: BlockEntry) -> EventLogError {
      EventLogError.damaged(
        "A block of the sealed segment is damaged", file: file.path, byte: entry.position,
        offsets: entry.place.offsets)
    }
  }
}

extension BlockHeader {
  /// Whether both columns are what they were when they were written.
  func hasIntactColumns(_ columns: Span<UInt8>) -> Bool {
    let (envelopes, payload) = (Int(envelopesStored), Int(payloadStored))
    return columns.count >= envelopes + payload
      && CRC32C.checksum(columns.extracting(first: envelopes)) == envelopesChecksum
      && CRC32C.checksum(columns.extracting(envelopes..<envelopes + payload)) == payloadChecksum
  }

  /// Checks, decompresses and decodes the envelopes, which come first in the columns; false where
  /// they are damaged.
  func decodeEnvelopes(_ columns: Span<UInt8>, checked: Bool = true, into block: inout EventBlock)
    -> Bool
  {
    guard columns.count >= Int(envelopesStored),
      LZ4.isPlausible(rawCount: Int(envelopesRaw), storedCount: Int(envelopesStored))
    else { return false }
    let stored = columns.extracting(first: Int(envelopesStored))
    guard !checked || CRC32C.checksum(stored) == envelopesChecksum else { return false }
    block.reserve(columnCount: Int(envelopesRaw))
    guard LZ4.load(stored, rawCount: Int(envelopesRaw), into: &block.column) else {
      block.removeEvents()
      return false
    }
    do throws(ByteReader.Malformed) {
      try block.decodeColumn(firstOffset: firstOffset, count: Int(eventCount))
    } catch { return false }
    return block.payloadCount == Int(payloadRaw)
  }

  /// Checks and decompresses the payloads, which follow the envelopes; false where they are damaged.
  func decodePayload(_ columns: Span<UInt8>, checked: Bool = true, into block: inout EventBlock)
    -> Bool
  {
    let start = Int(envelopesStored)
    let end = start + Int(payloadStored)
    guard columns.count >= end,
      LZ4.isPlausible(rawCount: Int(payloadRaw), storedCount: Int(payloadStored))
    else { return false }
    let stored = columns.extracting(start..<end)
    guard !checked || CRC32C.checksum(stored) == payloadChecksum else { return false }
    block.reserve(payloadCount: Int(payloadRaw))
    return LZ4.load(stored, rawCount: Int(payloadRaw), into: &block.payload)
  }
}

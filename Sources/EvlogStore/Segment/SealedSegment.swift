import Synchronization
import SystemPackage

/// A compressed segment that never changes again.
final class SealedSegment: Segment {
  /// One entry of the index of blocks.
  struct BlockEntry: Sendable {
    static let byteCount = 64
    var position: UInt64
    /// The stored bytes of the envelopes; in format 5, the bytes up to the names, with the header.
    var frontBytes: Int
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
    if header.format < SegmentHeader.pagesFormat {
      return BlockReader(file: try open(), salt: header.salt, entries: try blocks())
    }
    return try makePagedReader()
  }

  func makePagedReader() throws(EventLogError) -> PagedBlockReader {
    let entries = try blocks()
    let open = try openSegment()
    if let decoder = open.decoder {
      return PagedBlockReader(self, open, decoder, entries: entries)
    }
    let decoder = PageDecoder(try dictionary(open.file))
    open.decoder = decoder
    return PagedBlockReader(self, open, decoder, entries: entries)
  }

  private func openSegment() throws(EventLogError) -> OpenSegment {
    if let idle = system.idle.take(self) { return idle }
    return OpenSegment(file: try open())
  }

  /// Reads a little of the file, which stays open for what follows.
  func withFile<T>(_ body: (File) throws(EventLogError) -> T) throws(EventLogError) -> T {
    let open = try openSegment()
    defer { giveBack(open) }
    return try body(open.file)
  }

  /// The dictionary, from the first of its two places where it is whole.
  func dictionary(_ file: File) throws(EventLogError) -> SegmentDictionary {
    guard header.format >= SegmentHeader.pagesFormat else { return SegmentDictionary() }
    for position in [UInt64(SegmentHeader.byteCount), trailer.dictionary] {
      if let found = try SegmentDictionary(file, at: position, salt: header.salt) { return found }
    }
    throw damaged(
      "Both copies of the sealed segment's dictionary are damaged",
      byte: UInt64(SegmentHeader.byteCount), offsets)
  }

  func giveBack(_ open: OpenSegment) { system.idle.give(open, of: self) }

  deinit { system.idle.forget(self) }

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

    func eventCount(_ i: Int) -> Int { entries[i].place.count }

    mutating func read(
      _ i: Int, _ events: Range<Int>, withPayload: Bool, into block: inout EventBlock
    ) throws(EventLogError) {
      let header = try load(entries[i], withPayload: withPayload)
      let columns = stored.span.extracting(droppingFirst: ColumnBlockHeader.byteCount)
      guard header.decodeEnvelopes(columns, checked: isChecked, into: &block),
        !withPayload || header.decodePayload(columns, checked: isChecked, into: &block)
      else { throw damaged(entries[i]) }
      if events.count < entries[i].place.count {
        block.keep { events.contains(Int($0.place)) }
      }
    }

    mutating func readPayload(_ i: Int, into block: inout EventBlock) throws(EventLogError) {
      let header = try load(entries[i], withPayload: true)
      let columns = stored.span.extracting(droppingFirst: ColumnBlockHeader.byteCount)
      guard header.decodePayload(columns, checked: isChecked, into: &block) else {
        throw damaged(entries[i])
      }
    }

    /// Checks a block's bytes by their checksums, and decompresses nothing.
    mutating func check(_ i: Int) throws(EventLogError) {
      let header = try load(entries[i], withPayload: true)
      let columns = stored.span.extracting(droppingFirst: ColumnBlockHeader.byteCount)
      guard !isChecked || header.hasIntactColumns(columns) else { throw damaged(entries[i]) }
    }

    /// Reads a block's bytes, as far as they are wanted, to `stored`.
    private mutating func load(_ entry: BlockEntry, withPayload: Bool) throws(EventLogError)
      -> ColumnBlockHeader
    {
      let wanted =
        withPayload
        ? Int(entry.place.byteCount) : ColumnBlockHeader.byteCount + entry.frontBytes
      let count = try file.read(at: entry.position, count: wanted, into: &stored)
      guard count == wanted,
        let header = ColumnBlockHeader(
          decoding: stored.span.extracting(first: count), salt: salt, position: entry.position),
        header.offsets == entry.place.offsets, header.byteCount == entry.place.byteCount,
        Int(header.envelopesStored) == entry.frontBytes
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

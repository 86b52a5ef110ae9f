import SystemPackage

/// A file of the log as readers see it, active or sealed: a row of chunks and ways to find them.
///
/// A chunk is a frame of an active segment or a block of a sealed one.
protocol Segment: AnyObject, Sendable {
  var path: FilePath { get }
  /// The offsets that can be read; grows while the segment is active.
  var offsets: Range<Offset> { get }
  /// The bytes the file uses.
  var byteCount: UInt64 { get }
  func chunkCount() throws(EventLogError) -> Int
  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace
  /// The place of the chunk that holds an offset.
  func chunkIndex(holding offset: Offset) throws(EventLogError) -> Int
  /// Opens the file for reading chunks, one after the other or here and there.
  func makeReader() throws(EventLogError) -> any ChunkReader
  /// The chunks that have events of a stream, ascending.
  func chunks(ofStream stream: String) throws(EventLogError) -> [Int]
  /// The revision of a stream's last event here, or nil where there is none.
  func lastRevision(ofStream stream: String) throws(EventLogError) -> Revision?
  /// Where a turn with this id may be; ids that share a hash are all returned.
  func turns(withID id: String) throws(EventLogError) -> [Range<Offset>]
  /// Adds how many events there are of each type, and of each stream.
  func addCounts(to counts: inout EventCounts) throws(EventLogError)
  /// Throws where an index of this segment passes over events that are damaged.
  func requireIntact(_ offsets: Range<Offset>) throws(EventLogError)
}

extension Segment {
  func requireIntact(_ offsets: Range<Offset>) throws(EventLogError) {}

  /// Reads one chunk.
  func block(_ i: Int, withPayload: Bool) throws(EventLogError) -> EventBlock {
    var block = EventBlock()
    var reader = try makeReader()
    try reader.read(i, withPayload: withPayload, into: &block)
    return block
  }
}

/// Reads the chunks of one segment through one open file.
protocol ChunkReader {
  /// How many events a chunk has.
  func eventCount(_ i: Int) -> Int
  /// Reads some events of a chunk, by their places in it: their envelopes alone, or the payloads too. What is read is
  /// checked.
  mutating func read(
    _ i: Int, _ events: Range<Int>, withPayload: Bool, into block: inout EventBlock
  ) throws(EventLogError)
  /// Reads the payloads of those events of the chunk whose envelopes were just read that are still in the block.
  mutating func readPayload(_ i: Int, into block: inout EventBlock) throws(EventLogError)
  /// Checks a chunk's bytes by their checksums.
  mutating func check(_ i: Int) throws(EventLogError)
}

extension ChunkReader {
  /// Reads a whole chunk.
  mutating func read(_ i: Int, withPayload: Bool, into block: inout EventBlock)
    throws(EventLogError)
  {
    try read(i, 0..<eventCount(i), withPayload: withPayload, into: &block)
  }

  mutating func check(_ i: Int) throws(EventLogError) {
    var block = EventBlock()
    try read(i, withPayload: true, into: &block)
  }
}

/// Where a chunk is in the log.
struct ChunkPlace: Sendable {
  var firstOffset: Offset
  var count: Int
  /// From the earliest to the latest time in it, if known.
  var times: ClosedRange<Timestamp>?
  /// The digest of the segment's events before it, if kept.
  var digestBefore: Digest?
  /// What it takes in the file.
  var byteCount: UInt64

  var offsets: Range<Offset> { firstOffset..<(firstOffset + UInt64(count)) }
}

/// The numbers of events, by type and by stream.
public struct EventCounts: Sendable {
  private(set) var types = NameTable()
  private(set) var streams = NameTable()
  private var typeCounts: [UInt64] = []
  private var streamCounts: [UInt64] = []

  /// A type or a stream, and the number of its events.
  public typealias Count = (name: String, count: UInt64)

  /// The counts, in the order of the names' bytes.
  public var byType: [Count] { types.sorted().map { (types.string($0), typeCounts[$0]) } }
  /// The counts, in the order of the names' bytes.
  public var byStream: [Count] { streams.sorted().map { (streams.string($0), streamCounts[$0]) } }

  /// The number of streams.
  public var streamCount: Int { streams.count }
  /// The number of types.
  public var typeCount: Int { types.count }

  mutating func add(type: Span<UInt8>, hash: UInt64, count: UInt64) {
    let number = types.add(type, hash: hash)
    if number == typeCounts.count { typeCounts.append(0) }
    typeCounts[number] += count
  }

  mutating func add(stream: Span<UInt8>, hash: UInt64, count: UInt64) {
    let number = streams.add(stream, hash: hash)
    if number == streamCounts.count { streamCounts.append(0) }
    streamCounts[number] += count
  }

  /// Adds the entries of a page of an index.
  mutating func add(streams entries: [StreamEntry], of page: Span<UInt8>) {
    let hashes = entries.map { hash64(page.extracting($0.name)) }
    for i in entries.indices {
      if i % NameTable.prefetchCount == 0 {
        streams.prefetch(hashes[i...].prefix(NameTable.prefetchCount))
      }
      add(stream: page.extracting(entries[i].name), hash: hashes[i], count: entries[i].count)
    }
  }

  mutating func add(_ indexes: SegmentIndexes) {
    for i in 0..<indexes.types.count where indexes.typeCounts[i] > 0 {
      add(type: indexes.types[i], hash: indexes.types.hash(i), count: indexes.typeCounts[i])
    }
    for i in 0..<indexes.streams.count {
      add(
        stream: indexes.streams[i], hash: indexes.streams.hash(i),
        count: indexes.streamCounts[i])
    }
  }
}

/// A segment that cannot be read; whatever is asked of it is the error that says why.
final class DamagedSegment: Segment {
  let path: FilePath
  let offsets: Range<Offset>
  let error: EventLogError

  init(path: FilePath, offsets: Range<Offset>, error: EventLogError) {
    self.path = path
    self.offsets = offsets
    self.error = error
  }

  var byteCount: UInt64 { 0 }
  func chunkCount() throws(EventLogError) -> Int { throw error }
  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace { throw error }
  func chunkIndex(holding offset: Offset) throws(EventLogError) -> Int { throw error }
  func makeReader() throws(EventLogError) -> any ChunkReader { throw error }
  func chunks(ofStream stream: String) throws(EventLogError) -> [Int] { throw error }
  func lastRevision(ofStream stream: String) throws(EventLogError) -> Revision? { throw error }
  func turns(withID id: String) throws(EventLogError) -> [Range<Offset>] { throw error }
  func addCounts(to counts: inout EventCounts) throws(EventLogError) { throw error }
}

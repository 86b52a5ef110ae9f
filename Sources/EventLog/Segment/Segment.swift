import SystemPackage

/// A file of the log as readers see it, active or sealed: a row of chunks and ways to find them.
///
/// A chunk is a frame of an active segment or a block of a sealed one.
protocol Segment: AnyObject, Sendable {
  var path: FilePath { get }
  /// The offsets that can be read; grows while the segment is active.
  var offsets: Range<UInt64> { get }
  /// The bytes the file uses.
  var byteCount: UInt64 { get }
  func chunkCount() throws(EventLogError) -> Int

  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace
  /// The place of the chunk that holds an offset.
  func chunkIndex(holding offset: UInt64) throws(EventLogError) -> Int
  /// Reads a chunk: its envelopes alone, or the payloads too. Checked in full either way.
  func block(_ i: Int, withPayload: Bool) throws(EventLogError) -> EventBlock
  /// Where a stream's events are, or nil where there are none.
  func events(ofStream stream: String) throws(EventLogError) -> StreamPlaces?
  /// Where a turn with this id may be; ids that share a hash are all returned.
  func turns(withID id: String) throws(EventLogError) -> [Range<UInt64>]
  /// How many events there are of each type, and of each stream.
  func counts() throws(EventLogError) -> EventCounts
  /// Throws where an index of this segment passes over events that are damaged.
  func requireIntact(_ offsets: Range<UInt64>) throws(EventLogError)
}

extension Segment {
  func requireIntact(_ offsets: Range<UInt64>) throws(EventLogError) {}
}

/// Where a chunk is in the log.
struct ChunkPlace: Sendable {
  var firstOffset: UInt64
  var count: Int
  /// From the earliest to the latest time in it, if known.
  var times: ClosedRange<Timestamp>?
  /// The log's digest before its first event, if kept.
  var digestBefore: Digest?

  var offsets: Range<UInt64> { firstOffset..<(firstOffset + UInt64(count)) }
}

/// The events of one stream in one segment.
struct StreamPlaces: Sendable, Equatable {
  var firstRevision: UInt64
  /// Ascending.
  var offsets: [UInt64]

  var lastRevision: UInt64 { firstRevision + UInt64(offsets.count) - 1 }
}

/// How many events there are, by type and by stream.
public struct EventCounts: Sendable, Equatable {
  var types: [Name: UInt64] = [:]
  var streams: [Name: UInt64] = [:]

  /// A type or a stream, and how many events it has.
  public typealias Count = (name: String, count: UInt64)

  /// In the order of the names' bytes.
  public var byType: [Count] { Self.sorted(types) }
  public var byStream: [Count] { Self.sorted(streams) }

  private static func sorted(_ counts: [Name: UInt64]) -> [Count] {
    counts.sorted { $0.key < $1.key }.map { ($0.key.string, $0.value) }
  }

  mutating func add(_ other: EventCounts) {
    types.merge(other.types, uniquingKeysWith: +)
    streams.merge(other.streams, uniquingKeysWith: +)
  }
}

/// A segment that cannot be read; whatever is asked of it is the error that says why.
final class DamagedSegment: Segment {
  let path: FilePath
  let offsets: Range<UInt64>
  let error: EventLogError

  init(path: FilePath, offsets: Range<UInt64>, error: EventLogError) {
    self.path = path
    self.offsets = offsets
    self.error = error
  }

  var byteCount: UInt64 { 0 }
  func chunkCount() throws(EventLogError) -> Int { throw error }
  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace { throw error }
  func chunkIndex(holding offset: UInt64) throws(EventLogError) -> Int { throw error }
  func block(_ i: Int, withPayload: Bool) throws(EventLogError) -> EventBlock { throw error }
  func events(ofStream stream: String) throws(EventLogError) -> StreamPlaces? { throw error }
  func turns(withID id: String) throws(EventLogError) -> [Range<UInt64>] { throw error }
  func counts() throws(EventLogError) -> EventCounts { throw error }
}

/// An event of a log: a fact that no longer changes.
public struct RecordedEvent: Sendable, Hashable {
  /// The content type that is assumed if none is given.
  @inlinable public static var jsonContentType: String { "application/json" }

  /// The position in the log, from 0, without gaps.
  public var offset: Offset
  /// The name of its log in a group of logs; nil for an event of a log by itself.
  public var log: String?
  /// The ids of the messages that it sent and received, by the rules of its group.
  public var sent: [String] = []
  public var received: [String] = []
  /// The name of its stream.
  public var stream: String
  /// The position in the stream, from 0, without gaps.
  public var revision: Revision
  /// The type: a stable name for what happened.
  public var type: String
  /// The schema version of the data, from which upcasters start.
  public var schemaVersion: UInt32
  /// The time when it happened; the time of the append unless the writer gave another one.
  public var recordedAt: Timestamp
  /// The event's own id, if it has one. The log does not require it to be unique.
  public var id: String?
  /// The ids of what caused it, in the order in which they were given; empty if none were.
  public var causation: [String] = []
  /// The id of the conversation that it belongs to.
  public var correlation: String?
  /// The metadata, as it was given.
  public var metadata: ArraySlice<UInt8>?
  /// The content type of the data.
  public var contentType: String
  /// The data, as it was given. The slice keeps the block from which it was read in memory.
  public var data: ArraySlice<UInt8>
  /// Whether a turn begins with this event.
  public var beginsTurn: Bool
  /// The id of the turn, on the first event of a turn that has one.
  public var turnID: String?

  /// The bytes of its data and metadata.
  package var byteCount: Int { data.count + (metadata?.count ?? 0) }

  /// The bytes that the log's digest covers: everything about the event but its turn.
  func digestBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64 + data.count)
    bytes.appendVarint(UInt64(offset))
    bytes.appendVarint(UInt64(revision))
    bytes.appendVarint(UInt64(schemaVersion))
    bytes.appendSignedVarint(recordedAt.nanoseconds)
    bytes.appendString(stream)
    bytes.appendString(type)
    bytes.appendString(contentType)
    // One id and one cause are a count of 1 and a text, so that a list adds to what there was.
    for texts in [id.map { [$0] } ?? [], causation, correlation.map { [$0] } ?? []] {
      bytes.appendVarint(UInt64(texts.count))
      for text in texts { bytes.appendString(text) }
    }
    bytes.append(metadata == nil ? 0 : 1)
    if let metadata {
      bytes.appendVarint(UInt64(metadata.count))
      bytes.append(contentsOf: metadata)
    }
    bytes.append(contentsOf: data)
    return bytes
  }
}

extension Digest {
  /// The digest of the log so far, one event further.
  public func chained(with event: RecordedEvent) -> Digest { chained(with: event.digestBytes()) }
}

extension RecordedEvent {
  /// What a log would make of an event in a turn of its own, without putting it in one.
  package init(_ event: NewEvent, offset: Offset, revision: Revision) {
    self.init(
      offset: offset, stream: event.stream, revision: revision, type: event.type,
      schemaVersion: event.schemaVersion,
      recordedAt: event.recordedAt ?? Timestamp(nanoseconds: 0), id: event.id,
      causation: event.causation, correlation: event.correlation, metadata: event.metadata?[...],
      contentType: event.contentType, data: event.data[...], beginsTurn: true, turnID: nil)
  }
}

extension Collection<RecordedEvent> {
  /// The bytes of the data and metadata of all of them.
  package var payloadBytes: Int { reduce(0) { $0 + $1.byteCount } }
}

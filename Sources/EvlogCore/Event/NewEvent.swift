/// An event that is not yet in a log.
public struct NewEvent: Sendable, Hashable {
  /// The name of its stream; a stream begins with its first event.
  public var stream: String
  /// The type: a stable name for what happened.
  public var type: String
  /// The payload. The log keeps these bytes as they are.
  public var data: [UInt8]
  /// The content type of the payload; `application/json` by default.
  public var contentType: String
  /// The schema version of the payload, from which upcasters start; 1 by default.
  public var schemaVersion: UInt32
  /// The time when it happened; nil for the time of the append.
  public var recordedAt: Timestamp?
  /// The event's own id, if it has one.
  public var id: String?
  /// The ids of what caused it; empty if nothing is known to have. The log keeps their order, and an id that is
  /// named twice.
  public var causation: [String]
  /// The id of the conversation that it belongs to.
  public var correlation: String?
  /// Anything else, usually JSON. The log keeps these bytes as they are.
  public var metadata: [UInt8]?

  public init(
    stream: String, type: String, data: [UInt8],
    contentType: String = RecordedEvent.jsonContentType, schemaVersion: UInt32 = 1,
    recordedAt: Timestamp? = nil, id: String? = nil, causation: [String] = [],
    correlation: String? = nil, metadata: [UInt8]? = nil
  ) {
    self.stream = stream
    self.type = type
    self.data = data
    self.contentType = contentType
    self.schemaVersion = schemaVersion
    self.recordedAt = recordedAt
    self.id = id
    self.causation = causation
    self.correlation = correlation
    self.metadata = metadata
  }

  /// The event to append to get this one again.
  public init(recorded event: RecordedEvent) {
    self.init(
      stream: event.stream, type: event.type, data: Array(event.data),
      contentType: event.contentType, schemaVersion: event.schemaVersion,
      recordedAt: event.recordedAt, id: event.id, causation: event.causation,
      correlation: event.correlation, metadata: event.metadata.map(Array.init))
  }

  /// The bytes of its data and metadata.
  @inlinable package var byteCount: Int { data.count &+ (metadata?.count ?? 0) }
}

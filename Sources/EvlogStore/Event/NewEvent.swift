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
  /// The id of what caused it.
  public var causation: String?
  /// The id of the conversation that it belongs to.
  public var correlation: String?
  /// Anything else, usually JSON. The log keeps these bytes as they are.
  public var metadata: [UInt8]?

  public init(
    stream: String, type: String, data: [UInt8],
    contentType: String = RecordedEvent.jsonContentType, schemaVersion: UInt32 = 1,
    recordedAt: Timestamp? = nil, id: String? = nil, causation: String? = nil,
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

  /// The bytes of its data and metadata.
  @inline(__always)
  var byteCount: Int { data.count &+ (metadata?.count ?? 0) }

  /// Throws where a limit is exceeded or a name is empty.
  @inline(__always)
  package func check() throws(EventLogError) {
    // One look at all the sizes: which of them it is, is asked only where one is too large.
    let isWithinLimits =
      !stream.isEmpty && !type.isEmpty && stream.utf8.count <= Limits.streamNameBytes
      && type.utf8.count <= Limits.typeNameBytes
      && contentType.utf8.count <= Limits.contentTypeBytes && data.count <= Limits.eventDataBytes
      && (metadata?.count ?? 0) <= Limits.metadataBytes
      && (id?.utf8.count ?? 0) <= Limits.idBytes
      && (causation?.utf8.count ?? 0) <= Limits.idBytes
      && (correlation?.utf8.count ?? 0) <= Limits.idBytes
    if !isWithinLimits { try checkEach() }
  }

  @inline(never)
  private func checkEach() throws(EventLogError) {
    func bound(_ count: Int, _ limit: Int, _ what: String) throws(EventLogError) {
      guard count > limit else { return }
      throw EventLogError(
        .tooLarge, "\(what) of an event has \(count) bytes, more than the limit of \(limit)")
    }
    guard !stream.isEmpty else {
      throw EventLogError(.invalidEvent, "An event has an empty stream name")
    }
    guard !type.isEmpty else {
      throw EventLogError(.invalidEvent, "An event has an empty type name")
    }
    try bound(stream.utf8.count, Limits.streamNameBytes, "The stream name")
    try bound(type.utf8.count, Limits.typeNameBytes, "The type name")
    try bound(contentType.utf8.count, Limits.contentTypeBytes, "The content type")
    try bound(data.count, Limits.eventDataBytes, "The data")
    try bound(metadata?.count ?? 0, Limits.metadataBytes, "The metadata")
    try bound(id?.utf8.count ?? 0, Limits.idBytes, "The id")
    try bound(causation?.utf8.count ?? 0, Limits.idBytes, "The causation")
    try bound(correlation?.utf8.count ?? 0, Limits.idBytes, "The correlation")
  }
}

import EvlogJSON
public import EvlogStore

/// What a reducer's event is in a log: a type, and data.
public struct EncodedEvent: Sendable, Hashable {
  /// What happened, by a stable name.
  public var type: String
  /// The version of the data's shape.
  public var schemaVersion: UInt32
  /// What the bytes of the data are; `application/json` by default.
  public var contentType: String
  /// The payload. The log keeps these bytes as they are.
  public var data: [UInt8]

  public init(
    type: String, schemaVersion: UInt32 = 1, contentType: String = RecordedEvent.jsonContentType,
    data: [UInt8]
  ) {
    self.type = type
    self.schemaVersion = schemaVersion
    self.contentType = contentType
    self.data = data
  }

  /// What ``Reducer/decode(_:)-(RecordedEvent)`` makes of a case of a `Codable` enum, the other way
  /// round: the type is the case's name (its `CodingKey`), the data the object of its values.
  ///
  /// Throws `EncodingError` where the value is encoded as anything but an object with one member.
  public init(encoding event: some Encodable) throws {
    let member = try EventEncoding.$isActive.withValue(true) {
      try StateEncoder().onlyMember(of: event)
    }
    guard let member else {
      throw EncodingError.invalidValue(
        event,
        .init(
          codingPath: [],
          debugDescription: "an event must be a case of an enum, encoded as its name and its values"
        ))
    }
    self.init(type: member.name, data: member.text)
  }
}

extension NewEvent {
  /// An event of a stream, of what a machine made of it.
  public init(_ event: EncodedEvent, stream: String) {
    self.init(
      stream: stream, type: event.type, data: event.data, contentType: event.contentType,
      schemaVersion: event.schemaVersion)
  }
}

extension EventLog {
  /// Appends one event, a case of a `Codable` enum, as a turn of its own.
  ///
  ///     try await log.append(Shop.Event.counted(sku: "A-7", quantity: 12), to: "sku-A-7",
  ///       expecting: .noStream)
  ///
  /// A machine with upcasters says by ``Machine/schemaVersion(of:)`` which version an event has; give
  /// it as `schemaVersion`, or let a `TurnRunner` do so.
  @discardableResult
  public func append(
    _ event: some Encodable & Sendable, to stream: String,
    expecting expectation: Turn.Expectation = .any, turnID: String? = nil, schemaVersion: UInt32 = 1
  ) async throws -> Appended {
    var encoded = try EncodedEvent(encoding: event)
    encoded.schemaVersion = schemaVersion
    return try await append(
      Turn([NewEvent(encoded, stream: stream)], id: turnID, expecting: [stream: expectation]))
  }
}

public import EvlogCore
public import EvlogJSON

extension StatePath: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Timestamp: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Timestamp(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not a time (RFC 3339)")
    }
    self = time
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Answers {
  /// What caused an event. In JSON it is a text if it is one id, and an array if there are several.
  public struct Causation: Codable, Sendable, Hashable {
    public let ids: [String]

    /// Nil if there are none.
    init?(_ ids: [String]) {
      if ids.isEmpty { return nil }
      self.ids = ids
    }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      guard let ids = try container.decode(JSONValue.self).causes else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "these are not the ids of causes")
      }
      self.ids = ids
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(JSONValue(causes: ids))
    }
  }
}

/// An event, in the shape that `read --ndjson` prints and `import` reads.
extension RecordedEvent: Codable {
  public init(from decoder: any Decoder) throws {
    let json = try decoder.singleValueContainer().decode(JSONValue.self)
    guard let event = RecordedEvent(json: json) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "this is not an event"))
    }
    self = event
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    // A line of our own making is JSON.
    try container.encode(JSONValue(validating: ndjson[...]) ?? .null)
  }

  private init?(json: JSONValue) {
    func text(_ key: String) -> String? { json[key]?.stringValue }
    func bytes(_ key: String) -> [UInt8]? {
      json[key]?.canonicalBytes ?? text("\(key)64").flatMap { Base64.decode($0) }
    }
    guard let offset = json["offset"]?.integer(Offset.self), let stream = text("stream"),
      let revision = json["revision"]?.integer(Revision.self), let type = text("type"),
      let time = text("time").flatMap({ Timestamp($0) })
    else { return nil }
    var event = NewEvent(stream: stream, type: type, data: bytes("data") ?? [])
    event.schemaVersion = json["schemaVersion"]?.integer(UInt32.self) ?? 1
    event.recordedAt = time
    event.id = text("id")
    event.causation = json["causation"]?.causes ?? []
    event.correlation = text("correlation")
    event.metadata = bytes("metadata")
    event.contentType = text("contentType") ?? Self.jsonContentType
    self.init(event, offset: offset, revision: revision)
    log = text("log")
    turnID = text("turn")
    beginsTurn = turnID != nil
  }
}

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

  /// The event as a line of NDJSON, without the line feed. Data that is not JSON on one line is in base64.
  package var ndjson: [UInt8] {
    var bytes = Array("{\"offset\":\(offset),\"stream\":".utf8)
    func member(_ key: String, _ text: String) {
      bytes += Array(",\"\(key)\":".utf8)
      JSONValue.write(text, to: &bytes)
    }
    JSONValue.write(stream, to: &bytes)
    bytes += Array(",\"revision\":\(revision)".utf8)
    member("type", type)
    if let log { member("log", log) }
    if schemaVersion != 1 { bytes += Array(",\"schemaVersion\":\(schemaVersion)".utf8) }
    member("time", "\(recordedAt)")
    if let id { member("id", id) }
    if !causation.isEmpty {
      bytes += Array(",\"causation\":".utf8)
      JSONValue(causes: causation).write(to: &bytes)
    }
    if let correlation { member("correlation", correlation) }
    if contentType != Self.jsonContentType { member("contentType", contentType) }
    if let turnID { member("turn", turnID) }
    Self.payload("data", data, to: &bytes)
    if let metadata { Self.payload("metadata", metadata, isOptional: false, to: &bytes) }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// Adds the bytes as they are if they are JSON on one line, otherwise in base64 under another name.
  private static func payload(
    _ key: String, _ data: ArraySlice<UInt8>, isOptional: Bool = true, to bytes: inout [UInt8]
  ) {
    if data.isEmpty, isOptional { return }
    let isWhole =
      data.first.map { !isSpace($0) } ?? false && data.last.map { !isSpace($0) } ?? false
    // It must be JSON inside the line's object too; why it is not does not matter.
    if isWhole, !data.contains(0x0A), !data.contains(0x0D),
      (try? JSONParser.check(data.span, inside: 1)) != nil
    {
      bytes += Array(",\"\(key)\":".utf8)
      bytes += data
    } else {
      bytes += Array(",\"\(key)64\":\"\(Base64.encode(data))\"".utf8)
    }
  }

  /// Spaces around a value are not part of it, so they would not come back.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

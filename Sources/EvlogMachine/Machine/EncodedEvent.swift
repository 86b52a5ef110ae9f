public import EvlogCore
import EvlogJSON

/// A reducer's event as it is in a log: a type, and data.
public struct EncodedEvent: Sendable, Hashable {
  /// What happened, by a stable name.
  public var type: String
  /// The schema version of the data.
  public var schemaVersion: UInt32
  /// The content type of the data; `application/json` by default.
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

  /// Encodes a case of a `Codable` enum, the inverse of ``Reducer/decode(_:)-(RecordedEvent)``: the type is the
  /// case's name (its `CodingKey`), the data the object of its values.
  ///
  /// Throws `EncodingError` if the value is encoded as anything but an object with one member.
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
  /// An event of a stream, from an encoded event.
  public init(_ event: EncodedEvent, stream: String) {
    self.init(
      stream: stream, type: event.type, data: event.data, contentType: event.contentType,
      schemaVersion: event.schemaVersion)
  }
}

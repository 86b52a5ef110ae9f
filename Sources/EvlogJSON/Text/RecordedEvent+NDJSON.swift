package import EvlogCore

extension RecordedEvent {
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

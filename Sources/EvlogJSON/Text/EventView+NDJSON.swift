package import EvlogCore

extension RecordedEvent {
  /// The event as a line of NDJSON, without the line feed. Data that is not JSON on one line is in base64.
  package var ndjson: [UInt8] {
    let block = EventBlock(self)
    var bytes: [UInt8] = []
    block[0].appendNDJSON(to: &bytes, log: log)
    return bytes
  }
}

extension EventView {
  /// Appends the event as a line of NDJSON, without the line feed. Data that is not JSON on one line is in base64.
  package func appendNDJSON(to bytes: inout [UInt8], log: String?) {
    bytes.append("{\"offset\":")
    bytes.append(decimal: UInt64(offset))
    bytes.append(",\"stream\":")
    JSONValue.write(stream, to: &bytes)
    bytes.append(",\"revision\":")
    bytes.append(decimal: UInt64(revision))
    bytes.append(",\"type\":")
    JSONValue.write(type, to: &bytes)
    if let log {
      bytes.append(",\"log\":")
      JSONValue.write(log, to: &bytes)
    }
    if schemaVersion != 1 {
      bytes.append(",\"schemaVersion\":")
      bytes.append(decimal: UInt64(schemaVersion))
    }
    bytes.append(",\"time\":\"")
    let time = recordedAt.bytes
    bytes.append(time.span)
    bytes.append("\"")
    func member(_ key: StaticString, _ text: String?) {
      guard let text else { return }
      bytes.append(key)
      JSONValue.write(text, to: &bytes)
    }
    member(",\"id\":", id)
    let causation = causation
    if !causation.isEmpty {
      bytes.append(",\"causation\":")
      JSONValue(causes: causation).write(to: &bytes)
    }
    member(",\"correlation\":", correlation)
    member(",\"contentType\":", contentTypeNumber == nil ? nil : contentType)
    member(",\"turn\":", turnID)
    if !data.isEmpty { Self.append("data", data, to: &bytes) }
    if hasMetadata { Self.append("metadata", metadata, to: &bytes) }
    bytes.append("}")
  }

  /// Appends the bytes as they are if they are JSON on one line, otherwise in base64 under another name.
  private static func append(
    _ key: StaticString, _ data: Span<UInt8>, to bytes: inout [UInt8]
  ) {
    let isJSON = JSONValue.isOneLine(data)
    bytes.append(",\"")
    bytes.append(key)
    bytes.append(isJSON ? "\":" : "64\":\"")
    if isJSON {
      bytes.append(data)
    } else {
      bytes += Base64.encode(data.copied()[...]).utf8
      bytes.append("\"")
    }
  }

}

extension JSONValue {
  /// Whether bytes are JSON on one line that comes back as it is from within an object.
  package static func isOneLine(_ data: Span<UInt8>) -> Bool {
    // Spaces around a value are not part of it, so they would not come back. Within, it has no line feed.
    guard !data.isEmpty, data[0] > 0x20, data[data.count - 1] > 0x20, !data.contains(0x0A),
      !data.contains(0x0D)
    else { return false }
    // It must be JSON inside the line's object too; why it is not does not matter.
    return (try? JSONParser.check(data, inside: 1)) != nil
  }
}

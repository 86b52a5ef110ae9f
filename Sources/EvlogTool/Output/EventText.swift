import EvlogReplay
package import EvlogStore

/// An event as a line of NDJSON, in the shape that `import` and `append` read.
package enum EventText {
  package static func ndjson(_ event: RecordedEvent) -> [UInt8] {
    var bytes = Array("{\"offset\":\(event.offset),\"stream\":".utf8)
    func member(_ key: String, _ text: String) {
      bytes += Array(",\"\(key)\":".utf8)
      JSONValue.write(text, to: &bytes)
    }
    JSONValue.write(event.stream, to: &bytes)
    bytes += Array(",\"revision\":\(event.revision)".utf8)
    member("type", event.type)
    if event.schemaVersion != 1 { bytes += Array(",\"schemaVersion\":\(event.schemaVersion)".utf8) }
    member("time", "\(event.recordedAt)")
    if let id = event.id { member("id", id) }
    if let causation = event.causation { member("causation", causation) }
    if let correlation = event.correlation { member("correlation", correlation) }
    if event.contentType != RecordedEvent.jsonContentType {
      member("contentType", event.contentType)
    }
    if let turn = event.turnID { member("turn", turn) }
    payload("data", event.data, to: &bytes)
    if let metadata = event.metadata {
      payload("metadata", metadata, isOptional: false, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// The bytes as they are, where they are JSON on one line; else in base64 under another name.
  private static func payload(
    _ key: String, _ data: ArraySlice<UInt8>, isOptional: Bool = true, to bytes: inout [UInt8]
  ) {
    if data.isEmpty, isOptional { return }
    let isWhole =
      data.first.map { !isSpace($0) } ?? false && data.last.map { !isSpace($0) } ?? false
    // It must be JSON inside of the line's object too.
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

  /// One line for people.
  static func line(_ event: RecordedEvent, width: Int = 100) -> String {
    var data = String(decoding: event.data.prefix(4 * width), as: UTF8.self)
    data = Words.plain(String(data.map { $0.isNewline ? " " : $0 }))
    if data.count > width { data = data.prefix(width - 1) + "…" }
    let offset = Words.number(event.offset)
    return String(repeating: " ", count: max(0, 9 - offset.count)) + offset
      + "  \(event.recordedAt)  \(Words.plain(event.stream))  \(Words.plain(event.type))  \(data)"
  }
}

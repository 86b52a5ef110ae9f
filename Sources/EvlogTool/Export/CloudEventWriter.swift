import EvlogCore
import EvlogJSON
import EvlogSources
import EvlogStore

/// Events of CloudEvents 1.0 in JSON, one on each line.
///
/// The source is the log, the subject the stream. What CloudEvents has no attribute for is in the extension `evlog`,
/// so that `import` makes the same events of it.
struct CloudEventWriter: EventWriter {
  private let source: String
  /// The ids so far: CloudEvents asks for each of them once.
  private var ids: Set<Digest> = []

  init(of log: EventLog) { source = "urn:evlog:\(log.id)" }

  mutating func write(_ event: borrowing EventView, log: String?, to bytes: inout [UInt8]) {
    let id = event.id
    let name = name(of: event)
    bytes.append("{\"specversion\":\"1.0\",\"id\":")
    JSONValue.write(name, to: &bytes)
    bytes.append(",\"source\":")
    JSONValue.write(source, to: &bytes)
    bytes.append(",\"type\":")
    JSONValue.write(event.typeText, to: &bytes)
    bytes.append(",\"subject\":")
    JSONValue.write(event.streamText, to: &bytes)
    bytes.append(",\"time\":\"")
    bytes += event.recordedAt.description.utf8
    bytes.append("\"")
    let (contentType, causes) = (event.contentType, event.causation)
    // An empty content type is none of a media type's.
    if !contentType.isEmpty {
      bytes.append(",\"datacontenttype\":")
      JSONValue.write(contentType, to: &bytes)
    }
    if let correlation = event.correlation {
      bytes.append(",\"correlationid\":")
      JSONValue.write(correlation, to: &bytes)
    }
    if causes.count == 1 {
      bytes.append(",\"causationid\":")
      JSONValue.write(causes[0], to: &bytes)
    }
    bytes.append(",\"evlog\":")
    JSONValue.write(own(event, id: id == name ? name : id, isNamed: id == name, causes), to: &bytes)
    let data = event.data
    if !data.isEmpty {
      if contentType == RecordedEvent.jsonContentType, JSONValue.isOneLine(data) {
        bytes.append(",\"data\":")
        bytes.append(data)
      } else {
        bytes.append(",\"data_base64\":\"")
        bytes += Base64.encode(data.copied()[...]).utf8
        bytes.append("\"")
      }
    }
    bytes.append("}\n")
  }

  /// The event's own id, if it is the first with it; otherwise one by its offset.
  private mutating func name(of event: borrowing EventView) -> String {
    if let id = event.id, !id.isEmpty, ids.insert(Digest(of: Array(id.utf8))).inserted { return id }
    var name = "\(event.offset)"
    while !ids.insert(Digest(of: Array(name.utf8))).inserted { name += "'" }
    return name
  }

  /// The fields that the attributes do not say, as a text of JSON.
  private func own(
    _ event: borrowing EventView, id: String?, isNamed: Bool, _ causes: [String]
  ) -> String {
    var bytes: [UInt8] = []
    func begin(_ key: StaticString) {
      bytes.append(bytes.isEmpty ? "{\"" : ",\"")
      bytes.append(key)
      bytes.append("\":")
    }
    if !isNamed {
      begin("id")
      if let id { JSONValue.write(id, to: &bytes) } else { bytes.append("null") }
    }
    if causes.count > 1 {
      begin("causation")
      JSONValue(causes: causes).write(to: &bytes)
    }
    if event.schemaVersion != 1 {
      begin("schemaVersion")
      bytes.append(decimal: UInt64(event.schemaVersion))
    }
    if event.contentType.isEmpty {
      begin("contentType")
      bytes.append("\"\"")
    }
    if event.hasMetadata {
      let metadata = event.metadata
      if JSONValue.isOneLine(metadata) {
        begin("metadata")
        bytes.append(metadata)
      } else {
        begin("metadata64")
        JSONValue.write(Base64.encode(metadata.copied()[...]), to: &bytes)
      }
    }
    bytes.append(bytes.isEmpty ? "{}" : "}")
    return String(decoding: bytes, as: UTF8.self)
  }
}

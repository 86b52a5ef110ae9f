import EvlogCore
import EvlogJSON

/// Rows of CSV, with a column for each field of an event.
struct CSVWriter: EventWriter {
  private static let columns = [
    "offset", "stream", "revision", "type", "time", "schemaVersion", "id", "causation",
    "correlation", "contentType", "turn", "metadata", "metadata64", "data", "data64",
  ]

  mutating func begin(_ bytes: inout [UInt8]) {
    var line = CSVLine()
    for column in Self.columns { line.add(column) }
    bytes += line.taken()
  }

  mutating func write(_ event: borrowing EventView, log: String?, to bytes: inout [UInt8]) {
    var line = CSVLine()
    line.add(Int64(UInt64(event.offset)))
    line.add(event.stream)
    line.add(Int64(UInt64(event.revision)))
    line.add(event.type)
    line.add(event.recordedAt.description)
    line.add(Int64(event.schemaVersion))
    line.add(event.id)
    line.add(Self.text(of: event.causation))
    line.add(event.correlation)
    line.add(event.contentTypeNumber == nil ? nil : event.contentType)
    line.add(event.turnID)
    if event.hasMetadata { Self.add(event.metadata, to: &line) } else { Self.addNothing(to: &line) }
    if event.data.isEmpty { Self.addNothing(to: &line) } else { Self.add(event.data, to: &line) }
    bytes += line.taken()
  }

  /// One cause as it is, several as an array of JSON.
  private static func text(of causes: [String]) -> String? {
    if causes.isEmpty { return nil }
    if causes.count == 1, !causes[0].hasPrefix("[") { return causes[0] }
    return JSONValue.array(causes.map(JSONValue.string)).canonicalText
  }

  /// JSON in the first of two columns, and what is no JSON on one line in the second, in base64.
  private static func add(_ value: Span<UInt8>, to line: inout CSVLine) {
    if JSONValue.isOneLine(value) {
      line.add(value)
      line.add(nil)
    } else {
      line.add(nil)
      line.add(Base64.encode(value.copied()[...]))
    }
  }

  private static func addNothing(to line: inout CSVLine) {
    line.add(nil)
    line.add(nil)
  }
}

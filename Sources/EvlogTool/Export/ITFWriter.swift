import EvlogCore
import EvlogJSON
import EvlogStore

/// The events as a trace in the Informal Trace Format: a state for each, whose variables are the event's fields.
struct ITFWriter: EventWriter {
  private static let variables = ["stream", "revision", "type", "time", "data"]
  private let source: String
  private var count = 0

  init(of log: EventLog) { source = "log \(log.id)" }

  mutating func begin(_ bytes: inout [UInt8]) {
    bytes.append("{\"#meta\":")
    ITFTrace.meta(source: source).write(to: &bytes)
    bytes.append(",\"vars\":")
    let names = Self.variables + [ITFTrace.action]
    JSONValue.array(names.map(JSONValue.string)).write(to: &bytes)
    bytes.append(",\"states\":[\n")
  }

  mutating func write(_ event: borrowing EventView, log: String?, to bytes: inout [UInt8]) {
    if count > 0 { bytes.append(",\n") }
    let data = event.data
    let value: JSONValue? = data.isEmpty ? .null : JSONValue(validating: data)
    JSONValue.object([
      ("#meta", .object([("index", .int(count))])), ("stream", .string(event.streamText)),
      ("revision", .int(event.revision)), ("type", .string(event.typeText)),
      ("time", .string("\(event.recordedAt)")),
      (
        "data",
        value.map(ITFTrace.value) ?? ITFTrace.unserializable(Base64.encode(data.copied()[...]))
      ),
      (ITFTrace.action, .string(event.typeText)),
    ]).write(to: &bytes)
    count += 1
  }

  mutating func end(_ bytes: inout [UInt8]) { bytes.append("\n]}\n") }
}

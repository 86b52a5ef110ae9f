import EventLog
import GRDB
import Replay

/// What an event gives for the parameters of SQL.
struct EventParameters {
  private let event: RecordedEvent
  private var members: JSONObject?

  init(_ event: RecordedEvent) { self.event = event }

  struct Missing: Error, CustomStringConvertible {
    let name: String
    var description: String {
      "the data has no '\(name)'; what may be missing is written @data ->> '$.\(name)'"
    }
  }

  /// What the event itself has, beside the members of its data: `@offset` and so on.
  static let fields = [
    "offset", "stream", "revision", "type", "schemaVersion", "time", "id", "causation",
    "correlation", "metadata", "data",
  ]

  static func isKnown(_ parameter: String) -> Bool {
    parameter.hasPrefix(":")
      || parameter.hasPrefix("@") && fields.contains(String(parameter.dropFirst()))
  }

  /// The value of a parameter that ``isKnown(_:)``.
  mutating func value(_ parameter: String) throws -> DatabaseValue {
    let name = String(parameter.dropFirst())
    if parameter.hasPrefix("@") { return field(name) }
    let members = try self.members ?? parsed()
    self.members = members
    guard let value = members[name] else { throw Missing(name: name) }
    return value.databaseValue
  }

  private func field(_ name: String) -> DatabaseValue {
    switch name {
    case "offset": Int64(bitPattern: event.offset).databaseValue
    case "stream": event.stream.databaseValue
    case "revision": Int64(bitPattern: event.revision).databaseValue
    case "type": event.type.databaseValue
    case "schemaVersion": event.schemaVersion.databaseValue
    case "time": event.recordedAt.description.databaseValue
    case "id": event.id.databaseValue
    case "causation": event.causation.databaseValue
    case "correlation": event.correlation.databaseValue
    case "metadata": event.metadata.map { String(decoding: $0, as: UTF8.self) }.databaseValue
    default:
      (event.data.isEmpty ? "{}" : String(decoding: event.data, as: UTF8.self)).databaseValue
    }
  }

  private func parsed() throws -> JSONObject {
    guard !event.data.isEmpty else { return JSONObject() }
    guard case .object(let object) = try JSONParser.parse(event.data) else { return JSONObject() }
    return object
  }
}

extension JSONValue {
  /// As a column of SQLite: whole numbers that do not fit, arrays and objects as their JSON.
  var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .bool(let value): value.databaseValue
    case .string(let text): text.databaseValue
    case .number(let number):
      if let whole = integer(Int64.self) {
        whole.databaseValue
      } else if number.double.isFinite, number.text.contains(where: { ".e".contains($0) }) {
        number.double.databaseValue
      } else {
        number.text.databaseValue
      }
    case .array, .object: canonicalText.databaseValue
    }
  }
}

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
      "the data has no '\(name)'; what may be missing is written :data ->> '$.\(name)'"
    }
  }

  mutating func value(_ name: String) throws -> DatabaseValue {
    switch name {
    case "offset": return Int64(bitPattern: event.offset).databaseValue
    case "stream": return event.stream.databaseValue
    case "revision": return Int64(bitPattern: event.revision).databaseValue
    case "type": return event.type.databaseValue
    case "time": return event.recordedAt.fixedText.databaseValue
    case "id": return event.id.databaseValue
    case "causation": return event.causation.databaseValue
    case "correlation": return event.correlation.databaseValue
    case "schemaVersion": return event.schemaVersion.databaseValue
    case "metadata":
      return event.metadata.map { String(decoding: $0, as: UTF8.self) }.databaseValue
    case "data":
      return (event.data.isEmpty ? "{}" : String(decoding: event.data, as: UTF8.self))
        .databaseValue
    default:
      let members = try self.members ?? parsed()
      self.members = members
      guard let value = members[name] else { throw Missing(name: name) }
      return value.databaseValue
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

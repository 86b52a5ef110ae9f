import EvlogCore
import EvlogJSON
import Foundation
import GRDB

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
    "correlation", "contentType", "metadata", "data", "bytes", "metadataBytes", "causes",
  ]

  static func isKnown(_ parameter: String) -> Bool {
    parameter.hasPrefix(":")
      || parameter.hasPrefix("@") && fields.contains(String(parameter.dropFirst()))
  }

  /// The value of a parameter that ``isKnown(_:)``.
  mutating func value(_ parameter: String) throws -> DatabaseValue {
    let name = String(parameter.dropFirst())
    if parameter.hasPrefix("@") { return try field(name) }
    let members = try self.members ?? parsed()
    self.members = members
    guard let value = members[name] else { throw Missing(name: name) }
    return value.databaseValue
  }

  private func field(_ name: String) throws -> DatabaseValue {
    switch name {
    case "offset": Int64(event.offset).databaseValue
    case "stream": event.stream.databaseValue
    case "revision": Int64(event.revision).databaseValue
    case "type": event.type.databaseValue
    case "schemaVersion": event.schemaVersion.databaseValue
    case "time": event.recordedAt.description.databaseValue
    case "id": event.id.databaseValue
    case "causation":
      (event.causation.count == 1 ? event.causation[0] : event.causation.jsonArray).databaseValue
    case "causes": event.causation.jsonArray.databaseValue
    case "correlation": event.correlation.databaseValue
    case "contentType": event.contentType.databaseValue
    // No data is NULL.
    case "bytes": event.data.isEmpty ? .null : Data(event.data).databaseValue
    case "metadataBytes": event.metadata.map { Data($0).databaseValue } ?? .null
    case "metadata": try event.metadata.map { try json($0, "metadata", "metadataBytes") } ?? .null
    default: event.data.isEmpty ? .null : try json(jsonData(), "data", "bytes")
    }
  }

  /// JSON as its text. What is none is not passed over in silence: that would be NULL to the handler.
  private func json(_ bytes: ArraySlice<UInt8>, _ what: String, _ raw: String) throws
    -> DatabaseValue
  {
    do { return try RepeatedKeys.resolved(bytes).databaseValue } catch {
      throw NoJSON(what: what, raw: raw, reason: "\(error)")
    }
  }

  private func jsonData() throws -> ArraySlice<UInt8> {
    guard event.contentType == RecordedEvent.jsonContentType else {
      throw NoJSON(what: "data", raw: "bytes", reason: "it is \(event.contentType)")
    }
    return event.data
  }

  private func parsed() throws -> JSONObject {
    guard !event.data.isEmpty else { return JSONObject() }
    let data = try jsonData()
    let value: JSONValue
    do { value = try JSONParser.parse(data) } catch {
      throw NoJSON(what: "data", raw: "bytes", reason: "\(error)")
    }
    guard case .object(let object) = value else { return JSONObject() }
    return object
  }

  struct NoJSON: Error, CustomStringConvertible {
    let what: String
    let raw: String
    let reason: String
    var description: String { "the \(what) is not JSON (\(reason)); its bytes are @\(raw)" }
  }
}

extension JSONValue {
  /// The value as a column of SQLite: arrays and objects as their JSON; numbers always as numbers, because they
  /// are compared as such. A number that is not a 64-bit integer becomes the nearest double, as in SQLite's own
  /// JSON functions.
  var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .bool(let value): value.databaseValue
    case .string(let text): text.databaseValue
    case .number(let number):
      integer(Int64.self)?.databaseValue ?? number.double.databaseValue
    case .array, .object: canonicalText.databaseValue
    }
  }
}

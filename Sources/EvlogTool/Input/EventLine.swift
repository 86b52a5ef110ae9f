package import EventLog
import Replay

/// Reads a line of NDJSON as an event. The bytes of `data` are taken as they are.
package struct EventLine {
  /// What an event may have, and what `read` adds, which is passed over.
  static let fields = [
    "stream", "type", "data", "data64", "time", "id", "causation", "correlation", "metadata",
    "meta",
    "metadata64", "schemaVersion", "contentType",
  ]
  static let passedOver: Set<String> = ["offset", "revision", "turn"]

  /// The stream of lines that name none.
  var defaultStream: String?
  /// Fields that are not an event's and may be there nevertheless.
  var ignoredFields: Set<String> = []

  package init(defaultStream: String? = nil, ignoredFields: Set<String> = []) {
    self.defaultStream = defaultStream
    self.ignoredFields = ignoredFields
  }

  /// Throws a usage failure that names the line and the column.
  package func event(_ line: InputLines.Line, of name: String) throws -> NewEvent {
    func wrong(_ message: String, at byte: Int) -> Failure {
      let column = String(decoding: line.bytes.prefix(byte), as: UTF8.self).count + 1
      return .usage("\(name), line \(line.number), column \(column): \(message)")
    }
    var event = NewEvent(stream: defaultStream ?? "", type: "", data: [])
    let members: [(key: String, keyByte: Int, value: Range<Int>)]
    do { members = try JSONParser.members(of: line.bytes[...]) } catch {
      throw wrong("a line must be a JSON object: \(error.message).", at: error.byte)
    }
    var seen: Set<String> = []
    for (key, keyByte, range) in members {
      guard seen.insert(key).inserted else { throw wrong("'\(key)' is there twice.", at: keyByte) }
      let value = line.bytes[range]
      func text() throws -> String {
        guard let text = try? JSONParser.parse(value).stringValue else {
          throw wrong("'\(key)' must be a text.", at: range.lowerBound)
        }
        return text
      }
      func bytes64() throws -> [UInt8] {
        guard let bytes = Base64.decode(try text()) else {
          throw wrong("'\(key)' must be base64.", at: range.lowerBound)
        }
        return bytes
      }
      /// Null is as good as absent for everything that is optional.
      let isNull = value.elementsEqual("null".utf8)
      switch key {
      case "stream": event.stream = try text()
      case "type": event.type = try text()
      case "data": event.data = Array(value)
      case "data64": event.data = try bytes64()
      case "metadata", "meta": event.metadata = isNull && key == "meta" ? nil : Array(value)
      case "metadata64": event.metadata = try bytes64()
      case "id": event.id = isNull ? nil : try text()
      case "causation": event.causation = isNull ? nil : try text()
      case "correlation": event.correlation = isNull ? nil : try text()
      case "contentType": event.contentType = try text()
      case "schemaVersion":
        guard let version = try? JSONParser.parse(value).integer(UInt32.self) else {
          throw wrong("'schemaVersion' must be a whole number.", at: range.lowerBound)
        }
        event.schemaVersion = version
      case "time":
        if isNull { break }
        guard let time = Timestamp(try text()) else {
          throw wrong(
            "'time' must be a time as in 2026-03-01T10:11:12.345Z (RFC 3339), in the years 1678 to "
              + "2261, with at most nine digits after the second.",
            at: range.lowerBound)
        }
        event.recordedAt = time
      default:
        if Self.passedOver.contains(key) || ignoredFields.contains(key) { break }
        throw wrong(
          "'\(key)' is not a field of an event. There are \(Self.fields.joined(separator: ", ")); "
            + "to pass over it: --ignore-field \(key)", at: keyByte)
      }
    }
    if event.stream.isEmpty {
      throw wrong("'stream' is missing; to give one to every line: --stream NAME", at: 0)
    }
    if event.type.isEmpty { throw wrong("'type' is missing.", at: 0) }
    do { try event.check() } catch { throw wrong(error.description, at: 0) }
    return event
  }
}

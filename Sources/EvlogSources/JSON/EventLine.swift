import EvlogJSON
package import EvlogStore

/// Reads a line of NDJSON as an event. The bytes of `data` are taken as they are.
package struct EventLine {
  /// What an event may have, and what `read` adds, which is passed over.
  static let fields = [
    "stream", "type", "data", "data64", "time", "id", "causation", "correlation", "metadata",
    "meta", "metadata64", "schemaVersion", "contentType",
  ]
  package static var fieldList: String { fields.joined(separator: ", ") }
  static let passedOver: Set<String> = ["offset", "revision", "turn"]

  /// The stream of lines that name none.
  var defaultStream: String?
  /// Fields that are not an event's and may be there nevertheless.
  var ignoredFields: Set<String> = []
  /// Whether it is an element of an array that is read, and not a line.
  var isElement = false

  package init(defaultStream: String? = nil, ignoredFields: Set<String> = []) {
    self.defaultStream = defaultStream
    self.ignoredFields = ignoredFields
  }

  package func event(_ line: InputRecord, of name: String) throws(SourceError) -> NewEvent {
    var mayRepeatKeys = false
    return try event(line, of: name, mayRepeatKeys: &mayRepeatKeys)
  }

  /// The same, where it matters whether the data or metadata may have a key twice.
  func event(_ line: InputRecord, of name: String, mayRepeatKeys: inout Bool)
    throws(SourceError) -> NewEvent
  {
    func error(_ problem: SourceError.Problem, at byte: Int) -> SourceError {
      line.error(problem, at: byte, of: name)
    }
    func wrong(_ message: String, at byte: Int) -> SourceError {
      line.wrong(message, at: byte, of: name)
    }
    var event = NewEvent(stream: defaultStream ?? "", type: "", data: [])
    let members: [(key: String, keyByte: Int, value: Range<Int>)]
    do {
      members = try JSONParser.members(of: line.bytes[...], mayRepeatKeys: &mayRepeatKeys)
    } catch {
      throw wrong(
        isElement
          ? Self.whyNoJSON(line, error, rule: "an element must be a JSON object: ")
          : Self.whyNoObject(line, error), at: error.byte)
    }
    for (place, (key, keyByte, range)) in members.enumerated() {
      if let other = Self.sameField(as: key, in: members[..<place]) {
        throw wrong(
          other == key
            ? "'\(key)' appears twice."
            : "'\(other)' and '\(key)' are two names of one field, and only one of them can be kept.",
          at: keyByte)
      }
      let value = line.bytes[range]
      func text() throws(SourceError) -> String {
        guard let text = Self.text(value) else {
          throw wrong("'\(key)' must be a text.", at: range.lowerBound)
        }
        return text
      }
      func bytes64() throws(SourceError) -> [UInt8] {
        guard let bytes = Base64.decode(try text()) else {
          throw wrong("'\(key)' must be base64.", at: range.lowerBound)
        }
        return bytes
      }
      /// Null is as good as absent for everything that is optional.
      let isNull = value.first == UInt8(ascii: "n")
      switch key {
      case "stream": event.stream = try text()
      case "type": event.type = try text()
      case "data": event.data = Array(isElement ? OneLine.json(value) : value)
      case "data64": event.data = try bytes64()
      case "metadata", "meta":
        event.metadata =
          isNull && key == "meta" ? nil : Array(isElement ? OneLine.json(value) : value)
      case "metadata64": event.metadata = try bytes64()
      case "id": event.id = isNull ? nil : try text()
      case "causation":
        guard let causes = JSONValue(validating: value)?.causes else {
          throw wrong("'causation' must be a text, or an array of texts.", at: range.lowerBound)
        }
        event.causation = causes
      case "correlation": event.correlation = isNull ? nil : try text()
      case "contentType": event.contentType = try text()
      case "schemaVersion":
        guard let version = JSONValue(validating: value)?.integer(UInt32.self) else {
          throw wrong("'schemaVersion' must be a whole number.", at: range.lowerBound)
        }
        event.schemaVersion = version
      case "time":
        if isNull { break }
        let written = try text()
        guard let time = Timestamp(written) else {
          throw wrong("'time' \(TimeText.rule(for: written))", at: range.lowerBound)
        }
        event.recordedAt = time
      default:
        if Self.passedOver.contains(key) || ignoredFields.contains(key) { break }
        throw error(.unknownField(key), at: keyByte)
      }
    }
    if event.stream.isEmpty { throw error(.noStream, at: 0) }
    if event.type.isEmpty { throw wrong("'type' is missing.", at: 0) }
    do { try event.check() } catch { throw wrong(error.description, at: 0) }
    return event
  }

  /// The key of an earlier member that stands for the same field.
  private static func sameField(
    as key: String, in members: ArraySlice<(key: String, keyByte: Int, value: Range<Int>)>
  ) -> String? {
    if let same = members.first(where: { $0.key == key }) { return same.key }
    let meaning = meaning(of: key)
    guard key != meaning || key == "data" || key == "metadata" else { return nil }
    return members.first { self.meaning(of: $0.key) == meaning }?.key
  }

  /// The text of a JSON string; nil for what is no string.
  static func text(_ value: ArraySlice<UInt8>) -> String? {
    guard value.first == UInt8(ascii: "\"") else { return nil }
    // Most are written as they are.
    if value.span.contains(UInt8(ascii: "\\")) { return JSONValue(validating: value)?.stringValue }
    return String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
  }

  /// The field that a key stands for: some have a second name, some a second way to be written.
  package static func meaning(of key: String) -> String {
    switch key {
    case "data64": "data"
    case "meta", "metadata64": "metadata"
    default: key
    }
  }

  /// What a line is that is no object, as far as its first bytes tell, and what to do about it.
  static func whyNoObject(_ line: InputRecord, _ error: JSONParser.Failure) -> String {
    if line.bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") {
      return "a line must be a JSON object, and this is an array; to make each of an array's "
        + "elements a line: jq -c '.[]'"
    }
    return whyNoJSON(line, error, rule: "a line must be a JSON object: ")
  }

  /// The same for a part of an input that is JSON, to follow what it must be.
  static func whyNoJSON(_ record: InputRecord, _ error: JSONParser.Failure, rule: String = "")
    -> String
  {
    let bytes = record.bytes
    let rule = rule + error.message
    let start = bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    if start.starts(with: [0xEF, 0xBB, 0xBF]) {
      return
        "it begins with a byte order mark, which only the first line of a file may have; "
        + #"to remove them: sed 's/^\xEF\xBB\xBF//'"#
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
      || bytes.starts(with: [0x7B, 0]) || bytes.starts(with: [0, 0x7B])
    {
      return "the text is UTF-16 or UTF-32, not UTF-8; to convert it: iconv -f UTF-16 -t UTF-8"
    }
    if start.first == 0 {
      return "it begins with zero bytes, as a power cut leaves in a file; to remove "
        + #"them: tr -d '\000'"#
    }
    if start.starts(with: [0x1F, 0x8B]) {
      return "it begins with compressed data, which is read only if all the input is compressed."
    }
    if start.first == UInt8(ascii: "{"), error.byte >= bytes.count {
      return "\(rule). An event must be on one line; to put each on one: jq -c ."
    }
    return rule + "."
  }
}

import EvlogContracts
import EvlogCore
import EvlogJSON
import EvlogStore

/// An event of CloudEvents 1.0 in the JSON event format, as an event of a log.
struct CloudEvent {
  /// The extension in which an export says what CloudEvents has no attribute for: a text that is a JSON object with
  /// the fields of an event.
  static let ownExtension = "evlog"

  private let record: InputRecord
  private let input: String
  private let members: [(key: String, keyByte: Int, value: Range<Int>)]

  /// Which event it is: no two have the same source and id.
  private(set) var source = ""
  private(set) var id = ""
  private(set) var event = NewEvent(stream: "", type: "", data: [])

  init(_ record: InputRecord, of input: String, mayRepeatKeys: inout Bool) throws(SourceError) {
    self.record = record
    self.input = input
    do {
      members = try JSONParser.members(of: record.bytes[...], mayRepeatKeys: &mayRepeatKeys)
    } catch {
      throw record.wrong(
        EventLine.whyNoJSON(record, error, rule: "an event must be a JSON object: "),
        at: error.byte, of: input)
    }
    for (i, member) in members.enumerated()
    where members[..<i].contains(where: { $0.key == member.key }) {
      throw record.wrong("'\(member.key)' appears twice.", at: member.keyByte, of: input)
    }
    try read()
  }

  private mutating func read() throws(SourceError) {
    let version = try required("specversion")
    guard version == "1.0" else {
      throw wrong("specversion", "the version is '\(version)'; only 1.0 can be read.")
    }
    source = try required("source")
    id = try required("id")
    event.id = id
    event.type = try required("type")
    event.stream = try text("subject").flatMap { $0.isEmpty ? nil : $0 } ?? source
    if let time = try text("time") {
      guard let time = Timestamp(time) else {
        throw wrong("time", "'time' \(TimeText.rule(for: time))")
      }
      event.recordedAt = time
    }
    event.correlation = try text("correlationid")
    event.causation = try text("causationid").map { [$0] } ?? []
    if let type = try text("datacontenttype") { event.contentType = type }
    try readData()
    event.metadata = metadata()
    try readOwn()
    do { try event.check() } catch { throw record.wrong(error.description, at: 0, of: input) }
  }

  /// What is JSON is kept as it is; a text of another type is what the text says.
  private mutating func readData() throws(SourceError) {
    let data = value("data")
    if let encoded = try text("data_base64") {
      guard data == nil else {
        throw wrong("data_base64", "'data' and 'data_base64' are two ways to write the same data.")
      }
      guard let bytes = Base64.decode(encoded) else {
        throw wrong("data_base64", "'data_base64' must be base64.")
      }
      event.data = bytes
    } else if let data {
      let isText = !NewEvent.isJSON(event.contentType)
      event.data =
        (isText ? EventLine.text(data).map { Array($0.utf8) } : nil) ?? Array(OneLine.json(data))
    }
  }

  private static let attributes: Set<String> = [
    "specversion", "id", "type", "subject", "time", "datacontenttype", "data", "data_base64",
    "correlationid", "causationid", ownExtension,
  ]

  /// The source and all other attributes, as they are written.
  private func metadata() -> [UInt8] {
    var bytes: [UInt8] = []
    for member in members where !Self.attributes.contains(member.key) {
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      bytes += record.bytes[member.keyByte..<member.value.upperBound]
    }
    bytes.append(UInt8(ascii: "}"))
    return Array(OneLine.json(bytes[...]))
  }

  // MARK: Exports of logs

  private mutating func readOwn() throws(SourceError) {
    guard let text = try text(Self.ownExtension) else { return }
    let line = #"{"stream":"s","type":"t","# + text.dropFirst()
    let own: NewEvent
    let isNamed: Bool
    do {
      let bytes = Array((text == "{}" ? #"{"stream":"s","type":"t"}"# : line).utf8)
      own = try EventLine().event(InputRecord(number: 1, bytes: bytes), of: Self.ownExtension)
      isNamed = JSONValue(validating: bytes[...])?["id"] != nil
    } catch {
      throw wrong(
        Self.ownExtension,
        "'\(Self.ownExtension)' does not have the form that an export writes: \(error.description)")
    }
    event.metadata = own.metadata
    event.schemaVersion = own.schemaVersion
    if isNamed { event.id = own.id }
    if !own.causation.isEmpty { event.causation = own.causation }
    if let correlation = own.correlation { event.correlation = correlation }
    if own.contentType != RecordedEvent.jsonContentType { event.contentType = own.contentType }
  }

  // MARK: Attributes

  private func wrong(_ name: String, _ message: String) -> SourceError {
    let place = members.first { $0.key == name }?.value.lowerBound ?? 0
    return record.wrong(message, at: place, of: input)
  }

  /// What an attribute has; null is as good as absent.
  private func value(_ name: String) -> ArraySlice<UInt8>? {
    guard let member = members.first(where: { $0.key == name }) else { return nil }
    let value = record.bytes[member.value]
    return value.first == UInt8(ascii: "n") && name != "data" ? nil : value
  }

  private func text(_ name: String) throws(SourceError) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = EventLine.text(value) else { throw wrong(name, "'\(name)' must be a text.") }
    return text
  }

  private func required(_ name: String) throws(SourceError) -> String {
    guard let text = try text(name), !text.isEmpty else {
      throw wrong(
        name, "'\(name)' is missing: an event of CloudEvents has specversion, id, source and type.")
    }
    return text
  }
}

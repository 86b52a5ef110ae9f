import EvlogCore
import EvlogJSON
import EvlogStore

/// Messages of Kafka: lines of `kcat -J`, or those of the console consumer, in which tabs are between the parts.
///
/// The stream is the key, the type the topic, the data the payload.
package struct KafkaSource: InputSource {
  private var records: JSONRecords
  private var mapper: JSONMapper?
  private let defaultStream: String?
  private var ranges: [Range<Int>?] = []
  package private(set) var inputBytes: UInt64 = 0

  /// A mapping changes what the parts of a message say. Messages without a key are in the stream of this name, or of
  /// their topic's.
  package init(_ input: InputBytes, mapper: JSONMapper? = nil, defaultStream: String? = nil) {
    records = JSONRecords(input, .lines)
    self.mapper = mapper
    self.defaultStream = defaultStream
  }

  package var input: InputBytes { records.input }
  package var recordCount: UInt64? { records.count }
  package var unseenPaths: [String] { mapper?.unseenPaths ?? [] }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    guard let line = try records.next() else { return nil }
    inputBytes += UInt64(line.bytes.count) + 1
    let name = input.name
    guard String(validating: line.bytes, as: UTF8.self) != nil else {
      throw SourceError(
        name, .malformed("the line is not UTF-8."), line: line.number, record: line.bytes)
    }
    let message = KafkaMessage(line, &ranges)
    var event = message.event(defaultStream)
    do throws(SourceError) {
      if event.stream.isEmpty, mapper == nil {
        throw message.record.error(.noStream, at: 0, of: name)
      }
      if mapper == nil {
        do { try event.check() } catch {
          throw message.record.wrong(error.description, at: 0, of: name)
        }
      } else {
        var mayRepeatKeys = false
        try mapper?.map(message.record, of: name, to: &event, mayRepeatKeys: &mayRepeatKeys)
      }
    } catch {
      // The places of a message of the console are not those of the line.
      if message.isDump { throw error }
      throw SourceError(name, error.problem, line: line.number, record: line.bytes)
    }
    return SourceEvent(event: event, line: line.number, bytes: line.bytes, mayRepeatKeys: true)
  }
}

/// A message in the shape of `kcat -J`.
private struct KafkaMessage {
  private enum Part: Int, CaseIterable {
    case topic, partition, offset, ts, key, payload
  }

  // Its paths are names of members.
  private static let paths = JSONPaths(
    Part.allCases.map { StatePath([.key("\($0)")]) })

  let record: InputRecord
  /// Whether the line was in this shape.
  let isDump: Bool
  private var parts: [Range<Int>?] = []

  init(_ line: InputRecord, _ ranges: inout [Range<Int>?]) {
    if Self.find(line.bytes, &ranges), ranges[Part.payload.rawValue] != nil,
      ranges[Part.topic.rawValue] != nil
    {
      (record, isDump) = (line, true)
    } else {
      (record, isDump) = (InputRecord(number: line.number, bytes: Self.json(line.bytes)), false)
      _ = Self.find(record.bytes, &ranges)
    }
    parts = ranges
  }

  /// False where the line is no JSON: it is one of the console's.
  private static func find(_ bytes: [UInt8], _ ranges: inout [Range<Int>?]) -> Bool {
    var mayRepeatKeys = false
    guard let paths else { return false }
    // Why it is no JSON does not matter.
    return (try? paths.find(in: bytes.span, into: &ranges, mayRepeatKeys: &mayRepeatKeys)) != nil
  }

  /// A line of the console as JSON: time, partition, offset and key are there if they were asked for.
  private static func json(_ line: [UInt8]) -> [UInt8] {
    var members: [(String, JSONValue)] = []
    var rest = line[...]
    if rest.last == 0x0D { rest.removeLast() }
    while let tab = rest.firstIndex(of: 0x09) {
      let part = String(decoding: rest[..<tab], as: UTF8.self)
      let number = part.split(separator: ":").last.flatMap { Int64($0) }
      if let number, part.hasPrefix("CreateTime:") || part.hasPrefix("LogAppendTime:") {
        members.append(("ts", .int(number)))
      } else if let number, part.hasPrefix("Partition:") {
        members.append(("partition", .int(number)))
      } else if let number, part.hasPrefix("Offset:") {
        members.append(("offset", .int(number)))
      } else if part != "NO_TIMESTAMP", part != "NO_HEADERS" {
        members.append(("key", part == "null" ? .null : .string(part)))
        rest = rest[(tab + 1)...]
        break
      }
      rest = rest[(tab + 1)...]
    }
    let payload = String(decoding: rest, as: UTF8.self)
    members.append(("payload", payload == "null" ? .null : .string(payload)))
    return JSONValue.object(members).canonicalBytes
  }

  private func value(_ part: Part) -> ArraySlice<UInt8>? {
    guard let range = parts[part.rawValue] else { return nil }
    let value = record.bytes[range]
    return value.first == UInt8(ascii: "n") ? nil : value
  }

  /// A text, or any other value as it is written.
  private func text(_ part: Part) -> String? {
    value(part).map { EventLine.text($0) ?? String(decoding: $0, as: UTF8.self) }
  }

  func event(_ defaultStream: String?) -> NewEvent {
    let topic = text(.topic)
    var event = NewEvent(
      stream: text(.key).flatMap { $0.isEmpty ? nil : $0 } ?? defaultStream ?? topic ?? "",
      type: topic ?? "message", data: data())
    if let written = text(.ts), let time = TimeFormat.epochMilliseconds.time(written),
      time.nanoseconds >= 0
    {
      event.recordedAt = time
    }
    if let topic, let partition = text(.partition), let offset = text(.offset) {
      event.id = "\(topic)/\(partition)/\(offset)"
    }
    event.metadata = metadata()
    return event
  }

  /// The payload, if it is JSON; otherwise its text as JSON has it.
  private func data() -> [UInt8] {
    guard let payload = value(.payload) else { return Array("null".utf8) }
    guard let text = EventLine.text(payload) else { return Array(OneLine.json(payload)) }
    let bytes = Array(text.utf8)
    // What is no JSON stays a text.
    return (try? JSONParser.check(bytes[...])) == nil
      ? Array(payload) : Array(OneLine.json(bytes[...]))
  }

  /// All that is beside the key and the payload, as it is written.
  private func metadata() -> [UInt8]? {
    // It was JSON a moment ago.
    guard let members = try? JSONParser.members(of: record.bytes[...]) else { return nil }
    var bytes: [UInt8] = []
    for member in members where member.key != "key" && member.key != "payload" {
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      bytes += record.bytes[member.keyByte..<member.value.upperBound]
    }
    return bytes.isEmpty ? nil : bytes + [UInt8(ascii: "}")]
  }
}

import EvlogCore
import EvlogJSON
import EvlogStore

/// A log in XES (IEEE 1849): traces with events.
///
/// The stream is the trace's name. Events keep their order in their trace; those of several traces are merged by their
/// times, and where these are equal, in the order of the file.
package struct XESSource: InputSource {
  private struct Entry {
    let event: NewEvent
    let line: Int
    /// The time by which it is merged: no event comes before one that is before it in its trace.
    let time: Int64
  }

  package private(set) var input: InputBytes
  package private(set) var inputBytes: UInt64 = 0
  private var entries: ArraySlice<Entry>?

  package init(_ input: InputBytes) { self.input = input }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    if entries == nil { entries = try read()[...] }
    guard let entry = entries?.popFirst() else { return nil }
    return SourceEvent(
      event: entry.event, line: entry.line, bytes: entry.event.data, mayRepeatKeys: false)
  }

  private mutating func read() throws(SourceError) -> [Entry] {
    let text = try InputText(&input).text
    inputBytes = UInt64(text.utf8.count)
    var reader = XESReader(text)
    var entries: [Entry] = []
    do throws(XMLTags.Malformed) {
      try reader.begin()
      while let trace = try reader.nextTrace() {
        var latest = Int64.min
        for (event, line) in trace {
          latest = max(latest, event.recordedAt?.nanoseconds ?? latest)
          entries.append(Entry(event: event, line: line, time: latest))
        }
      }
    } catch {
      throw SourceError(input.name, .malformed(error.message), line: error.line)
    }
    let order = entries.indices.sorted { (entries[$0].time, $0) < (entries[$1].time, $1) }
    return order.map { entries[$0] }
  }
}

/// Reads the traces of a log.
private struct XESReader {
  private typealias Attribute = (key: String, value: JSONValue)

  private var tags: XMLTags
  private var traceCount = 0

  init(_ text: String) { tags = XMLTags(text) }

  private func wrong(_ message: String, _ line: Int) -> XMLTags.Malformed {
    XMLTags.Malformed(message: message, line: line)
  }

  mutating func begin() throws(XMLTags.Malformed) {
    guard let tag = try tags.next(), tag.name == "log" else {
      throw wrong("a log in XES begins with <log>.", 1)
    }
  }

  /// The events of the next trace, with their lines; nil after the last.
  mutating func nextTrace() throws(XMLTags.Malformed) -> [(event: NewEvent, line: Int)]? {
    while let tag = try tags.next() {
      guard tag.opens else {
        if let more = try tags.next() {
          throw wrong("there is something after the log.", more.line)
        }
        return nil
      }
      if tag.name == "trace" { return try trace() }
      // What describes the log: extensions, defaults, classifiers, attributes of its own.
      try skip(tag)
    }
    return nil
  }

  private mutating func skip(_ tag: XMLTags.Tag) throws(XMLTags.Malformed) {
    var depth = 1
    while depth > 0, let next = try tags.next() { depth += next.opens ? 1 : -1 }
  }

  private mutating func trace() throws(XMLTags.Malformed) -> [(event: NewEvent, line: Int)] {
    traceCount += 1
    var own: [Attribute] = []
    var events: [(attributes: [Attribute], line: Int)] = []
    while let tag = try tags.next(), tag.opens {
      if tag.name == "event" {
        events.append((try attributes(), tag.line))
      } else {
        own.append(try attribute(tag))
      }
    }
    let name = own.first { $0.key == "concept:name" }.flatMap { Self.text($0.value) }
    let stream = name.flatMap { $0.isEmpty ? nil : $0 } ?? "trace-\(traceCount)"
    let others = own.filter { $0.key != "concept:name" }
    let metadata =
      others.isEmpty
      ? nil
      : JSONValue.object([("trace", .object(others.map { ($0.key, $0.value) }))]).canonicalBytes
    var result: [(event: NewEvent, line: Int)] = []
    for (attributes, line) in events {
      result.append((try event(attributes, stream, metadata, line), line))
    }
    return result
  }

  private func event(
    _ attributes: [Attribute], _ stream: String, _ metadata: [UInt8]?, _ line: Int
  ) throws(XMLTags.Malformed) -> NewEvent {
    func text(_ key: String) -> String? {
      attributes.first { $0.key == key }.flatMap { Self.text($0.value) }
    }
    for (i, attribute) in attributes.enumerated()
    where attributes[..<i].contains(where: { $0.key == attribute.key }) {
      throw wrong("the event has '\(attribute.key)' twice.", line)
    }
    guard let name = text("concept:name"), !name.isEmpty else {
      throw wrong("the event has no concept:name.", line)
    }
    var event = NewEvent(
      stream: stream,
      type: text("lifecycle:transition").map { "\(name)/\($0)" } ?? name,
      data: JSONValue.object(attributes.map { ($0.key, $0.value) }).canonicalBytes,
      id: text("identity:id"), metadata: metadata)
    if let written = text("time:timestamp") {
      guard let time = Timestamp(written) ?? Timestamp(written + "Z") else {
        throw wrong("'time:timestamp' \(TimeText.rule(for: written))", line)
      }
      event.recordedAt = time
    }
    do { try event.check() } catch { throw wrong(error.description, line) }
    return event
  }

  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .number(let number): number.text
    case .object: value["value"].flatMap(text)
    default: nil
    }
  }

  // MARK: Attributes

  /// The attributes up to the end of the element that is open.
  private mutating func attributes() throws(XMLTags.Malformed) -> [Attribute] {
    var attributes: [Attribute] = []
    while let tag = try tags.next(), tag.opens { attributes.append(try attribute(tag)) }
    return attributes
  }

  private mutating func attribute(_ tag: XMLTags.Tag) throws(XMLTags.Malformed) -> Attribute {
    if tag.name == "list" || tag.name == "container" {
      let key = tag["key"] ?? ""
      var parts: [Attribute] = []
      while let part = try tags.next(), part.opens {
        parts += part.name == "values" ? try attributes() : [try attribute(part)]
      }
      return (
        key,
        tag.name == "list"
          ? .array(parts.map { .object([($0.key, $0.value)]) })
          : .object(parts.map { ($0.key, $0.value) })
      )
    }
    guard let key = tag["key"] else {
      throw wrong("<\(tag.name)> has no key, as an attribute of XES has.", tag.line)
    }
    guard let written = tag["value"] else { throw wrong("'\(key)' has no value.", tag.line) }
    let value = try value(of: tag.name, written, key, tag.line)
    let inner = try attributes()
    if inner.isEmpty { return (key, value) }
    return (key, .object([("value", value)] + inner.map { ($0.key, $0.value) }))
  }

  private func value(of kind: String, _ text: String, _ key: String, _ line: Int)
    throws(XMLTags.Malformed) -> JSONValue
  {
    switch kind {
    case "string", "date", "id": return .string(text)
    case "int", "float":
      // JSON has no number for infinities and what is no number: they stay texts.
      if kind == "float", ["NaN", "INF", "-INF", "Infinity", "-Infinity"].contains(text) {
        return .string(text)
      }
      if case .number(let number)? = JSONValue(validating: text) { return .number(number) }
      throw wrong("'\(key)' is not a number: '\(text)'.", line)
    case "boolean":
      if text == "true" || text == "false" { return .bool(text == "true") }
      throw wrong("'\(key)' must be true or false.", line)
    default: throw wrong("<\(kind)> is not an attribute of XES.", line)
    }
  }
}

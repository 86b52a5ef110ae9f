import EvlogCore
import EvlogJSON
package import EvlogSources

/// Makes events of records, and tells whether an event is still the one of a record.
///
/// The data, the time and the headers of a record are kept as they are, whatever is mapped: they are what a mirror is
/// compared by.
package struct RecordMapping {
  /// The fields that a mapping may give. The others are the record's own.
  package static let fields: Set<EventMapping.Field> = [
    .stream, .type, .causation, .correlation, .schemaVersion,
  ]
  /// The type of records that name none.
  package static let defaultType = "message"
  /// The headers that name a type, in the order in which they are looked for.
  package static let typeHeaders = ["Evlog-Type", "ce-type"]
  /// The member of the metadata with the record's subject, where the event's stream is another.
  static let subjectName = "Nats-Subject"

  private var mapper: JSONMapper?
  private let mapsStream: Bool

  package init(_ mapping: EventMapping? = nil) throws(EventMapping.Invalid) {
    mapper = try mapping.map { mapping throws(EventMapping.Invalid) in
      try JSONMapper(mapping, keepsData: true)
    }
    mapsStream = mapping?.maps(.stream) ?? false
  }

  /// The event of a record.
  mutating func event(of record: SourceRecord, in epoch: SourceEpoch) throws(UnmappedRecord)
    -> NewEvent
  {
    var event = NewEvent(
      stream: record.subject, type: Self.defaultType, data: record.data,
      recordedAt: record.time, id: epoch.eventID(record.position),
      metadata: metadata(of: record))
    if !record.headers.isEmpty {
      for name in Self.typeHeaders {
        guard let type = record.header(name), !type.isEmpty else { continue }
        event.type = type
        break
      }
    }
    if let type = record.header("Content-Type") {
      event.contentType = type
    } else if !Self.isJSON(record.data) {
      event.contentType = "application/octet-stream"
    }
    if mapper != nil {
      var repeatsKeys = false
      let input = InputRecord(number: 1, bytes: record.data)
      do throws(SourceError) {
        try mapper?.map(input, of: epoch.address, to: &event, mayRepeatKeys: &repeatsKeys)
      } catch { throw UnmappedRecord(position: record.position, reason: .mapping(error)) }
    }
    for name in [event.stream, event.type] where Turn.isOwn(name) {
      throw UnmappedRecord(position: record.position, reason: .ownName(name))
    }
    return event
  }

  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    // Why it is no JSON does not matter.
    (try? JSONParser.check(bytes[...])) != nil
  }

  /// The headers as one object, in the order of their names.
  private func metadata(of record: SourceRecord) -> [UInt8]? {
    guard mapsStream || !record.headers.isEmpty else { return nil }
    var members: [(String, JSONValue)] = []
    for header in record.headers {
      if let place = members.firstIndex(where: { $0.0 == header.name }) {
        let before = members[place].1
        members[place].1 = .array((before.arrayValue ?? [before]) + [.string(header.value)])
      } else {
        members.append((header.name, .string(header.value)))
      }
    }
    if mapsStream { members.append((Self.subjectName, .string(record.subject))) }
    return JSONValue.object(members).canonicalBytes
  }

  /// The part in which a record differs from the event that was made of it, or nil.
  func difference(of record: SourceRecord, from event: RecordedEvent) -> String? {
    if record.data.count != event.data.count || !record.data.elementsEqual(event.data) {
      return "data"
    }
    if record.time != event.recordedAt { return "time" }
    if !mapsStream, Name(record.subject) != Name(event.stream) { return "subject" }
    if metadata(of: record).map({ $0[...] }) != event.metadata { return "headers" }
    return nil
  }
}

/// A record of which no event can be made.
package struct UnmappedRecord: Error, Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    case mapping(SourceError)
    /// Its stream or type would have a name that only evlog gives.
    case ownName(String)
  }

  package let position: UInt64
  package let reason: Reason
}

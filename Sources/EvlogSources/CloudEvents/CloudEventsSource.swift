import EvlogCore
import EvlogStore

/// Events of CloudEvents: one as JSON, a batch of them in an array, or one on each line.
///
/// An event that comes again is passed over; its source and its id say which one it is.
package struct CloudEventsSource: InputSource {
  private var records: JSONRecords
  private var mapper: JSONMapper?
  package private(set) var inputBytes: UInt64 = 0
  /// Of each event its digest, by the digest of its source and id.
  private var known: [Digest: Digest] = [:]
  private var repeated: UInt64 = 0

  /// A mapping changes what the attributes say.
  package init(_ input: InputBytes, mapper: JSONMapper? = nil) {
    records = JSONRecords(input, .any)
    self.mapper = mapper
  }

  package var input: InputBytes { records.input }
  package var recordCount: UInt64? { records.count }
  package var unseenPaths: [String] { mapper?.unseenPaths ?? [] }
  package var passedOver: [PassedOver] {
    repeated == 0 ? [] : [PassedOver(kind: .repeatedEvent, count: repeated)]
  }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    while let record = try records.next() {
      inputBytes += UInt64(record.bytes.count) + 1
      var mayRepeatKeys = false
      let cloud = try CloudEvent(record, of: input.name, mayRepeatKeys: &mayRepeatKeys)
      if try isRepeated(cloud, record) { continue }
      var event = cloud.event
      let name = input.name
      try mapper?.map(record, of: name, to: &event, mayRepeatKeys: &mayRepeatKeys)
      return SourceEvent(
        event: event, line: record.number, bytes: record.bytes, mayRepeatKeys: mayRepeatKeys)
    }
    return nil
  }

  private mutating func isRepeated(_ cloud: CloudEvent, _ record: InputRecord) throws(SourceError)
    -> Bool
  {
    let key = Digest(of: Array(cloud.source.utf8) + [0] + Array(cloud.id.utf8))
    let event = cloud.event
    var bytes: [UInt8] = []
    bytes.appendString(event.stream)
    bytes.appendString(event.type)
    let digest = Digest(of: bytes + event.data)
    guard let earlier = known[key] else {
      known[key] = digest
      return false
    }
    guard earlier == digest else {
      throw record.wrong(
        "an event with another subject, type or data has the same source and id.", at: 0,
        of: input.name)
    }
    repeated += 1
    return true
  }
}

import EvlogStore

/// Events as JSON, one on each line or as the elements of an array; with the fields of events, or in a shape that a
/// mapping reads.
package struct JSONSource: InputSource {
  private var reader: EventLine
  private var records: JSONRecords
  private var mapper: JSONMapper?
  package private(set) var inputBytes: UInt64 = 0

  package init(
    _ input: InputBytes, _ layout: JSONRecords.Layout = .lines, mapper: JSONMapper? = nil,
    defaultStream: String? = nil, ignoredFields: Set<String> = []
  ) {
    records = JSONRecords(input, layout)
    reader = EventLine(defaultStream: defaultStream, ignoredFields: ignoredFields)
    reader.isElement = layout != .lines
    self.mapper = mapper
  }

  package var input: InputBytes { records.input }
  package var recordCount: UInt64? { records.count }
  package var unseenPaths: [String] { mapper?.unseenPaths ?? [] }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    guard let record = try records.next() else { return nil }
    inputBytes += UInt64(record.bytes.count) + 1
    let name = input.name
    var mayRepeatKeys = false
    let event: NewEvent
    if mapper == nil {
      event = try reader.event(record, of: name, mayRepeatKeys: &mayRepeatKeys)
    } else {
      var mapped = NewEvent(stream: reader.defaultStream ?? "", type: "", data: [])
      try mapper?.map(record, of: name, to: &mapped, mayRepeatKeys: &mayRepeatKeys)
      event = mapped
    }
    return SourceEvent(
      event: event, line: record.number, bytes: record.bytes, mayRepeatKeys: mayRepeatKeys)
  }
}

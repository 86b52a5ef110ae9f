/// Events as NDJSON, one on a line.
package struct NDJSONSource: EventSource {
  private var lines: InputLines
  private let reader: EventLine
  package private(set) var inputBytes: UInt64 = 0

  package init(_ input: InputBytes, defaultStream: String? = nil, ignoredFields: Set<String> = []) {
    lines = InputLines(input)
    reader = EventLine(defaultStream: defaultStream, ignoredFields: ignoredFields)
  }

  package var input: InputBytes { lines.input }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    guard let line = try lines.next() else { return nil }
    var mayRepeatKeys = false
    let event = try reader.event(line, of: input.name, mayRepeatKeys: &mayRepeatKeys)
    inputBytes += UInt64(line.bytes.count) + 1
    return SourceEvent(
      event: event, line: line.number, bytes: line.bytes, mayRepeatKeys: mayRepeatKeys)
  }
}

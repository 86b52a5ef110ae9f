import EvlogCore
import EvlogJSON
import EvlogStore

/// What the columns of a row become.
package struct RowOptions: Sendable {
  package var preset: TablePreset?
  /// With a preset, it changes what that says.
  package var mapping: EventMapping?
  package var times = TimeFormat.sql
  package var defaultStream: String?
  package var ignoredFields: Set<String> = []

  package init() {}
}

/// Events as rows of a table in another program's database.
package struct TableSource<Rows: TableRows>: EventSource {
  /// How many events are enough to know an input by.
  private static var headCount: Int { SourceChoice.windowEvents }

  private let options: RowOptions
  private var rows: Rows
  private let columns: MappedColumns
  private let orderColumn: Int
  private let embedded: Set<Int>
  private var nested: NestedValues
  private var row = TableRow()
  private var values: [MappedValue] = []
  private var isSeen: [Bool]
  private var last: Int64?
  private var count: UInt64 = 0
  /// How many events are before the row at which reading began.
  private var countBefore: UInt64 = 0
  package private(set) var inputBytes: UInt64 = 0

  package init(_ rows: Rows, orderColumn: Int, _ options: RowOptions = RowOptions())
    throws(SourceError)
  {
    self.options = options
    self.rows = rows
    self.orderColumn = orderColumn
    let names = options.preset?.names(of: rows.columns) ?? rows.columns
    do {
      columns = try MappedColumns(
        names, try Self.mapping(options, names),
        ignoring: options.ignoredFields.union(options.preset?.ignored ?? []),
        keepingRest: options.preset != nil)
      nested = try NestedValues(
        columns.mapping.operands, leniently: options.preset != nil, ofTypedColumns: true)
    } catch {
      let message = (error as? MappedColumns.Invalid)?.message ?? "\(error)"
      throw SourceError(rows.name, .malformed(message))
    }
    let embeddedNames = options.preset?.embedded ?? []
    embedded = Set(names.indices.filter { embeddedNames.contains(names[$0]) })
    isSeen = Array(repeating: false, count: columns.mapping.operands.count)
  }

  private static func mapping(_ options: RowOptions, _ columns: [String]) throws -> EventMapping? {
    guard let preset = options.preset else { return options.mapping }
    var known = try EventMapping(preset.mapping)
    known.removeFields { operand in
      guard case .key(let name)? = operand.path.steps.first else { return true }
      return columns.contains(name)
    }
    var mapping = options.mapping ?? EventMapping()
    mapping.add(missingFrom: known)
    return mapping
  }

  package var name: String { rows.name }
  package var unit: RecordUnit { .row }
  package var bytesRead: UInt64 { 0 }
  package var isDamaged: Bool { false }
  package var waitingCount: Int { Int(rows.waitingCount) }
  package var recordCount: UInt64? { countBefore + count + rows.waitingCount }
  package var unseenPaths: [String] {
    // A preset names what only some stores have, and the rows behind the last imported one are only some.
    guard !columns.areFields, options.preset == nil, countBefore == 0, count > 0 else { return [] }
    return zip(columns.mapping.operands, isSeen).filter { !$1 }.map(\.0.text)
  }

  /// The first events, by which an input is known. Reading must begin again after this.
  package mutating func head() throws(SourceError) -> [SourceEvent] {
    var events: [SourceEvent] = []
    try rows.begin(from: nil)
    do {
      while events.count < Self.headCount, let event = try next() { events.append(event) }
    } catch {
      // A row that cannot be read is met again, and refused then.
      guard error.record != nil else { throw error }
    }
    return events
  }

  /// Begins to read, at the first row or behind so many events, of which the last one is read again.
  package mutating func begin(from position: Int64? = nil, behind events: UInt64 = 0)
    throws(SourceError)
  {
    guard position != nil || rows.isWhole else { throw SourceError(rows.name, .unsettled) }
    try rows.begin(from: position)
    (last, count, inputBytes) = (nil, 0, 0)
    countBefore = events == 0 ? 0 : events - 1
  }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    row.clear()
    guard try rows.next(&row) else { return nil }
    count += 1
    inputBytes += UInt64(row.bytes.count)
    let position = try position()
    let event = try event(at: position)
    return SourceEvent(
      event: event, line: Int(position), bytes: count <= Self.headCount ? record() : [],
      mayRepeatKeys: row.mayHaveKeys, position: position)
  }

  package func record(of event: SourceEvent) -> [UInt8] { record() }

  /// The row's number in the order, which must be greater than that of the row before.
  private mutating func position() throws(SourceError) -> Int64 {
    let name = columns.names[orderColumn]
    guard let position = row.integer(orderColumn) else {
      let value = String(decoding: row[orderColumn].prefix(80), as: UTF8.self)
      throw SourceError(
        rows.name,
        .malformed(
          "the row after \(last.map { "\(name) \($0)" } ?? "the beginning") cannot be ordered: its \(name) must be "
            + "a whole number, and is \(row.fields[orderColumn].kind == .null ? "null" : "'\(value)'")."
        ))
    }
    if let last, position <= last {
      throw SourceError(
        rows.name,
        .malformed(
          position == last
            ? "two rows have this \(name), which must be different in each."
            : "the row comes after the one with \(name) \(last), so the column does not order them as numbers."
        ),
        row: position)
    }
    last = position
    return position
  }

  // MARK: What a row says

  private mutating func event(at position: Int64) throws(SourceError) -> NewEvent {
    var event = NewEvent(stream: options.defaultStream ?? "", type: "", data: [])
    defer { values.removeAll(keepingCapacity: true) }
    do throws(MappingProblem) {
      fillValues()
      try nested.resolve(&values)
      for i in values.indices where !isSeen[i] {
        if case .absent = values[i] { continue }
        isSeen[i] = true
      }
      try columns.mapping.apply(values, to: &event, times: options.times)
      if event.stream.isEmpty { throw MappingProblem(.noStream) }
      if event.type.isEmpty { throw MappingProblem("'type' is missing.") }
    } catch {
      throw SourceError(rows.name, error.problem, row: position, record: record())
    }
    switch columns.restField {
    case .data: event.data = object(columns.restColumns)
    case .metadata where !columns.restColumns.isEmpty:
      event.metadata = object(columns.restColumns)
    default: break
    }
    if dataIsBytes, !columns.mapping.maps(.contentType) {
      event.contentType = Self.contentType(of: event.data)
    }
    do { try event.check() } catch {
      throw SourceError(
        rows.name, .malformed(error.description), row: position, record: record())
    }
    return event
  }

  private mutating func fillValues() {
    for column in columns.operandColumns {
      guard let column else {
        values.append(.json(record()[...]))
        continue
      }
      switch row.fields[column].kind {
      case .null: values.append(.absent)
      case .json: values.append(.json(row[column]))
      case .text: values.append(.text(String(decoding: row[column], as: UTF8.self)))
      case .bytes: values.append(.bytes(row[column]))
      }
    }
  }

  /// Whether the data is the bytes of a value, which need not be JSON.
  private var dataIsBytes: Bool {
    guard let rule = columns.mapping.rules.first(where: { $0.field == .data }),
      case .operand(let operand)? = rule.parts.first, case .bytes = values[operand]
    else { return false }
    return true
  }

  private static func contentType(of bytes: [UInt8]) -> String {
    if Self.isJSON(bytes[...]) { return RecordedEvent.jsonContentType }
    return String(validating: bytes, as: UTF8.self) == nil
      ? "application/octet-stream" : "text/plain"
  }

  private static func isJSON(_ bytes: ArraySlice<UInt8>) -> Bool {
    // What is no JSON is something else, and kept as that.
    (try? JSONParser.check(bytes)) != nil
  }

  // MARK: Objects of columns

  /// All columns as an object.
  private func record() -> [UInt8] {
    object(
      columns.names.enumerated().map { (column, name) in
        var prefix: [UInt8] = [UInt8(ascii: column == 0 ? "{" : ",")]
        JSONValue.write(name, to: &prefix)
        return (column, prefix + [UInt8(ascii: ":")])
      })
  }

  private func object(_ columns: [(column: Int, prefix: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(row.bytes.count + 24 * columns.count)
    if columns.isEmpty { bytes.append(UInt8(ascii: "{")) }
    for (column, prefix) in columns {
      bytes += prefix
      write(column, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// A value as JSON; bytes are base64.
  private func write(_ column: Int, to bytes: inout [UInt8]) {
    let value = row[column]
    switch row.fields[column].kind {
    case .null: bytes.append("null")
    case .json: bytes += OneLine.json(value)
    case .text, .bytes:
      if embedded.contains(column), Self.isJSON(value) { return bytes += OneLine.json(value) }
      let isText =
        row.fields[column].kind == .text
        || embedded.contains(column) && String(validating: value, as: UTF8.self) != nil
      if isText { return JSONValue.write(utf8: value.span, to: &bytes) }
      bytes.append(UInt8(ascii: "\""))
      bytes += Base64.encode(value).utf8
      bytes.append(UInt8(ascii: "\""))
    }
  }
}

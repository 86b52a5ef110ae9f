import EvlogCore
import EvlogJSON
import EvlogStore

/// Events as rows of CSV. The first row names the columns.
package struct CSVSource: InputSource {
  /// What a row's fields become.
  package struct Options: Sendable {
    package var separator = UInt8(ascii: ",")
    /// Without one, the columns have the names of an event's fields.
    package var mapping: EventMapping?
    package var times = TimeFormat.rfc3339
    /// Whether numbers in the data are numbers, and not texts.
    package var infersNumbers = false
    package var defaultStream: String?
    package var ignoredFields: Set<String> = []

    package init() {}
  }

  private let options: Options
  private var rows: CSVRows
  private var columns: MappedColumns?
  private var nested: NestedValues?
  private var row = CSVRow()
  private var values: [MappedValue] = []
  private var isSeen: [Bool] = []
  private var count: UInt64 = 0
  package private(set) var inputBytes: UInt64 = 0

  package init(_ input: InputBytes, _ options: Options = Options()) {
    self.options = options
    rows = CSVRows(input, separator: options.separator)
  }

  package var input: InputBytes { rows.input }
  package var recordCount: UInt64? { count }
  package var unseenPaths: [String] {
    guard let columns, !columns.areFields else { return [] }
    return zip(columns.mapping.operands, isSeen).filter { !$1 }.map(\.0.text)
  }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    if columns == nil { try readHeader() }
    guard let columns, try rows.next(&row) else { return nil }
    count += 1
    inputBytes += UInt64(row.record.bytes.count) + 1
    let event = try event(columns)
    return SourceEvent(event: event, line: row.record.number, bytes: row.record.bytes)
  }

  // MARK: The first row

  private mutating func readHeader() throws(SourceError) {
    guard try rows.next(&row) else { return }
    inputBytes += UInt64(row.record.bytes.count) + 1
    func wrong(_ message: String, at byte: Int) -> SourceError {
      let error = row.record.wrong(message, at: byte, of: input.name)
      // Without names, no row can be read.
      return SourceError(error.input, error.problem, line: error.line, column: error.column)
    }
    let first = row.record.bytes.prefix(2)
    if first.elementsEqual([0xFF, 0xFE]) || first.elementsEqual([0xFE, 0xFF]) {
      throw wrong(
        "the text is UTF-16, not UTF-8; to convert it: iconv -f UTF-16 -t UTF-8", at: 0)
    }
    if let problem = row.problem { throw wrong(problem.message, at: problem.byte) }
    let names = row.fields.indices.map { row.string($0) }
    let columns: MappedColumns
    do {
      columns = try MappedColumns(names, options.mapping, ignoring: options.ignoredFields)
    } catch {
      throw wrong(error.message, at: row.fields[error.column].byte)
    }
    do { nested = try NestedValues(columns.mapping.operands) } catch {
      throw wrong(error.description, at: 0)
    }
    isSeen = Array(repeating: false, count: columns.mapping.operands.count)
    self.columns = columns
  }

  // MARK: The others

  private mutating func event(_ columns: MappedColumns) throws(SourceError) -> NewEvent {
    let (record, name) = (row.record, input.name)
    if let problem = row.problem { throw record.wrong(problem.message, at: problem.byte, of: name) }
    guard row.fields.count == columns.names.count else {
      throw record.wrong(
        "the first row names \(columns.names.count) columns, and this row has \(row.fields.count).",
        at: 0, of: name)
    }
    var event = NewEvent(stream: options.defaultStream ?? "", type: "", data: [])
    do throws(MappingProblem) {
      fillValues(columns)
      try nested?.resolve(&values)
      try columns.mapping.apply(values, to: &event, times: options.times)
      if event.stream.isEmpty { throw MappingProblem(.noStream) }
      if event.type.isEmpty { throw MappingProblem("'type' is missing.") }
    } catch {
      let column = error.operand.flatMap { columns.operandColumns[$0] }
      throw record.error(error.problem, at: column.map { row.fields[$0].byte } ?? 0, of: name)
    }
    if !columns.restColumns.isEmpty { event.data = data(columns) }
    do { try event.check() } catch { throw record.wrong(error.description, at: 0, of: name) }
    return event
  }

  private mutating func fillValues(_ columns: MappedColumns) {
    values.removeAll(keepingCapacity: true)
    for (operand, column) in columns.operandColumns.enumerated() {
      guard let column else {
        values.append(.json(whole(columns)[...]))
        isSeen[operand] = true
        continue
      }
      guard row.fields[column].hasValue else {
        values.append(.absent)
        continue
      }
      isSeen[operand] = true
      let text = row.string(column)
      // Several causes are an array of JSON.
      let isArray = columns.areFields && columns.names[column] == "causation" && text.hasPrefix("[")
      values.append(isArray ? .json(Array(text.utf8)[...]) : .text(text))
    }
  }

  /// The columns that nothing else is made of, as an object.
  private func data(_ columns: MappedColumns) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(row.text.count + 16 * columns.restColumns.count)
    for (column, prefix) in columns.restColumns {
      bytes += prefix
      write(column, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// All columns as an object.
  private func whole(_ columns: MappedColumns) -> [UInt8] {
    var bytes: [UInt8] = []
    for (column, name) in columns.names.enumerated() {
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      JSONValue.write(name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      write(column, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  private func write(_ column: Int, to bytes: inout [UInt8]) {
    let field = row.fields[column]
    guard field.hasValue else { return bytes.append("null") }
    let text = row.text.span.extracting(field.text)
    if options.infersNumbers, !field.isQuoted, JSONNumber.isToken(text) {
      bytes.append(text)
    } else {
      JSONValue.write(utf8: text, to: &bytes)
    }
  }
}

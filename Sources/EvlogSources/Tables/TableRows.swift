import EvlogCore

/// The rows of a query in another program's database, all of one moment, in the order of one of its columns.
package protocol TableRows {
  /// What people call the database.
  var name: String { get }
  var columns: [String] { get }
  /// Whether no row can still come before one that is there. If not, only rows behind one that was imported are read,
  /// up to the first number that is missing.
  var isWhole: Bool { get }
  /// How many rows are left for a later import, because others may still come before them.
  var waitingCount: UInt64 { get }
  /// Begins to read, at the row that has this number in the order or the next one; without a number, at the first row.
  mutating func begin(from position: Int64?) throws(SourceError)
  /// Reads the next row; false after the last.
  mutating func next(_ row: inout TableRow) throws(SourceError) -> Bool
}

extension TableRows {
  package var isWhole: Bool { true }
  package var waitingCount: UInt64 { 0 }
}

/// A row: what each of its columns has.
package struct TableRow {
  package enum Kind: Sendable {
    case null
    /// A number, a boolean, or what the column's type says is JSON, as it is written.
    case json
    /// A text that the database knows as UTF-8.
    case text
    case bytes
  }

  struct Field {
    let kind: Kind
    /// In the row's bytes.
    let range: Range<Int>
  }

  private(set) var bytes: [UInt8] = []
  private(set) var fields: [Field] = []

  package init() {}

  package mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
  }

  package mutating func addNull() {
    fields.append(Field(kind: .null, range: bytes.count..<bytes.count))
  }

  package mutating func add(_ kind: Kind, _ value: Span<UInt8>) {
    let start = bytes.count
    bytes.append(value)
    fields.append(Field(kind: kind, range: start..<bytes.count))
  }

  /// Adds a text; one that is no UTF-8 is kept as its bytes.
  package mutating func addText(_ value: Span<UInt8>) {
    // Whether it is a text is the question.
    add((try? UTF8Span(validating: value)) == nil ? .bytes : .text, value)
  }

  package mutating func add(_ kind: Kind, _ value: String) { add(kind, value.utf8Span.span) }

  package mutating func add(_ number: Int64) {
    let start = bytes.count
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes.append(decimal: number.magnitude)
    fields.append(Field(kind: .json, range: start..<bytes.count))
  }

  /// Whether some value may be an object or an array in JSON.
  var mayHaveKeys: Bool {
    fields.contains { field in
      guard let first = bytes[field.range].first else { return false }
      return first <= 0x20 || first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }
  }

  subscript(column: Int) -> ArraySlice<UInt8> { bytes[fields[column].range] }

  /// The whole number of a column; nil if it has none.
  func integer(_ column: Int) -> Int64? {
    guard fields[column].kind == .json || fields[column].kind == .text else { return nil }
    return Int64(String(decoding: self[column], as: UTF8.self))
  }
}

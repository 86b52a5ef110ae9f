/// A row of CSV: what its fields say, and where they stand in it.
struct CSVRow {
  struct Field {
    /// In the row's text.
    var text: Range<Int>
    /// The first byte of the field in the record.
    let byte: Int
    /// A field that is empty and not in quotes has no value.
    let isQuoted: Bool

    var hasValue: Bool { isQuoted || !text.isEmpty }
  }

  /// The row as it is written.
  var record = InputRecord(number: 0, bytes: [])
  /// What the fields say, with a comma between two of them.
  var text: [UInt8] = []
  var fields: [Field] = []
  /// What is not by the rules, and at which byte of the record.
  var problem: (message: String, byte: Int)?

  mutating func clear() {
    text.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    problem = nil
  }

  /// The text of a field that has a value. The row is known to be UTF-8.
  func string(_ field: Int) -> String { String(decoding: text[fields[field].text], as: UTF8.self) }
}

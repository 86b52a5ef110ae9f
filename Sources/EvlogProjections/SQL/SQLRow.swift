import Foundation
package import GRDB
import GRDBSQLite

/// The row that a statement stands at, with texts as SQLite has them: GRDB ends a text at its first U+0000.
@safe package struct SQLRow {
  private let statement: OpaquePointer
  /// How many columns it has.
  package let count: Int

  init(statement: OpaquePointer, count: Int) {
    unsafe self.statement = unsafe statement
    self.count = count
  }

  /// All its values.
  package var values: [DatabaseValue] { (0..<count).map { self[$0] } }

  /// The value in a column.
  package subscript(column: Int) -> DatabaseValue {
    let place = CInt(column)
    switch unsafe sqlite3_column_type(statement, place) {
    case SQLITE_INTEGER: return unsafe sqlite3_column_int64(statement, place).databaseValue
    case SQLITE_FLOAT: return unsafe sqlite3_column_double(statement, place).databaseValue
    case SQLITE_TEXT:
      return withText(in: column) { text in
        unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
          .databaseValue
      } ?? .null
    case SQLITE_BLOB:
      guard let start = unsafe sqlite3_column_blob(statement, place) else {
        return Data().databaseValue
      }
      let count = unsafe Int(sqlite3_column_bytes(statement, place))
      return unsafe Data(bytes: start, count: count).databaseValue
    default: return .null
    }
  }

  /// Whether the value in a column is NULL.
  package func isNull(_ column: Int) -> Bool {
    unsafe sqlite3_column_type(statement, CInt(column)) == SQLITE_NULL
  }

  /// The number in a column, if it is a whole one.
  package func integer(in column: Int) -> Int64? {
    guard unsafe sqlite3_column_type(statement, CInt(column)) == SQLITE_INTEGER else { return nil }
    return unsafe sqlite3_column_int64(statement, CInt(column))
  }

  /// Passes on the bytes of the text in a column; nil if it is no text.
  package func withText<R>(in column: Int, _ body: (Span<UInt8>) -> R) -> R? {
    let place = CInt(column)
    guard unsafe sqlite3_column_type(statement, place) == SQLITE_TEXT,
      // The bytes are counted after they were made a text.
      let text = unsafe sqlite3_column_text(statement, place)
    else { return nil }
    let count = unsafe Int(sqlite3_column_bytes(statement, place))
    return unsafe body(UnsafeBufferPointer(start: text, count: count).span)
  }
}

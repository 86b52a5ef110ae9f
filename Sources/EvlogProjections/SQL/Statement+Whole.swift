import Foundation
package import GRDB
import GRDBSQLite

/// Values as SQLite has them. GRDB ends a text at its first U+0000, both where it binds and where it
/// reads, so that two texts which differ only after it would become one.
extension Statement {
  /// Runs the statement with a value for each of its parameters.
  package func execute(whole values: [DatabaseValue]) throws {
    // Tells GRDB that nothing is missing, and binds nothing.
    setUncheckedArguments(StatementArguments())
    for (place, value) in zip(1..., values) { try bindWhole(value, at: CInt(place)) }
    try execute()
  }

  private func bindWhole(_ value: DatabaseValue, at place: CInt) throws {
    // SQLite takes a copy.
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    let statement = unsafe sqliteStatement
    let result: CInt
    switch value.storage {
    case .null: result = unsafe sqlite3_bind_null(statement, place)
    case .int64(let number): result = unsafe sqlite3_bind_int64(statement, place, number)
    case .double(let number): result = unsafe sqlite3_bind_double(statement, place, number)
    case .string(var text):
      result = text.withUTF8 { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { chars in
          // A text of no bytes may have no address, which would be NULL to SQLite.
          guard let start = chars.baseAddress else {
            return unsafe sqlite3_bind_text(statement, place, "", 0, transient)
          }
          return unsafe sqlite3_bind_text64(
            statement, place, start, UInt64(chars.count), transient, UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let data):
      result =
        data.isEmpty
        ? unsafe sqlite3_bind_zeroblob(statement, place, 0)
        : unsafe data.withUnsafeBytes { bytes in
          unsafe sqlite3_bind_blob64(
            statement, place, bytes.baseAddress, UInt64(bytes.count), transient)
        }
    }
    guard result == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
  }

  /// Passes on each row of the answer, one after the other, and keeps none.
  package func forEachRow(_ body: (SQLRow) throws -> Void) throws {
    guard let connection = unsafe sqlite3_db_handle(sqliteStatement) else { return }
    defer { unsafe sqlite3_reset(sqliteStatement) }
    let row = unsafe SQLRow(statement: sqliteStatement, count: columnCount)
    while true {
      switch unsafe sqlite3_step(sqliteStatement) {
      case SQLITE_ROW: try body(row)
      case SQLITE_DONE: return
      case let code:
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code),
          message: unsafe String(cString: sqlite3_errmsg(connection)))
      }
    }
  }
}

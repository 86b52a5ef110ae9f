package import EvlogSources
import GRDB
import GRDBSQLite

/// The rows of a query in a SQLite database, within one read transaction.
package struct SQLiteRows: TableRows {
  package let name: String
  package let columns: [String]
  /// The column of the result that orders the rows.
  package let orderColumn: Int
  private let query: TableQuery
  private let database: Database
  private var statement: Statement?
  private var cursor: RowCursor?

  private init(_ query: TableQuery, of name: String, in database: Database) throws {
    self.name = name
    self.query = query
    self.database = database
    let statement = try database.makeStatement(sql: query.subquery)
    guard statement.isReadonly else {
      throw SourceError(
        name, .malformed("the query changes the database; only a reading one can be imported."))
    }
    columns = statement.columnNames
    orderColumn = try query.orderColumn(columns)
  }

  /// Opens another program's database for reading, and hands out the rows of a query as they are at one moment.
  package static func reading<R>(
    _ path: String, _ query: TableQuery, _ body: (SQLiteRows) throws -> R
  ) throws -> R {
    var configuration = Configuration()
    configuration.readonly = true
    // Another program may be in the middle of a checkpoint.
    configuration.busyMode = .timeout(10)
    let queue: DatabaseQueue
    do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch {
      throw SourceError(path, .notOpened(Self.reason(error)))
    }
    defer {
      // It was only read from: a failing close loses nothing.
      try? queue.close()
    }
    return try queue.read { database in
      let rows: SQLiteRows
      do { rows = try SQLiteRows(query, of: path, in: database) } catch let error as DatabaseError {
        throw SourceError(path, .notRead(Self.reason(error)))
      }
      return try body(rows)
    }
  }

  package mutating func begin(from position: Int64?) throws(SourceError) {
    let sql = query.ordered(by: columns[orderColumn], from: position)
    do {
      let statement = try database.makeStatement(sql: sql)
      cursor = try Row.fetchCursor(statement)
      self.statement = statement
    } catch { throw failed(error) }
  }

  package mutating func next(_ row: inout TableRow) throws(SourceError) -> Bool {
    if cursor == nil { try begin(from: nil) }
    guard let cursor, let statement = unsafe statement?.sqliteStatement else { return false }
    do { guard try cursor.next() != nil else { return false } } catch { throw failed(error) }
    for column in 0..<Int32(columns.count) {
      switch unsafe sqlite3_column_type(statement, column) {
      case SQLITE_NULL: row.addNull()
      case SQLITE_INTEGER: row.add(unsafe sqlite3_column_int64(statement, column))
      case SQLITE_FLOAT: Self.add(unsafe sqlite3_column_double(statement, column), to: &row)
      case SQLITE_TEXT:
        let count = unsafe Int(sqlite3_column_bytes(statement, column))
        let text = unsafe UnsafeBufferPointer(
          start: sqlite3_column_text(statement, column), count: count)
        unsafe row.addText(Span(_unsafeElements: text))
      default:
        let count = unsafe Int(sqlite3_column_bytes(statement, column))
        let bytes = unsafe UnsafeRawBufferPointer(
          start: sqlite3_column_blob(statement, column), count: count)
        unsafe row.add(.bytes, Span(_unsafeBytes: bytes))
      }
    }
    return true
  }

  /// The shortest number that is the same; infinity is a text.
  private static func add(_ number: Double, to row: inout TableRow) {
    row.add(number.isFinite ? .json : .text, "\(number)")
  }

  private func failed(_ error: any Error) -> SourceError {
    SourceError(name, .notRead(Self.reason(error)))
  }

  /// What SQLite says, without the query.
  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DatabaseError else { return "\(error)" }
    return error.message ?? "\(error.resultCode)"
  }
}

import CSQLiteSession
import GRDB

/// What a stretch of work changed in the rows of a database, so that it can be undone.
///
/// Made by SQLite's session extension, which sees tables that have a primary key, and no virtual ones.
struct Changeset: Sendable {
  private let inverse: [UInt8]

  /// Runs a body, and notes what it changes in every table.
  static func noting(_ db: Database, _ body: () throws -> Void) throws -> Changeset {
    guard let connection = unsafe db.sqliteConnection else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE)
    }
    var session: UnsafeMutableRawPointer?
    try unsafe check(
      sqlite3session_create(UnsafeMutableRawPointer(connection), "main", &session))
    defer { unsafe sqlite3session_delete(session) }
    try unsafe check(sqlite3session_attach(session, nil))
    try body()
    var size: CInt = 0
    var changes: UnsafeMutableRawPointer?
    try unsafe check(sqlite3session_changeset(session, &size, &changes))
    defer { unsafe sqlite3_free(changes) }
    var invertedSize: CInt = 0
    var inverted: UnsafeMutableRawPointer?
    try unsafe check(sqlite3changeset_invert(size, changes, &invertedSize, &inverted))
    defer { unsafe sqlite3_free(inverted) }
    let bytes = unsafe UnsafeRawBufferPointer(start: inverted, count: Int(invertedSize))
    return unsafe Changeset(inverse: Array(bytes))
  }

  /// Makes the rows what they were before.
  func undo(_ db: Database) throws {
    guard !inverse.isEmpty else { return }
    guard let connection = unsafe db.sqliteConnection else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE)
    }
    var bytes = inverse
    let result = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe evlog_changeset_apply(
        UnsafeMutableRawPointer(connection), CInt(buffer.count), buffer.baseAddress)
    }
    try Self.check(result)
  }

  private static func check(_ result: CInt) throws {
    if result != 0 { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
  }

  /// Whether everything in a database can be undone so: every table has a primary key that cannot be null,
  /// none is virtual, and nothing else happens by itself: no triggers, no actions of foreign keys, no
  /// numbers that are never given again.
  static func coversAll(_ db: Database) throws -> Bool {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM pragma_table_list AS t
        WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND type <> 'view'
        AND (type <> 'table'
             OR NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE pk > 0)
             OR EXISTS (
               SELECT 1 FROM pragma_table_info(t.name) WHERE pk > 0 AND "notnull" = 0
               AND NOT (upper(type) = 'INTEGER' AND t.wr = 0
                        AND (SELECT count(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1)
               AND t.wr = 0)
             OR EXISTS (
               SELECT 1 FROM pragma_foreign_key_list(t.name)
               WHERE on_update NOT IN ('NO ACTION', 'RESTRICT')
               OR on_delete NOT IN ('NO ACTION', 'RESTRICT')))
        """) == 0
      && Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM sqlite_master WHERE type = 'trigger' OR name = 'sqlite_sequence'
          """) == 0
  }
}

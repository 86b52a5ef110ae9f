package import GRDB

/// One statement from outside that reads, and does nothing else.
package enum SQLQuery {
  /// Passes on the names of the columns, then each row as it comes, and keeps none. A row is in the order of
  /// the columns, with whole texts.
  ///
  /// The connection must have no other use: see `SQLFence`. Throws ``SQLRefused`` if the statement would do
  /// more than read, and ``SQLTookTooLong``.
  package static func run(
    _ sql: String, on db: Database, seconds: Double = .infinity,
    columns: ([String]) throws -> Void, row: (SQLRow) throws -> Void
  ) throws {
    try SQLFence(.query).guarding(db) {
      try SQLBound.within(seconds, db) {
        let statements = try db.allStatements(sql: sql)
        guard let statement = try statements.next(), statement.columnCount > 0 else {
          throw SQLRefused(description: "a query must be a statement that returns rows: SELECT …")
        }
        guard try statements.next() == nil else {
          throw SQLRefused(description: "there is more than one statement; ask one at a time")
        }
        try columns(statement.columnNames)
        try statement.forEachRow(row)
      }
    }
  }
}

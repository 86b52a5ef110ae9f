package import EvlogCore
package import EvlogJSON
import GRDB

/// The first rows of what a query gives.
package struct SQLPage: Sendable {
  package init() {}

  package private(set) var columns: [String] = []
  package private(set) var rows: [[JSONValue]] = []
  /// Whether there are more rows.
  package private(set) var hasMore = false

  /// Enough rows were seen.
  private struct IsFull: Error {}

  /// Asks about the events before a cut. Throws ``SQLRefused`` and ``SQLTookTooLong``.
  package static func of(
    _ sql: String, events history: any History, before cut: Cut, seconds: Double, limit: Int
  ) throws -> SQLPage {
    try DatabaseQueue().read { db in
      try SQLPage(sql, on: db, history, before: cut, seconds: seconds, limit: limit)
    }
  }

  fileprivate init(
    _ sql: String, on db: Database, _ history: any History, before cut: Cut, seconds: Double,
    limit: Int
  ) throws {
    try EventTable.add(to: db, history, before: cut)
    var (columns, rows) = ([String](), [[JSONValue]]())
    do {
      try SQLQuery.run(
        sql, on: db, seconds: seconds, columns: { columns = $0 },
        row: { row in
          if rows.count == limit { throw IsFull() }
          rows.append(row.values.map(\.json))
        })
    } catch is IsFull { hasMore = true }
    self.columns = columns
    self.rows = rows
  }
}

/// Tables that can be asked as of any cut, whatever their projection is.
package protocol TablesInTime: Sendable {
  /// Asks about the tables and the events as of a cut. One question at a time may be asked.
  func page(_ sql: String, at cut: Cut, seconds: Double, limit: Int) async throws -> SQLPage
}

extension PastTables: TablesInTime {
  package func page(_ sql: String, at cut: Cut, seconds: Double, limit: Int) async throws -> SQLPage
  {
    try await move(to: cut)
    return try await read { [history] db in
      try SQLPage(sql, on: db, history, before: cut, seconds: seconds, limit: limit)
    }
  }

  /// The tables of a projection, at the beginning of a history.
  package static func tables(of projection: P, over history: any History) async throws
    -> any TablesInTime
  {
    try await PastTables(of: projection, over: history, at: 0)
  }
}

extension Projection {
  /// The tables of the projection, at the beginning of a history.
  package func tablesInTime(over history: any History) async throws -> any TablesInTime {
    try await PastTables.tables(of: self, over: history)
  }
}

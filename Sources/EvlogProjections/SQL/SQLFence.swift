import GRDB
import GRDBSQLite

/// What SQL from outside may do on a connection. SQLite asks while it compiles a statement.
///
/// It replaces GRDB's own authorizer, which cannot be put back, so it is for connections that have no observers
/// and whose statements GRDB need not analyse.
final class SQLFence {
  enum Purpose {
    /// A query: it reads.
    case query
    /// Makes a projection's tables.
    case tables
    /// Changes rows of a projection's tables.
    case handler
  }

  var purpose: Purpose
  /// Why something was refused.
  private(set) var refusal: String?

  init(_ purpose: Purpose) { self.purpose = purpose }

  /// Guards a connection while the body runs. Throws ``SQLRefused`` if something was refused.
  func guarding<R>(_ db: Database, _ body: () throws -> R) throws -> R {
    guard let connection = unsafe db.sqliteConnection else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE)
    }
    unsafe sqlite3_set_authorizer(
      connection,
      { fence, action, first, second, _, _ in
        guard let fence = unsafe fence else { return SQLITE_DENY }
        return unsafe Unmanaged<SQLFence>.fromOpaque(fence).takeUnretainedValue().answer(
          action, first.map { unsafe String(cString: $0) },
          second.map { unsafe String(cString: $0) })
      }, Unmanaged.passUnretained(self).toOpaque())
    defer { unsafe sqlite3_set_authorizer(connection, nil, nil) }
    do { return try body() } catch let error as DatabaseError {
      if let refusal { throw SQLRefused(description: refusal) }
      throw error
    }
  }

  private func answer(_ action: CInt, _ first: String?, _ second: String?) -> CInt {
    guard let refusal = refusal(action, first, second) else { return SQLITE_OK }
    self.refusal = refusal
    return SQLITE_DENY
  }

  private func refusal(_ action: CInt, _ first: String?, _ second: String?) -> String? {
    switch action {
    case SQLITE_SELECT, SQLITE_RECURSIVE: return nil
    // That a virtual table is looked at for the first time is told so. Nobody else can write there.
    case SQLITE_UPDATE where first == "sqlite_master": return nil
    case SQLITE_READ: return purpose == .query ? nil : reserved(first, second)
    case SQLITE_FUNCTION: return function(second ?? "")
    case SQLITE_PRAGMA: return pragma(first ?? "", second)
    case SQLITE_ATTACH: return "ATTACH is refused: there are no databases but this one"
    case SQLITE_DETACH: return "DETACH is refused: there are no databases but this one"
    case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
      return "\(first ?? "BEGIN") is refused: evlog manages transactions itself"
    default: break
    }
    switch purpose {
    case .query: return "a query reads; it cannot change anything"
    case .tables: return temporary(action) ?? reserved(first, second)
    case .handler:
      if [SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE].contains(action) {
        // What makes or drops a table writes here first.
        return first == "sqlite_master" ? nil : reserved(first, second)
      }
      return reserved(first, second)
        ?? "an event changes rows; what makes or drops tables is in the first section"
    }
  }

  /// A temporary table belongs to one connection, so the next process would not see it.
  private func temporary(_ action: CInt) -> String? {
    let actions = [
      SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TRIGGER,
      SQLITE_CREATE_TEMP_VIEW,
    ]
    return actions.contains(action)
      ? "TEMP is refused: a projection's tables are kept together with its position" : nil
  }

  private func reserved(_ names: String?...) -> String? {
    for case let name? in names {
      let lower = name.lowercased()
      if lower.hasPrefix("evlog_") || lower == "grdb_migrations" {
        return "'\(name)' is refused: names that begin with 'evlog_' are reserved for evlog"
      }
    }
    return nil
  }

  /// What is not the same each time would make other tables when they are rebuilt.
  static let unsteady: Set<String> = [
    "random", "randomblob", "current_time", "current_date", "current_timestamp",
  ]
  /// What depends on which events came before on the same connection.
  static let counting: Set<String> = ["changes", "total_changes", "last_insert_rowid"]

  /// Refuses defaults of columns that are not the same each time: the authorizer does not see them.
  static func checkDefaults(_ db: Database) throws {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT t.name, c.name, c.dflt_value FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
        WHERE t.schema = 'main' AND c.dflt_value IS NOT NULL
        """)
    for row in rows {
      let (table, column, value): (String, String, String) = (row[0], row[1], row[2])
      if let name = SQLToken.unsteady(SQLToken.all(value), unsteady.union(counting)) {
        throw SQLRefused(
          description: "the default of \(table).\(column), " + refusal(unsteady: name))
      }
    }
  }

  static func checkTime(_ sql: String) throws {
    if let (name, reason) = SQLToken.unsteadyTime(SQLToken.all(sql)) {
      throw SQLRefused(description: SteadyTime.refusal(name, reason))
    }
  }

  private static func refusal(unsteady name: String) -> String {
    counting.contains(name)
      ? "\(name) is refused: it depends on what was applied before in the same run"
      : "\(name) is refused: with it, tables would differ at each rebuild; the event's time "
        + "is @time"
  }

  private func function(_ name: String) -> String? {
    let lower = name.lowercased()
    if lower == "load_extension" { return "load_extension is refused" }
    guard purpose != .query, Self.unsteady.contains(lower) || Self.counting.contains(lower)
    else { return nil }
    return Self.refusal(unsteady: lower)
  }

  /// PRAGMAs that only report, with or without an argument.
  private static let telling: Set<String> = [
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
    "foreign_key_list", "foreign_key_check", "database_list", "collation_list", "function_list",
    "module_list", "pragma_list", "compile_options", "quick_check", "integrity_check",
  ]
  /// PRAGMAs that only report if they have no argument.
  private static let tellingAlone: Set<String> = [
    "user_version", "application_id", "page_size", "page_count", "data_version", "encoding",
    "schema_version", "freelist_count", "foreign_keys", "query_only",
  ]

  private func pragma(_ name: String, _ value: String?) -> String? {
    let lower = name.lowercased()
    if Self.telling.contains(lower) || value == nil && Self.tellingAlone.contains(lower) {
      return nil
    }
    return "PRAGMA \(name) is refused: evlog manages how the database is kept"
  }
}

/// SQL wants to do what is not its business.
package struct SQLRefused: Error, CustomStringConvertible {
  package let description: String
}

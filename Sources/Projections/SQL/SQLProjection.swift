public import EventLog
public import GRDB
import GRDBSQLite
public import Replay
import Synchronization

/// A projection that is written in SQL alone.
///
///     -- projection: stock 1
///     CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER NOT NULL);
///
///     -- on: StockCounted
///     INSERT OR REPLACE INTO stock VALUES (:sku, :quantity);
///
///     -- on: StockReserved
///     UPDATE stock SET available = available - :quantity WHERE sku = :sku;
///
///     -- ignore: PageViewed, OrderPlaced
///
/// Each section begins with a comment that says what it is: the projection's name and version, with the
/// tables; what events of some types do; and the types that do nothing. A type in no section is a failure.
///
/// A parameter `:name` is a member of the event's data. The event itself has `@offset`, `@stream`,
/// `@revision`, `@type`, `@time` (RFC 3339, with nine digits of the second), `@id`, `@causation`,
/// `@correlation`, `@schemaVersion`, `@metadata`, and all of the data as `@data`, in JSON. A member that is
/// not there is a failure; what may be missing is written `@data ->> '$.member'`. Whole numbers beyond 64
/// bits are texts.
public struct SQLProjection: Projection {
  public let name: String
  public let version: Int
  /// What makes the tables.
  let tables: String
  /// By event type.
  let handlers: [Name: Handler]
  let ignored: Set<Name>

  /// The SQL for some event types, and the line where it begins.
  struct Handler: Sendable, Hashable {
    let sql: String
    let line: Int
  }

  /// Throws `SQLProjectionError` where the sections, or the SQL in them, are not what they must be.
  public init(source: String, file: String) throws {
    let sections = try Self.sections(source, file: file)
    (name, version) = (sections.name, sections.version)
    (tables, handlers, ignored) = (sections.tables, sections.handlers, sections.ignored)
    try check(file: file)
  }

  /// The types that it handles or ignores.
  public var knownTypes: Set<String> {
    Set(handlers.keys.map(\.string)).union(ignored.map(\.string))
  }

  /// Makes the tables in memory, and reads each statement.
  private func check(file: String) throws {
    let queue = try DatabaseQueue()
    try queue.write { db in
      do { try db.execute(sql: tables) } catch let error as DatabaseError {
        throw SQLProjectionError(file: file, line: 1, message: error.message ?? "\(error)")
      }
      for (type, handler) in handlers.sorted(by: { $0.key < $1.key }) {
        func problem(_ message: String) -> SQLProjectionError {
          SQLProjectionError(file: file, line: handler.line, message: "on \(type): \(message)")
        }
        do {
          for sql in try Self.statements(handler.sql, db) {
            let names = Self.parameterNames(try db.cachedStatement(sql: sql))
            if let wrong = names.first(where: { !EventParameters.isKnown($0) }) {
              throw problem(
                "there is no parameter \(wrong): a member of the data is :NAME, and the event has "
                  + EventParameters.fields.map { "@\($0)" }.joined(separator: ", "))
            }
          }
        } catch let error as DatabaseError { throw problem(error.message ?? "\(error)") }
      }
    }
  }

  public func migrate(_ migrator: inout DatabaseMigrator) {
    let tables = tables
    migrator.registerMigration("tables") { db in try db.execute(sql: tables) }
  }

  /// Runs the statements for the event's type. Throws `UnknownEventType` for one in no section.
  public func apply(_ event: RecordedEvent, _ context: EventContext, to db: Database) throws {
    let type = Name(event.type)
    guard let handler = handlers[type] else {
      guard ignored.contains(type) else { throw UnknownEventType(type: event.type) }
      return
    }
    var parameters = EventParameters(event)
    for sql in try cachedStatements(of: handler, db) {
      let statement = try db.cachedStatement(sql: sql)
      try statement.setArguments(
        StatementArguments(try Self.parameterNames(statement).map { try parameters.value($0) }))
      try statement.execute()
    }
  }

  /// What each handler's SQL is in single statements: SQLite itself says where one ends.
  private let split = StatementCache()

  private func cachedStatements(of handler: Handler, _ db: Database) throws -> [String] {
    if let known = split.statements.withLock({ $0[handler] }) { return known }
    let statements = try Self.statements(handler.sql, db)
    split.statements.withLock { $0[handler] = statements }
    return statements
  }

  private static func statements(_ sql: String, _ db: Database) throws -> [String] {
    var texts: [String] = []
    let statements = try db.allStatements(sql: sql)
    while let statement = try statements.next() { texts.append(statement.sql) }
    return texts
  }

  /// With the sign that they begin with.
  private static func parameterNames(_ statement: Statement) -> [String] {
    let count = unsafe sqlite3_bind_parameter_count(statement.sqliteStatement)
    return (0..<count).map { i in
      guard let name = unsafe sqlite3_bind_parameter_name(statement.sqliteStatement, i + 1) else {
        return "?"
      }
      return unsafe String(cString: name)
    }
  }
}

private final class StatementCache: Sendable {
  let statements = Mutex<[SQLProjection.Handler: [String]]>([:])
}

/// A projection in SQL is malformed.
public struct SQLProjectionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, as it was named.
  public let file: String
  /// The line of the section's heading, or of what should be one, from 1.
  public let line: Int
  /// What is wrong with it.
  public let message: String

  public var description: String { "\(file):\(line): \(message)" }
}

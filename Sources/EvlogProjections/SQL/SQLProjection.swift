public import EvlogCore
import EvlogJSON
public import EvlogMachine
public import GRDB
import GRDBSQLite
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
/// Each section begins with a comment that says what it is: the projection's name and version, with the tables;
/// what events of some types do; and the types that do nothing. A type in no section is a failure.
///
/// A parameter `:name` is a member of the event's data. The event itself has `@offset`, `@stream`, `@revision`,
/// `@type`, `@time` (RFC 3339, with nine digits of the second), `@id`, `@causation`, `@correlation`,
/// `@schemaVersion`, `@contentType`, `@metadata`, and all of the data as JSON in `@data`. A missing member is a
/// failure; write `@data ->> '$.member'` for one that may be missing. An event without data or metadata has
/// NULL there; if they are not JSON, using them is a failure, and `@bytes` and `@metadataBytes` have the raw
/// bytes. `@causation` is a JSON array if the event has several causes; `@causes` is one even for a single cause,
/// and NULL if there is none.
///
/// The SQL changes rows of its own tables, and nothing else. Whatever would attach files, end the transaction,
/// change how the database is kept or what evlog keeps in it, or give another result each time, is refused when
/// the projection is made. The current time is refused even if it is recognised only with an event. An event
/// whose SQL takes longer than ``secondsPerEvent``, or makes a value of more than 64 MiB, is a failure.
///
/// A type whose name contains a comma, or has spaces around it, is written in quotes: `-- on: "A,B", C`; a
/// quote in it is written twice.
///
/// Texts are whole, even with U+0000 in them. SQLite's own JSON functions would end such a text there, which is
/// a failure. Numbers stay numbers: one that is not a 64-bit integer becomes the nearest double; `@data ->
/// '$.member'` has its digits, as a text.
public struct SQLProjection: Projection {
  public let name: String
  public let version: Int
  /// What makes the tables.
  let tables: String
  /// By event type.
  let handlers: [Name: Handler]
  let ignored: Set<Name>
  /// How long the SQL for one event may run, in seconds.
  public var secondsPerEvent: Double = 10

  /// The SQL for some event types, and the line where it begins.
  struct Handler: Sendable, Hashable {
    let sql: String
    let line: Int
  }

  /// Throws `SQLProjectionError` if the sections, or the SQL in them, are malformed.
  public init(source: String, file: String) throws {
    let sections = try Self.sections(source, file: file)
    (name, version) = (sections.name, sections.version)
    (tables, handlers, ignored) = (sections.tables, sections.handlers, sections.ignored)
    try check(file: file)
  }

  /// Part of every definition. It goes up when the same text comes to make other tables, because its
  /// parameters are given other values than before.
  private static let hostVersion = 1

  /// Ignored types are left out: ignoring one more does not change what was made so far.
  public var definition: Digest? {
    let parts: JSONValue = .array([
      .int(Self.hostVersion), .string(Self.trimmed(tables)),
      .array(
        handlers.sorted { $0.key < $1.key }.map {
          .array([.string($0.key.string), .string(Self.trimmed($0.value.sql))])
        }),
    ])
    return Digest(of: parts.canonicalBytes)
  }

  /// Without the empty lines around it.
  private static func trimmed(_ sql: String) -> String {
    let start = sql.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The types that it handles or ignores.
  public var knownTypes: Set<String> {
    Set(handlers.keys.map(\.string)).union(ignored.map(\.string))
  }

  /// Makes the tables in memory, and compiles each statement there, where it can do no harm. What it may do
  /// is decided here: see `SQLFence`.
  private func check(file: String) throws {
    let queue = try DatabaseQueue()
    try queue.writeWithoutTransaction { db in
      // The tables of evlog's own are there as they will be, so that what concerns them is refused.
      try Bookkeeping.makeTables(db)
      try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      try SteadyTime.add(to: db)
      try Self.checking(file, 1, "") {
        try SQLFence.checkTime(tables)
        try SQLFence(.tables).guarding(db) {
          try SteadyTime.guarding(db) {
            try SQLBound.within(secondsPerEvent, db) { try db.execute(sql: tables) }
          }
        }
        try SQLFence.checkDefaults(db)
      }
      for (type, handler) in handlers.sorted(by: { $0.key < $1.key }) {
        try Self.checking(file, handler.line, "on \(type): ") {
          try SQLFence.checkTime(handler.sql)
          try SQLFence(.handler).guarding(db) {
            for sql in try Self.statements(handler.sql, db) {
              let names = Self.parameterNames(try db.makeStatement(sql: sql))
              guard let wrong = names.first(where: { !EventParameters.isKnown($0) }) else {
                continue
              }
              throw SQLRefused(
                description:
                  "there is no parameter \(wrong): a member of the data is :NAME, and the event has "
                  + EventParameters.fields.map { "@\($0)" }.joined(separator: ", "))
            }
          }
        }
      }
    }
  }

  /// Says where it was that something failed.
  private static func checking(
    _ file: String, _ line: Int, _ what: String, _ body: () throws -> Void
  ) throws {
    let message: String
    do { return try body() } catch let error as DatabaseError {
      message = error.message ?? "\(error)"
    } catch let error as SQLRefused {
      message = error.description
    } catch let error as SQLTookTooLong {
      message = error.description
    }
    throw SQLProjectionError(file: file, line: line, message: what + message)
  }

  public func migrate(_ migrator: inout DatabaseMigrator) {
    let tables = tables
    migrator.registerMigration("tables") { db in
      try SteadyTime.guarding(db) { try db.execute(sql: tables) }
    }
  }

  /// Runs the statements for the event's type. Throws `UnknownEventType` for a type in no section.
  public func apply(_ event: RecordedEvent, _ context: EventContext, to db: Database) throws {
    let type = Name(event.type)
    guard let handler = handlers[type] else {
      guard ignored.contains(type) else { throw UnknownEventType(type: event.type) }
      return
    }
    let split = try cachedStatements(of: handler, db)
    let run = {
      var parameters = EventParameters(event)
      try SteadyTime.guarding(db) {
        try SQLBound.within(secondsPerEvent, db) {
          for sql in split.statements {
            let statement = try db.cachedStatement(sql: sql)
            try statement.execute(
              whole: try Self.parameterNames(statement).map { try parameters.value($0) })
          }
        }
      }
    }
    if split.asksJSON, WholeTexts.concerns(event) {
      return try WholeTexts.guarding(db, split.statements, run)
    }
    try run()
  }

  /// What each handler's SQL is in single statements: SQLite itself says where one ends.
  private let split = StatementCache()

  private func cachedStatements(of handler: Handler, _ db: Database) throws -> SplitSQL {
    if let known = split.statements.withLock({ $0[handler] }) { return known }
    let statements = SplitSQL(
      statements: try Self.statements(handler.sql, db),
      asksJSON: WholeTexts.areAsked(handler.sql) || WholeTexts.areAsked(tables))
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
  let statements = Mutex<[SQLProjection.Handler: SplitSQL]>([:])
}

private struct SplitSQL {
  let statements: [String]
  /// Whether they, or what they set off, may make texts of JSON.
  let asksJSON: Bool
}

/// A projection in SQL is malformed.
public struct SQLProjectionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, as given.
  public let file: String
  /// The line of the section's heading, or of what should be one, from 1.
  public let line: Int
  /// What is wrong with it.
  public let message: String

  public var description: String { "\(file):\(line): \(message)" }
}

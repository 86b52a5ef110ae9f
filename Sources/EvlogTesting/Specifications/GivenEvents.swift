import EvlogMachine
public import EvlogProjections
public import EvlogStore
public import GRDB

/// A projection with some events, to test what it makes of them.
///
///     try await GivenEvents(for: Stock())
///       .event(Shop.Event.counted(sku: "A-7", quantity: 12), in: "sku-A-7")
///       .event(Shop.Event.reserved(sku: "A-7", quantity: 5), in: "sku-A-7")
///       .thenRows("SELECT sku, available FROM stock", [["A-7", 7]])
///
/// The events are appended to a log in memory and applied to tables in memory, as by a projector.
public struct GivenEvents<P: Projection>: Sendable {
  let projection: P
  private var events: [NewEvent] = []

  /// No events yet.
  public init(for projection: P) { self.projection = projection }

  /// These events, as the log has them.
  public init(for projection: P, _ events: [NewEvent]) {
    self.projection = projection
    self.events = events
  }

  /// One more event, a case of a `Codable` enum.
  public func event(_ event: some Encodable & Sendable, in stream: String) throws -> GivenEvents {
    var next = self
    var encoded = try EncodedEvent(encoding: event)
    encoded.schemaVersion = projection.upcasters.newestVersion(of: encoded.type) ?? 1
    next.events.append(NewEvent(encoded, stream: stream))
    return next
  }

  /// One more event as the log has it.
  public func event(_ event: NewEvent) -> GivenEvents {
    var next = self
    next.events.append(event)
    return next
  }

  /// Expects the rows that a query finds, in their order. Throws ``ExpectationFailure``.
  public func thenRows(_ sql: String, _ rows: [[(any DatabaseValueConvertible & Sendable)?]])
    async throws
  {
    let found = try await tables(times: 1).read { db in
      try Row.fetchAll(db, sql: sql).map { Array($0.databaseValues) }
    }
    let expected = rows.map { $0.map { $0?.databaseValue ?? .null } }
    guard found != expected else { return }
    throw ExpectationFailure(
      "\(sql)\nexpected \(Self.text(expected))\nfound    \(Self.text(found))")
  }

  /// Expects that the projection fails, and returns the failure.
  @discardableResult
  public func thenFails() async throws -> ProjectionFailure {
    do { _ = try await tables(times: 1) } catch ProjectionError.failed(let failure) {
      return failure
    }
    throw ExpectationFailure("expected that the projection fails, but it applied every event")
  }

  /// Expects that the tables are the same when each event is delivered several times.
  ///
  /// A projector delivers each event once. Other sources that feed the same handlers may not.
  public func thenSame(whenDelivered times: Int) async throws {
    let once = try await tables(times: 1).read { try Self.contents($0) }
    let often = try await tables(times: times).read { try Self.contents($0) }
    for (table, rows) in once where often[table] != rows {
      throw ExpectationFailure(
        "'\(table)' differs when each event is delivered \(times) times\n"
          + "once     \(Self.text(rows))\n"
          + "\(times) times  \(Self.text(often[table] ?? []))")
    }
  }

  private func tables(times: Int) async throws -> DatabaseQueue {
    let log = try EventLog.inMemory()
    if !events.isEmpty { try await log.append(Turn(own: events)) }
    let queue = try DatabaseQueue()
    var migrator = DatabaseMigrator()
    projection.migrate(&migrator)
    try migrator.migrate(queue)
    let query = Query(types: projection.storedTypes)
    try await queue.write { db in
      var cursor = log.events(query).makeCursor()
      while let event = try cursor.next() {
        for _ in 0..<times {
          do { try projection.applyRecorded(event, projection.upcasters, to: db) } catch {
            throw ProjectionError.failed(ProjectionFailure(event, error))
          }
        }
      }
    }
    return queue
  }

  private static func contents(_ db: Database) throws -> [String: [[DatabaseValue]]] {
    var contents: [String: [[DatabaseValue]]] = [:]
    let tables = try String.fetchAll(
      db,
      sql: """
        SELECT name FROM sqlite_master WHERE type = 'table'
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'grdb_migrations'
        """)
    for table in tables {
      let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table.quotedDatabaseIdentifier)")
      contents[table] = rows.map { Array($0.databaseValues) }
        .sorted { "\($0)" < "\($1)" }
    }
    return contents
  }

  private static func text(_ rows: [[DatabaseValue]]) -> String {
    rows.isEmpty
      ? "no rows"
      : rows.map { "(" + $0.map { "\($0)" }.joined(separator: ", ") + ")" }.joined(separator: ", ")
  }
}

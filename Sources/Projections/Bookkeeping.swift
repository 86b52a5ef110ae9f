import EventLog
import GRDB
import Replay

/// The tables in which a projection's database says what it is and how far it has come. They are written
/// in the same transactions as the projection's own.
struct Bookkeeping: Sendable {
  static let prefix = "evlog_"

  let name: String
  let version: Int
  let log: String

  /// Made before anything else is.
  func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS evlog_projection (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          name TEXT NOT NULL, version INTEGER NOT NULL, log TEXT NOT NULL,
          position INTEGER NOT NULL,
          anchor TEXT, -- the digest of the last event before the position
          updatedAt TEXT NOT NULL
        ) STRICT;
        CREATE TABLE IF NOT EXISTS evlog_failure (
          offset INTEGER PRIMARY KEY, stream TEXT NOT NULL, type TEXT NOT NULL,
          message TEXT NOT NULL, attempts INTEGER NOT NULL, outcome TEXT NOT NULL,
          failedAt TEXT NOT NULL
        ) STRICT;
        CREATE TABLE IF NOT EXISTS evlog_quarantine (
          stream TEXT PRIMARY KEY, since INTEGER NOT NULL
        ) STRICT;
        """)
    try db.execute(
      sql: "INSERT OR IGNORE INTO evlog_projection VALUES (1, ?, ?, ?, 0, NULL, ?)",
      arguments: [name, version, log, "\(Timestamp.now())"])
  }

  /// What a database says of itself.
  struct Row: Sendable {
    var name: String
    var version: Int
    var log: String
    var position: UInt64
    var anchor: String?
    var updatedAt: Timestamp?
  }

  /// Nil where it is no projection's.
  static func row(_ db: Database) throws -> Row? {
    guard try db.tableExists("evlog_projection"),
      let row = try GRDB.Row.fetchOne(db, sql: "SELECT * FROM evlog_projection")
    else { return nil }
    return Row(
      name: row["name"], version: row["version"], log: row["log"],
      position: UInt64(bitPattern: row["position"] as Int64), anchor: row["anchor"],
      updatedAt: Timestamp(row["updatedAt"] as String))
  }

  static func position(_ db: Database) throws -> UInt64 {
    let position = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT position FROM evlog_projection"))
    return UInt64(bitPattern: position ?? 0)
  }

  /// Moves the position, if it is where it was. Throws `overtaken` where another projector moved it.
  static func move(
    _ db: Database, from: UInt64, to: UInt64, past last: RecordedEvent?
  ) throws {
    try db.cachedStatement(
      sql: """
        UPDATE evlog_projection
        SET position = ?, anchor = coalesce(?, anchor), updatedAt = ? WHERE position = ?
        """
    ).execute(arguments: [
      Int64(bitPattern: to), last.map { "\(anchor($0))" }, "\(Timestamp.now())",
      Int64(bitPattern: from),
    ])
    guard db.changesCount == 1 else { throw ProjectionError.overtaken(position: from) }
  }

  /// What tells an event from every other, of this log or another one.
  static func anchor(_ event: RecordedEvent) -> Digest { Digest.zero.chained(with: event) }

  // MARK: Failures

  static func note(_ failure: ProjectionFailure, _ db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO evlog_failure VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        Int64(bitPattern: failure.offset), failure.stream, failure.type, failure.message,
        failure.attempts, failure.outcome.rawValue, "\(failure.failedAt)",
      ])
    guard failure.outcome == .quarantine else { return }
    try db.execute(
      sql: "INSERT OR IGNORE INTO evlog_quarantine VALUES (?, ?)",
      arguments: [failure.stream, Int64(bitPattern: failure.offset)])
  }

  static func failures(_ db: Database) throws -> [ProjectionFailure] {
    try GRDB.Row.fetchAll(db, sql: "SELECT * FROM evlog_failure ORDER BY offset").map { row in
      ProjectionFailure(
        offset: UInt64(bitPattern: row["offset"] as Int64), stream: row["stream"],
        type: row["type"], message: row["message"], attempts: row["attempts"],
        outcome: FailurePolicy.Outcome(rawValue: row["outcome"]) ?? .stop,
        failedAt: Timestamp(row["failedAt"] as String) ?? Timestamp(nanoseconds: 0))
    }
  }

  /// What it stopped at is no failure any more once it is applied.
  static func forgetStops(before position: UInt64, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM evlog_failure WHERE outcome = 'stop' AND offset < ?",
      arguments: [Int64(bitPattern: position)])
  }

  static func forgetFailure(at offset: UInt64, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM evlog_failure WHERE offset = ?", arguments: [Int64(bitPattern: offset)])
  }

  /// The streams that are left out, and since which event.
  static func quarantine(_ db: Database) throws -> [Name: UInt64] {
    var result: [Name: UInt64] = [:]
    for row in try GRDB.Row.fetchAll(db, sql: "SELECT stream, since FROM evlog_quarantine") {
      result[Name(row["stream"])] = UInt64(bitPattern: row["since"] as Int64)
    }
    return result
  }

  static func release(_ stream: String, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM evlog_failure WHERE stream = ? AND outcome = 'quarantine'",
      arguments: [stream])
    try db.execute(sql: "DELETE FROM evlog_quarantine WHERE stream = ?", arguments: [stream])
  }
}

import EvlogStore
import Foundation
import GRDB
import SystemPackage

/// The tables in which a projection's database says what it is and how far it has come. They are written
/// in the same transactions as the projection's own.
struct Bookkeeping: Sendable {
  static let prefix = "evlog_"

  let name: String
  let version: Int
  /// What the projection's events do, as far as that is known.
  let definition: Digest?
  /// What identifies the history of the events; empty for one of which nothing is kept.
  let log: String

  init(_ projection: some Projection, _ history: any History) {
    name = projection.name
    version = projection.version
    definition = projection.definition
    log = history.historyID ?? ""
  }

  /// Made before anything else is.
  func migrate(_ db: Database) throws {
    try Self.makeTables(db)
    try db.execute(
      sql: "INSERT OR IGNORE INTO evlog_projection VALUES (1, ?, ?, ?, ?, 0, ?, ?)",
      arguments: [
        name, version, definition.map { "\($0)" }, log, "\(Digest.zero)", "\(Timestamp.now())",
      ])
  }

  static func makeTables(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS evlog_projection (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          name TEXT NOT NULL, version INTEGER NOT NULL, definition TEXT, log TEXT NOT NULL,
          position INTEGER NOT NULL,
          history TEXT NOT NULL, -- the digest of the log's events before the position
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
  }

  /// What a database says of itself.
  struct Row: Sendable {
    var name: String
    var version: Int
    var definition: String?
    var log: String
    var position: Cut
    /// Nil where an earlier evlog made the tables, which did not note it.
    var history: String?
  }

  /// Nil where it is no projection's.
  static func row(_ db: Database) throws -> Row? {
    guard try db.tableExists("evlog_projection"),
      let row = try GRDB.Row.fetchOne(db, sql: "SELECT * FROM evlog_projection")
    else { return nil }
    let hasHistory = row.hasColumn("history")
    return Row(
      name: row["name"], version: row["version"],
      definition: hasHistory ? row["definition"] : nil, log: row["log"],
      position: Cut(UInt64(bitPattern: row["position"] as Int64)),
      history: hasHistory ? row["history"] : nil)
  }

  /// Throws where tables are not what this projection makes of this log: `otherVersion`, `otherText` and
  /// `otherLog`.
  func check(_ row: Row, of history: any History, in folder: FilePath) throws {
    guard row.name == name, row.version == version else {
      throw ProjectionError.otherVersion(
        found: "\(row.name) version \(row.version)", wanted: "\(name) version \(version)",
        folder: folder)
    }
    func isOther(_ reason: String) -> ProjectionError { .otherLog(reason, folder: folder) }
    guard row.log == self.log else { throw isOther("they were made of the log \(row.log)") }
    guard let digest = row.history else {
      throw isOther("they were made by an earlier evlog, which did not record from which events")
    }
    if row.position > history.end, let log = history as? EventLog, !log.isWritable {
      try log.refresh()
    }
    guard row.position <= history.end else {
      throw isOther("they are at position \(row.position), and it has \(history.end) events")
    }
    guard try "\(history.digest(at: row.position))" == digest else {
      throw isOther("its first \(row.position) events are not the ones that were applied")
    }
    guard row.definition == definition.map({ "\($0)" }) else {
      throw ProjectionError.otherText("\(name) version \(version)", folder: folder)
    }
  }

  static func position(_ db: Database) throws -> Cut {
    let position = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT position FROM evlog_projection"))
    return Cut(UInt64(bitPattern: position ?? 0))
  }

  /// Moves the position, if it is where it was. Throws `overtaken` where another projector moved it.
  static func move(_ db: Database, from: Cut, to: Cut, in history: any History) throws {
    // Without an identity, nothing is compared later.
    let digest = history.historyID == nil ? .zero : try history.digest(at: to)
    try db.cachedStatement(
      sql: """
        UPDATE evlog_projection SET position = ?, history = ?, updatedAt = ? WHERE position = ?
        """
    ).execute(arguments: [
      Int64(to), "\(digest)", "\(Timestamp.now())",
      Int64(from),
    ])
    guard db.changesCount == 1 else { throw ProjectionError.overtaken(position: from) }
  }

  // MARK: Failures

  static func note(_ failure: ProjectionFailure, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT OR REPLACE INTO evlog_failure
        VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)
        """,
      arguments: [
        Int64(failure.offset), whole(failure.stream), whole(failure.type),
        whole(failure.message),
        failure.attempts, failure.outcome.rawValue, "\(failure.failedAt)",
      ])
    guard failure.outcome == .quarantine else { return }
    try db.execute(
      sql: "INSERT OR IGNORE INTO evlog_quarantine VALUES (CAST(? AS TEXT), ?)",
      arguments: [whole(failure.stream), Int64(failure.offset)])
  }

  static func failures(_ db: Database) throws -> [ProjectionFailure] {
    try GRDB.Row.fetchAll(
      db,
      sql: """
        SELECT offset, CAST(stream AS BLOB) AS stream, CAST(type AS BLOB) AS type,
          CAST(message AS BLOB) AS message, attempts, outcome, failedAt
        FROM evlog_failure ORDER BY offset
        """
    ).map { row in
      ProjectionFailure(
        offset: Offset(UInt64(bitPattern: row["offset"] as Int64)), stream: text(row["stream"]),
        type: text(row["type"]), message: text(row["message"]), attempts: row["attempts"],
        outcome: FailurePolicy.Outcome(rawValue: row["outcome"]) ?? .stop,
        failedAt: Timestamp(row["failedAt"] as String) ?? Timestamp(nanoseconds: 0))
    }
  }

  /// What it stopped at is no failure any more once it is applied.
  static func forgetStops(before position: Cut, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM evlog_failure WHERE outcome = 'stop' AND offset < ?",
      arguments: [Int64(position)])
  }

  static func forgetFailure(at offset: Offset, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM evlog_failure WHERE offset = ?", arguments: [Int64(offset)])
  }

  /// The streams that are left out, and since which event.
  static func quarantine(_ db: Database) throws -> [Name: Offset] {
    var result: [Name: Offset] = [:]
    let sql = "SELECT CAST(stream AS BLOB) AS stream, since FROM evlog_quarantine"
    for row in try GRDB.Row.fetchAll(db, sql: sql) {
      result[Name(text(row["stream"]))] = Offset(UInt64(bitPattern: row["since"] as Int64))
    }
    return result
  }

  static func release(_ stream: String, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM evlog_failure WHERE stream = CAST(? AS TEXT) AND outcome = 'quarantine'",
      arguments: [whole(stream)])
    try db.execute(
      sql: "DELETE FROM evlog_quarantine WHERE stream = CAST(? AS TEXT)",
      arguments: [whole(stream)])
  }

  // MARK: Names

  /// A text for `CAST(? AS TEXT)`: bound as a text, it would end at its first U+0000.
  private static func whole(_ text: String) -> Data { Data(text.utf8) }

  /// The text of `CAST(column AS BLOB)`.
  private static func text(_ bytes: Data) -> String { String(decoding: bytes, as: UTF8.self) }
}

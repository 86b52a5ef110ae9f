import EvlogProjections
import EvlogReplay
import EvlogStore
import EvlogTesting
import GRDB
import ReplayTestSupport
import SystemPackage
import Testing

/// Balances by stream, and a list of all moves; some amounts cannot be applied.
struct Accounts: Projection {
  enum Event: Codable, Sendable {
    case moved(cents: Int)
    case closed
  }

  var version = 1
  var types: Set<String>?
  /// Amounts that a handler does not take.
  var poison: @Sendable (Int) -> Bool = { _ in false }
  /// Whether every table has a primary key.
  var hasKeys = true

  func migrate(_ migrator: inout DatabaseMigrator) {
    let key = hasKeys ? "INTEGER PRIMARY KEY" : "INTEGER"
    migrator.registerMigration("tables") { db in
      try db.execute(
        sql: """
          CREATE TABLE account (stream TEXT NOT NULL PRIMARY KEY, cents INTEGER NOT NULL, moves INTEGER NOT NULL);
          CREATE TABLE move (offset \(key), stream TEXT NOT NULL, cents INTEGER NOT NULL);
          """)
    }
  }

  struct Poisoned: Error, CustomStringConvertible {
    let cents: Int
    var description: String { "\(cents) cannot be moved" }
  }

  func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
    switch event {
    case .moved(let cents):
      // Half of what it does is done when it fails.
      try db.cachedStatement(sql: "INSERT INTO move VALUES (?, ?, ?)")
        .execute(arguments: [Int64(context.offset), context.stream, cents])
      if poison(cents) { throw Poisoned(cents: cents) }
      try db.cachedStatement(
        sql: """
          INSERT INTO account VALUES (?, ?, 1)
          ON CONFLICT DO UPDATE SET cents = cents + excluded.cents, moves = moves + 1
          """
      ).execute(arguments: [context.stream, cents])
    case .closed:
      try db.execute(sql: "DELETE FROM account WHERE stream = ?", arguments: [context.stream])
    }
  }
}

/// What the tables must hold, by a fold that knows nothing of SQLite.
struct Expected: Equatable {
  var accounts: [String: [Int]] = [:]
  var moves: [Offset: Int] = [:]

  init(_ events: [RecordedEvent], leavingOut isLeftOut: (RecordedEvent) -> Bool = { _ in false })
    throws
  {
    for event in events where !isLeftOut(event) {
      switch event.type {
      case "moved":
        let cents = try #require(try JSONParser.parse(event.data)["cents"]?.integer(Int.self))
        moves[event.offset] = cents
        accounts[event.stream, default: [0, 0]][0] += cents
        accounts[event.stream, default: [0, 0]][1] += 1
      case "closed": accounts[event.stream] = nil
      default: break
      }
    }
  }

  init(_ db: Database) throws {
    for row in try Row.fetchAll(db, sql: "SELECT * FROM account") {
      accounts[row["stream"]] = [row["cents"], row["moves"]]
    }
    for row in try Row.fetchAll(db, sql: "SELECT * FROM move") {
      moves[Offset(row["offset"] as Int)] = row["cents"]
    }
  }
}

/// A new log in a folder of its own, for as long as the test needs it.
func withLog<R>(_ body: (EventLog) async throws -> R) async throws -> R {
  let folder = TemporaryFolder()
  defer { withExtendedLifetime(folder) {} }
  return try await body(try EventLog.create(folder.path.appending("log")))
}

extension EventLog {
  /// Appends events at random: moves of a few accounts, and now and then an end of one.
  func appendMoves(_ count: Int, _ random: inout SeededGenerator) async throws {
    var left = count
    while left > 0 {
      let turn = (0..<min(left, 1 + random.below(7))).map { _ in
        random.below(20) == 0
          ? NewEvent("closed", "{}", in: "a\(random.below(9))")
          : NewEvent("moved", #"{"cents":\#(random.below(1000) - 300)}"#, in: "a\(random.below(9))")
      }
      try await append(turn)
      left -= turn.count
    }
  }

  func allEvents(before cut: Cut? = nil) throws -> [RecordedEvent] {
    var cursor = events(Query(to: cut)).makeCursor()
    var all: [RecordedEvent] = []
    while let event = try cursor.next() { all.append(event) }
    return all
  }
}

func seeded() -> SeededGenerator {
  let seed = UInt64.random(in: 0...UInt64.max)
  print("seed \(seed)")
  return SeededGenerator(seed: seed)
}

import EvlogProjections
import EvlogStore
import GRDB
import ReplayTestSupport
import Testing

/// SQL over the events, beside the same SQL over an ordinary table of them.
@Suite struct EventTableTests {
  @Test func everyPlanGivesTheSameRows() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(400, &random)
      try log.seal()
      try await log.appendMoves(100, &random)
      let queue = try EventTable.database(of: log)
      try await queue.write { db in
        try db.execute(sql: "CREATE TABLE copy AS SELECT * FROM events")
      }
      let conditions = [
        "offset = 7", "offset > 480", "offset >= 480 AND offset < 485", "offset <= 3",
        "offset BETWEEN 10 AND 12.5", "offset > 498.5", "offset < '5'", "offset = NULL",
        "offset IN (3, 499, 12, 3)", "offset = -1", "offset > -5 AND offset < 2",
        "stream = 'a3'", "stream IN ('a1', 'a2')", "type = 'closed'", "type = 'CLOSED'",
        "type = 'closed' COLLATE NOCASE", "type = 'CLOSED' COLLATE NOCASE",
        "stream = 'A3' COLLATE NOCASE AND offset > 100", "stream = 'a3' AND type = 'moved'",
        "type IN ('moved', 'closed') AND stream = 'a5'", "stream IS NULL", "stream > 'a7'",
        "revision = 0", "data ->> '$.cents' > 600", "stream = type", "offset = revision",
        "offset IN (SELECT revision FROM events WHERE stream = 'a1')",
      ]
      let orders = [
        "", "ORDER BY offset", "ORDER BY offset DESC LIMIT 5", "ORDER BY revision, offset LIMIT 9",
      ]
      for condition in conditions {
        for order in orders {
          func rows(_ table: String) async throws -> [[DatabaseValue]] {
            try await queue.read { db in
              let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM \(table) WHERE \(condition) \(order)"
              ).map { Array($0.databaseValues) }
              return order.isEmpty ? rows.sorted { "\($0)" < "\($1)" } : rows
            }
          }
          #expect(
            try await rows("events") == rows("copy"), "\(condition) \(order)")
        }
      }
    }
  }
}

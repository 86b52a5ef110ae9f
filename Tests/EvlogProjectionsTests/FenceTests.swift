import EvlogProjections
import EvlogStore
import EvlogTesting
import Foundation
import GRDB
import ReplayTestSupport
import Testing

/// SQL that comes from outside does what is its business, for as long as it may.
@Suite struct FenceTests {
  private static let endless = """
    WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c
    """

  private func projection(tables: String = "", handler: String = "SELECT 1;") throws
    -> SQLProjection
  {
    try SQLProjection(
      source: """
        -- projection: fenced 1
        CREATE TABLE t (k INTEGER PRIMARY KEY, v);
        \(tables)
        -- on: e
        \(handler)
        """, file: "fenced.sql")
  }

  @Test(arguments: [
    "ATTACH 'FILE' AS x", "DETACH main", "COMMIT", "BEGIN", "ROLLBACK", "END", "SAVEPOINT s",
    "RELEASE s", "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1",
    "PRAGMA temp_store_directory = '/'", "SELECT load_extension('x')",
    "UPDATE evlog_projection SET position = 0", "DELETE FROM EVLOG_projection",
    "INSERT INTO evlog_quarantine VALUES ('a', 1)", "DROP TABLE IF EXISTS evlog_projection",
    "DELETE FROM grdb_migrations", "INSERT INTO t SELECT 1, position FROM evlog_projection",
    "INSERT INTO t VALUES (1, random())", "INSERT INTO t VALUES (1, CURRENT_TIMESTAMP)",
    "INSERT INTO t VALUES (1, randomblob(4))",
  ])
  func whatIsNotItsBusinessIsRefused(sql: String) throws {
    let file = URL.temporaryDirectory.appending(path: "evlog-fence-\(UUID()).sqlite")
    let sql = sql.replacing("FILE", with: file.path)
    let handler = #expect(throws: SQLProjectionError.self) { try projection(handler: sql + ";") }
    #expect(handler?.line == 4 && handler?.message.contains("refused") == true, "\(handler as Any)")
    let tables = #expect(throws: SQLProjectionError.self) { try projection(tables: sql + ";") }
    #expect(tables?.line == 1 && tables?.message.contains("refused") == true, "\(tables as Any)")
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }

  @Test(arguments: [
    "datetime('now')", "datetime('NOW', '+1 day')", "unixepoch()", "strftime('%s')", "date()",
    "time('now', 'localtime')", "julianday( /* of */ )", "DateTime(\"now\")", "\"date\"('now')",
    "strftime('%Y', 'now')", "total_changes()", "changes()", "last_insert_rowid()",
    "datetime(@time, 'localtime')", "strftime('%H', 0, 'unixepoch', 'UTC')",
  ])
  func whatIsNotTheSameEachTimeIsRefused(call: String) throws {
    let handler = #expect(throws: SQLProjectionError.self) {
      try projection(handler: "UPDATE t SET v = \(call) WHERE k = 1;")
    }
    #expect(handler?.line == 4 && handler?.message.contains("is refused") == true)
    let counts = call.contains("changes") || call.contains("last")
    let isZoned = call.hasPrefix("datetime(@") || call.contains("UTC")
    #expect(
      handler?.message.contains(isZoned ? "time zone" : "the current time") == !counts,
      "\(handler as Any)")
    let tables = #expect(throws: SQLProjectionError.self) {
      try projection(tables: "INSERT INTO t VALUES (1, \(call));")
    }
    #expect(tables?.line == 1 && tables?.message.contains("is refused") == true)
  }

  @Test(arguments: [
    "CURRENT_TIMESTAMP", "CURRENT_TIME", "current_date", "(random())", "(1 + abs(Random()))",
    "(datetime('now'))", "(unixepoch())", "(changes())", "(hex(randomblob(4)))",
  ])
  func aDefaultIsTheSameEachTime(value: String) throws {
    let refused = #expect(throws: SQLProjectionError.self) {
      try projection(tables: "CREATE TABLE u (a, b DEFAULT \(value));")
    }
    #expect(refused?.line == 1 && refused?.message.contains("is refused") == true)
    let added = #expect(throws: SQLProjectionError.self) {
      try projection(
        tables: "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT datetime('now'); END;")
    }
    #expect(added?.message.contains("the current time") == true)
  }

  @Test(arguments: ["TABLE u (x)", "VIEW u AS SELECT 1"])
  func nothingIsTemporary(what: String) throws {
    let refused = #expect(throws: SQLProjectionError.self) {
      try projection(tables: "CREATE TEMP \(what);")
    }
    #expect(refused?.message.contains("TEMP is refused") == true, "\(refused as Any)")
  }

  /// What a function is given is only known with an event.
  @Test(arguments: [
    ("datetime(:v)", #""NOW""#), ("strftime('%s', :v)", #""now""#), ("date(:v || 'ow')", #""n""#),
    ("time(CAST(:v AS BLOB))", #""now""#), ("time('12:00', :v)", #""LocalTime""#),
  ])
  func whatIsNotTheSameEachTimeIsRefusedAsAParameter(call: String, value: String) async throws {
    try await withLog { log in
      try await log.append([NewEvent("e", #"{"v":\#(value)}"#, in: "a")])
      let projection = try projection(handler: "INSERT INTO t VALUES (@offset, \(call));")
      do {
        try await Projector(projection, over: log).catchUp()
        Issue.record("it did not stop")
      } catch ProjectionError.failed(let failure) {
        #expect(
          failure.offset == 0 && failure.message.contains("is refused: with the "), "\(failure)")
      }
    }
  }

  @Test func otherTimesAreAnswered() async throws {
    try await withLog { log in
      try await log.append([NewEvent("e", #"{"v":"2024-02-28"}"#, in: "a")])
      let calls = [
        "strftime('%Y', '2026-11-29')", "datetime(:v, '+2 days')", "date(0, 'unixepoch')",
        "unixepoch('2026-11-29 08:00:00')", "julianday('2000-01-01 12:00:00')", "time('12:00')",
        "date(NULL)", "'now'", "length(strftime('%Y', @time))", "datetime(@time) IS NOT NULL",
        "(SELECT 'now' AS date)",
      ]
      let projection = try projection(
        tables: """
          CREATE TABLE u (v, at DEFAULT 'current_timestamp', day AS (date(v)));
          CREATE INDEX days ON u (date(v));
          """,
        handler: calls.map { "INSERT INTO t (v) VALUES (\($0));" }.joined(separator: "\n")
          + "INSERT INTO u (v) VALUES (:v); -- not datetime('now')")
      let projector = try Projector(projection, over: log)
      try await projector.catchUp()
      let found = try await projector.read {
        try String.fetchAll($0, sql: "SELECT coalesce(v, 'NULL') FROM t")
      }
      let right: [String] = [
        "2026", "2024-03-01 00:00:00", "1970-01-01", "1795939200", "2451545.0", "12:00:00", "NULL",
        "now", "4", "1", "now",
      ]
      #expect(found == right)
      let day = try await projector.read {
        try String.fetchOne($0, sql: "SELECT at || ' ' || day FROM u")
      }
      #expect(day == "current_timestamp 2024-02-28")
      #expect(try await projector.verify().isEmpty)
      // A question may ask what time it is, also where the events are applied.
      let past = try await projector.asOf(1)
      let year = try await past.read { try String.fetchOne($0, sql: "SELECT date('now')") }
      #expect(year?.count == 10)
    }
  }

  @Test func aValueIsOfSomeLength() async throws {
    try await withLog { log in
      for n in [1, 900_000_000, 3] {
        try await log.append([NewEvent("e", #"{"v":\#(n)}"#, in: "s\(n)")])
      }
      var options = Projector<SQLProjection>.Options()
      options.failurePolicy = .skip
      let projector = try Projector(
        try projection(handler: "INSERT INTO t VALUES (@offset, zeroblob(:v));"), over: log,
        options: options)
      let progress = try await projector.catchUp()
      #expect(progress.position == 3 && progress.skipped == 1)
      let failure = try #require(try await projector.failures().first)
      #expect(failure.offset == 1 && failure.message.contains("too big"), "\(failure)")
    }
  }

  @Test func aTypeMayBeInQuotes() throws {
    func types(_ on: String, _ ignored: String) throws -> Set<String> {
      try SQLProjection(
        source: """
          -- projection: q 1
          CREATE TABLE t (k);
          -- on: \(on)
          INSERT INTO t VALUES (1);
          -- ignore: \(ignored)
          """, file: "q.sql"
      ).knownTypes
    }
    #expect(
      try types(#""A,B", C"#, #"D ,"E ""F"" ", G"H"#) == ["A,B", "C", "D", #"E "F" "#, #"G"H"#])
    for wrong in [#""A"#, #""A" B"#, #""""#] {
      let error = #expect(throws: SQLProjectionError.self) { try types(wrong, "D") }
      #expect(error?.line == 3, "\(error as Any)")
    }
  }

  @Test(arguments: [
    "CREATE TABLE u (x)", "DROP TABLE t", "CREATE TEMP TABLE u (x)", "ALTER TABLE t ADD COLUMN w",
    "CREATE INDEX i ON t (v)", "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    "ANALYZE t",
  ])
  func anEventChangesRowsOnly(sql: String) throws {
    let refused = #expect(throws: SQLProjectionError.self) { try projection(handler: sql + ";") }
    #expect(refused?.message.contains("changes rows") == true, "\(refused as Any)")
  }

  /// A trigger does what the handler that fires it does not say.
  @Test func triggersAreFencedToo() throws {
    #expect(throws: SQLProjectionError.self) {
      try projection(
        tables: """
          CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE evlog_projection SET position = 0; END;
          """, handler: "INSERT INTO t VALUES (1, 2);")
    }
  }

  @Test func whatIsItsBusinessIsNot() async throws {
    try await withLog { log in
      for i in 0..<30 { try await log.append([NewEvent("e", "{\"v\":\"w\(i % 7)\"}", in: "a")]) }
      let projection = try projection(
        tables: """
          CREATE INDEX i ON t (v);
          CREATE VIEW w AS SELECT v, count(*) AS n FROM t GROUP BY v;
          CREATE TABLE seen (v PRIMARY KEY, n) WITHOUT ROWID;
          CREATE VIRTUAL TABLE words USING fts5 (word);
          CREATE TRIGGER g AFTER INSERT ON t BEGIN
            INSERT INTO seen VALUES (new.v, 1) ON CONFLICT DO UPDATE SET n = n + 1;
          END;
          INSERT INTO seen VALUES ('first', 0);
          """,
        handler: """
          INSERT INTO t VALUES (@offset, :v);
          INSERT INTO words VALUES (:v);
          UPDATE seen SET n = (WITH RECURSIVE c(x) AS (VALUES (0) UNION ALL SELECT x + 1 FROM c
            WHERE x < @offset) SELECT max(x) FROM c) WHERE v = 'first';
          DELETE FROM t WHERE k < @offset - 20 AND EXISTS (SELECT 1 FROM json_each(@data));
          """)
      let projector = try Projector(projection, over: log)
      try await projector.catchUp()
      let found = try await projector.read { db in
        try [
          "SELECT count(*) FROM t", "SELECT n FROM seen WHERE v = 'first'",
          "SELECT n FROM seen WHERE v = 'w3'", "SELECT count(*) FROM words WHERE words MATCH 'w3'",
        ].map { try Int.fetchOne(db, sql: $0) }
      }
      #expect(found == [21, 29, 4, 4])
      #expect(try await projector.verify().isEmpty)
    }
  }

  /// An endless statement is a failure like any other: it has an event, and the policy decides.
  @Test func anEndlessEventIsEnded() async throws {
    try await withLog { log in
      for v in ["1", "null", "3"] {
        try await log.append([NewEvent("e", "{\"v\":\(v)}", in: "s\(v)")])
      }
      var projection = try projection(
        handler: "INSERT INTO t SELECT @offset, coalesce(:v, (\(Self.endless)));")
      projection.secondsPerEvent = 0.2
      do {
        try await Projector(projection, over: log).catchUp()
        Issue.record("it did not stop")
      } catch ProjectionError.failed(let failure) {
        #expect(failure.offset == 1)
        #expect(failure.message.contains("did not end within 0.2 s"), "\(failure)")
      }
      var options = Projector<SQLProjection>.Options()
      options.failurePolicy = .skip
      let projector = try Projector(projection, over: log, options: options)
      let progress = try await projector.catchUp()
      #expect(progress.position == 3 && progress.skipped == 1)
      let kept = try await projector.read { try Int.fetchAll($0, sql: "SELECT v FROM t") }
      #expect(kept == [1, 3])
    }
  }

  @Test(arguments: [
    "ATTACH 'FILE' AS x", "COMMIT", "PRAGMA query_only = 0", "DELETE FROM events",
    "CREATE TEMP TABLE x (y)", "SELECT load_extension('x')", "", "SELECT 1; SELECT 2", "REINDEX",
    "VACUUM INTO 'FILE'",
  ])
  func aQueryOnlyReads(sql: String) async throws {
    let file = URL.temporaryDirectory.appending(path: "evlog-fence-\(UUID()).sqlite")
    let sql = sql.replacing("FILE", with: file.path)
    try await withLog { log in
      let queue = try EventTable.database(of: log)
      await #expect(throws: (any Error).self) {
        try await queue.read { try SQLQuery.run(sql, on: $0, columns: { _ in }, row: { _ in }) }
      }
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test func anEndlessQueryIsEnded() async throws {
    try await withLog { log in
      let queue = try EventTable.database(of: log)
      await #expect(throws: SQLTookTooLong.self) {
        try await queue.read { db in
          try SQLQuery.run(
            Self.endless, on: db, seconds: 0.2, columns: { _ in }, row: { _ in })
        }
      }
    }
  }
}

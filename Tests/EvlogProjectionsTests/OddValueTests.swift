import EvlogJSON
import EvlogProjections
import EvlogStore
import Foundation
import GRDB
import ReplayTestSupport
import Testing

/// Values that texts, JSON and SQLite's integers cannot all hold.
@Suite struct OddValueTests {
  private func tables(_ sql: String, _ events: [NewEvent]) async throws -> [[DatabaseValue]] {
    try await withLog { log in
      for event in events { try await log.append([event]) }
      let projection = try SQLProjection(source: sql, file: "odd.sql")
      let projector = try Projector(projection, over: log)
      try await projector.catchUp()
      return try await projector.read { db in try rows(db, "SELECT * FROM t ORDER BY 1") }
    }
  }

  /// The rows of an answer, with texts whole.
  private func rows(_ db: Database, _ sql: String) throws -> [[DatabaseValue]] {
    var rows: [[DatabaseValue]] = []
    try db.makeStatement(sql: sql).forEachRow { rows.append($0.values) }
    return rows
  }

  @Test func textsAreWhole() async throws {
    let keys = ["x", "x\u{0}", "x\u{0}one", "x\u{0}two", "\u{0}", ""]
    let rows = try await tables(
      """
      -- projection: odd 1
      CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER NOT NULL, s TEXT);
      -- on: e
      INSERT INTO t VALUES (:k, 1, @stream) ON CONFLICT DO UPDATE SET n = n + 1;
      """,
      keys.map {
        NewEvent("e", "{\"k\":\(JSONValue.string($0).canonicalText)}", in: "s\u{0}\($0.utf8.count)")
      })
    #expect(
      rows
        == keys.sorted().map {
          ["\($0)".databaseValue, 1.databaseValue, "s\u{0}\($0.utf8.count)".databaseValue]
        })
  }

  /// SQLite's functions for JSON end a text at U+0000: two keys would become one.
  @Test(arguments: [
    "@data ->> '$.k'", "@data ->> 'k'", "json_extract(@data, '$.k')", "upper(@data->>'$.k')",
    "(SELECT value FROM json_each(@data))", "@metadata ->> '$.k'",
  ])
  func noTextIsEndedInSilence(asked: String) async throws {
    let failure = await #expect(throws: ProjectionError.self) {
      try await tables(
        """
        -- projection: odd 1
        CREATE TABLE t (k PRIMARY KEY);
        -- on: e
        INSERT OR REPLACE INTO t VALUES (\(asked));
        """,
        ["plain", #"x\u0000y"#, #"x\u0000z"#].map {
          var event = NewEvent("e", #"{"k":"\#($0)"}"#)
          event.metadata = event.data
          return event
        })
    }
    guard case .failed(let failed) = failure else {
      return #expect(Bool(false), "\(failure as Any)")
    }
    #expect(failed.offset == 1 && failed.message.contains("write :NAME"), "\(failed)")
  }

  /// The same holds for the ids of causes, where they are JSON; one cause alone is a text.
  @Test func noCauseIsEndedInSilence() async throws {
    var one = NewEvent("e")
    one.causation = ["x\u{0}y"]
    var two = one
    two.causation = ["x\u{0}y", "x\u{0}z"]
    let table = "-- projection: odd 1\nCREATE TABLE t (k);\n-- on: e\nINSERT INTO t VALUES "
    #expect(try await tables(table + "(@causation);", [one]) == [["x\u{0}y".databaseValue]])
    for asked in ["(SELECT value FROM json_each(@causes))", "json_extract(@causation, '$[1]')"] {
      let failure = await #expect(throws: ProjectionError.self) {
        try await tables(table + "(\(asked));", [NewEvent("e"), two])
      }
      guard case .failed(let failed) = failure else {
        return #expect(Bool(false), "\(failure as Any)")
      }
      #expect(failed.offset == 1 && failed.message.contains("write :NAME"), "\(failed)")
    }
  }

  /// What is whole in spite of it is no failure.
  @Test func wholeValuesBesideAnEndedTextAreTaken() async throws {
    let rows = try await tables(
      #"""
      -- projection: odd 1
      CREATE TABLE t (i, n, o, k, all_, made);
      -- on: e
      INSERT INTO t VALUES (@offset, @data ->> '$.n', json_extract(@data, '$.o'), :k, @data ->> '$',
        json_object('o', json_extract(@data, '$.o')));
      """#,
      [#"x\\u0000"#, #"x\u0000y"#, "plain"].map {
        NewEvent("e", #"{"k":"\#($0)","n":"1","o":[2]}"#)
      })
    #expect(rows.map { $0[1] } == Array(repeating: "1".databaseValue, count: 3))
    #expect(rows.map { $0[2] } == Array(repeating: "[2]".databaseValue, count: 3))
    #expect(rows.map { $0[3] } == [#"x\u0000"#, "x\u{0}y", "plain"].map(\.databaseValue))
    #expect(rows.map { $0[5] } == Array(repeating: #"{"o":[2]}"#.databaseValue, count: 3))
    #expect(rows[1][4] == #"{"k":"x\u0000y","n":"1","o":[2]}"#.databaseValue)
  }

  @Test func bytesArriveAsBytes() async throws {
    let bytes: [UInt8] = [0x00, 0xFF, 0x0A]
    let rows = try await tables(
      """
      -- projection: odd 1
      CREATE TABLE t (k INTEGER PRIMARY KEY, data, bytes, metadata, metadataBytes, type);
      -- on: binary
      INSERT INTO t VALUES (@offset, NULL, @bytes, NULL, @metadataBytes, @contentType);
      -- on: plain
      INSERT INTO t VALUES (@offset, @data, @bytes, @metadata, @metadataBytes, @contentType);
      """,
      [
        NewEvent(
          stream: "s", type: "binary", data: bytes, contentType: "application/octet-stream",
          metadata: bytes.reversed()),
        NewEvent(
          stream: "s", type: "plain", data: Array("{\"a\":1}".utf8), metadata: Array("[2]".utf8)),
        NewEvent(stream: "s", type: "plain", data: []),
      ])
    #expect(rows[0][2] == Data(bytes).databaseValue)
    #expect(rows[0][4] == Data(bytes.reversed()).databaseValue)
    #expect(rows[0][5] == "application/octet-stream".databaseValue)
    #expect(rows[1][1] == "{\"a\":1}".databaseValue && rows[1][3] == "[2]".databaseValue)
    #expect(rows[1][2] == Data("{\"a\":1}".utf8).databaseValue)
    #expect(rows[2][1...4].filter { !$0.isNull }.isEmpty)
  }

  /// Where a handler asks for JSON and there is none, it is not given something else.
  @Test(arguments: ["@data", "@metadata", ":k"]) func whatIsNoJSONIsAFailure(parameter: String)
    async throws
  {
    let failure = await #expect(throws: ProjectionError.self) {
      try await tables(
        """
        -- projection: odd 1
        CREATE TABLE t (k);
        -- on: e
        INSERT INTO t VALUES (\(parameter));
        """,
        [NewEvent(stream: "s", type: "e", data: Array("{".utf8), metadata: [0xFF])])
    }
    let text = "\(try #require(failure))"
    #expect(text.contains("offset 0") && text.contains("is not JSON"), "\(text)")
  }

  @Test func numbersCompareAsNumbers() async throws {
    let numbers = [
      "-18446744073709551615", "-9223372036854775809", "-9223372036854775808", "-1.5", "-1", "0",
      "0.5", "1", "9007199254740993", "9223372036854775807", "9223372036854775808",
      "18446744073709551615", "1e300", "1e400",
    ]
    let rows = try await tables(
      """
      -- projection: odd 1
      CREATE TABLE t (k INTEGER PRIMARY KEY, v, negative, exact);
      -- on: e
      INSERT INTO t VALUES (@offset, :v, :v < 0, @data -> '$.v');
      """, numbers.map { NewEvent("e", "{\"v\":\($0)}", in: "s") })
    #expect(rows.map { $0[2] } == numbers.map { $0.hasPrefix("-").databaseValue })
    #expect(rows.map { $0[3] } == numbers.map(\.databaseValue))
    for row in rows { #expect(["INTEGER", "REAL"].contains(row[1].typeName), "\(row)") }
    // Integers of 64 bits are exact; the others are in their places.
    #expect(rows[8][1] == Int64(9_007_199_254_740_993).databaseValue)
    #expect(rows[2][1] == Int64.min.databaseValue && rows[9][1] == Int64.max.databaseValue)
    #expect(rows[13][1] == Double.infinity.databaseValue)
    let order = try await tables(
      """
      -- projection: odd 1
      CREATE TABLE t (v, n INTEGER);
      -- on: e
      INSERT INTO t VALUES (:v, @offset);
      """, numbers.shuffled().map { NewEvent("e", "{\"v\":\($0)}", in: "s") })
    #expect(order.map { $0[0] } == rows.map { $0[1] })
  }

  /// Two streams that are the same up to U+0000 are two: what one of them fails at is not the other's.
  @Test func streamsAreLeftOutByTheirWholeNames() async throws {
    try await withLog { log in
      let streams = ["a", "a\u{0}b", "a\u{0}c"]
      for i in 0..<9 {
        try await log.append([NewEvent("e", i == 1 ? "{}" : "{\"k\":\(i)}", in: streams[i % 3])])
      }
      let projection = try SQLProjection(
        source: """
          -- projection: odd 1
          CREATE TABLE t (k INTEGER);
          -- on: e
          INSERT INTO t VALUES (:k);
          """, file: "odd.sql")
      var options = Projector<SQLProjection>.Options()
      options.failurePolicy = .quarantine
      let projector = try Projector(projection, over: log, options: options)
      try await projector.catchUp()
      #expect(try await projector.failures().map(\.stream) == ["a\u{0}b"])
      let kept = try await projector.read {
        try Int.fetchAll($0, sql: "SELECT k FROM t ORDER BY k")
      }
      #expect(kept == [0, 2, 3, 5, 6, 8])
    }
  }

  /// Whatever the events hold, SQLite's functions for JSON take the columns that say they are JSON.
  @Test func queriesMeetEveryEvent() async throws {
    try await withLog { log in
      let odd: [(data: String, type: String)] = [
        ("{\"n\":1}", "application/json"), ("", "application/json"), ("{", "application/json"),
        ("null", "application/json"), ("[1]", "application/json"), ("hello", "text/plain"),
        ("{\"n\":2}", "text/plain"), (" {\"n\":3} ", "application/json"),
      ]
      for (data, type) in odd {
        try await log.append([
          NewEvent(stream: "s\u{0}t", type: "e", data: Array(data.utf8), contentType: type)
        ])
      }
      try await log.append([
        NewEvent(stream: "s", type: "e", data: [0xFF, 0xFE], metadata: [0x80])
      ])
      let rows = try await EventTable.database(of: log).read { db in
        try self.rows(
          db,
          """
          SELECT data ->> '$.n', typeof(data), bytes, metadata ->> '$.x', metadataBytes, stream
          FROM events ORDER BY offset
          """)
      }
      #expect(
        rows.map { $0[0] } == [
          1.databaseValue, .null, .null, .null, .null, .null, .null, 3.databaseValue, .null,
        ])
      #expect(
        rows.map { $0[1] }
          == [
            "text", "null", "null", "text", "text", "null", "null", "text", "null",
          ].map(\.databaseValue))
      #expect(
        rows.map { $0[2] }
          == odd.map { $0.data.isEmpty ? .null : Data($0.data.utf8).databaseValue }
          + [Data([0xFF, 0xFE]).databaseValue])
      #expect(rows[8][4] == Data([0x80]).databaseValue && rows[8][3].isNull)
      #expect(rows[0][5] == "s\u{0}t".databaseValue)
    }
  }

  /// Machines take the last value of a key, and so does SQL, wherever it looks.
  @Test func ofARepeatedKeyTheLastCounts() async throws {
    let data = [
      #"{"n":1,"n":2,"o":{"x":1,"x":[3]},"a\u0062":5,"ab":6}"#, #"{"n":7,"o":{"x":8},"ab":9}"#,
      #"{"n":1,"n":null,"o":[{"x":2,"x":3}],"ab":{"k":1},"ab":10000000000000000000000}"#,
    ]
    let members = data.map { text in
      (try? JSONParser.parse(text)).map { [$0["n"], $0["o"], $0["ab"]] } ?? []
    }
    #expect(members[0] == [.int(2), try JSONParser.parse(#"{"x":[3]}"#), .int(6)])
    let made = try await tables(
      """
      -- projection: odd 1
      CREATE TABLE t (i INTEGER, n, o, ab, n2, o2, m);
      -- on: e
      INSERT INTO t VALUES (@offset, :n, :o, :ab, @data ->> '$.n', @data -> '$.o', @metadata ->> '$.n');
      """,
      data.map {
        var event = NewEvent("e", $0)
        event.metadata = Array($0.utf8)
        return event
      })
    try await withLog { log in
      for text in data { try await log.append([NewEvent("e", text)]) }
      let rows = try await EventTable.database(of: log).read { db in
        try self.rows(
          db,
          "SELECT data ->> '$.n', data -> '$.o', (SELECT count(*) FROM json_each(data)), bytes "
            + "FROM events ORDER BY offset")
      }
      for (i, row) in made.enumerated() {
        let n = try #require(members[i][0]), o = try #require(members[i][1])
        #expect(row[1] == (n == .null ? .null : n.integer(Int64.self)?.databaseValue))
        #expect(row[2] == o.canonicalText.databaseValue && row[4] == row[1] && row[6] == row[1])
        #expect(row[5] == o.canonicalText.databaseValue)
        #expect(rows[i][0] == row[1] && rows[i][1] == row[5] && rows[i][2] == 3.databaseValue)
        #expect(rows[i][3] == Data(data[i].utf8).databaseValue, "the bytes are as they were")
      }
    }
  }
}

extension DatabaseValue {
  fileprivate var typeName: String {
    switch storage {
    case .null: "NULL"
    case .int64: "INTEGER"
    case .double: "REAL"
    case .string: "TEXT"
    case .blob: "BLOB"
    }
  }
}

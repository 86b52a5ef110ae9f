import EvlogJSON
import Foundation
import Testing

/// What `query` prints, on logs with odd events and tables of another cut.
@Suite struct QueryTests {
  /// What is beyond all doubles is spelled one way, for programs and for people.
  @Test func numbersBeyondAllDoublesAreSpelledAlike() async throws {
    let place = try Workplace()
    try await place.evlog("init", "log")
    let sql = "select 9e999 as a, -9e999 as b"
    #expect(try await place.evlog("query", "log", sql, "--csv").output == "a,b\n9e999,-9e999\n")
    let json = try await place.evlog("query", "log", sql, "--json")
    #expect(json.output.contains(#""rows":[[9e999,-9e999]]"#), "\(json.output)")
    #expect(try await place.evlog("query", "log", sql).output.contains("9e999  -9e999"))
  }

  /// Reads comma-separated values by RFC 4180, byte by byte.
  private func records(_ text: String) -> [[String]] {
    var records: [[String]] = []
    var (fields, field): ([String], [UInt8]) = ([], [])
    var isQuoted = false
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if bytes.first == UInt8(ascii: "\"") {
          bytes.removeFirst()
          field.append(byte)
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isQuoted = true
      case UInt8(ascii: ","), UInt8(ascii: "\n"):
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
        if byte == UInt8(ascii: "\n") {
          records.append(fields)
          fields = []
        }
      default:
        #expect(byte != 0x0D, "a carriage return outside of quotes")
        field.append(byte)
      }
    }
    #expect(field.isEmpty && fields.isEmpty && !isQuoted)
    return records
  }

  private static let odd = [
    "plain", "a\rb", "a\nb", "a\r\nb", "\r", "\n", "\"", "\"\u{301}", "a,b", ",\u{301}", "", " ",
    "a\u{0}b", "a\u{0}c", "\u{1F600}\u{85}\u{2028}", "x\"\"y",
  ]

  private func place() async throws -> Workplace {
    let place = try Workplace()
    let lines = Self.odd.map {
      #"{"stream":"s","type":\#(JSONValue.string("t" + $0).canonicalText),"data":{"n":1}}"#
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "odd.ndjson")
    let answer = try await place.evlog("import", "odd.evlog", "odd.ndjson")
    #expect(answer.status == 0, "\(answer.error)")
    return place
  }

  @Test func everyFieldComesBack() async throws {
    let place = try await place()
    let csv = try await place.evlog(
      "query", "odd.evlog", "--csv",
      "SELECT type AS \"a,\n\"\"b\", offset, NULL, '' FROM events ORDER BY offset")
    #expect(csv.status == 0, "\(csv.error)")
    let records = records(csv.output)
    #expect(records.first == ["a,\n\"b", "offset", "NULL", "''"])
    #expect(records.dropFirst().map { $0[0] } == Self.odd.map { "t" + $0 })
    #expect(records.dropFirst().map { $0[1] } == Self.odd.indices.map { "\($0)" })
    // NULL and an empty text are told apart.
    #expect(csv.output.contains(",15,,\"\"\n"))
    let json = try await place.evlog(
      "query", "odd.evlog", "--json", "SELECT type FROM events ORDER BY offset"
    ).json()
    #expect(
      json["rows"] == .array(Self.odd.map { .array([.string("t" + $0)]) }))
  }

  /// What SQLite's functions for JSON cut short is not passed over in silence.
  @Test func textsThatSQLiteCutsAreNamed() async throws {
    let place = try Workplace()
    try place.write(
      #"""
      {"stream":"s","type":"e","data":{"k":"\\u0000"}}
      {"stream":"s","type":"e","data":{"k":"x\u0000one"}}
      {"stream":"s","type":"e","data":{"k":"x"}}
      """# + "\n", to: "a.ndjson")
    let answer = try await place.shell(
      "evlog import a.evlog a.ndjson > /dev/null && evlog query a.evlog --csv \"SELECT data ->> '$.k' FROM events\""
    )
    #expect(answer.error.contains("read 1 text with one"), "\(answer.error)")
    #expect(answer.error.contains("offset 1."), "\(answer.error)")
    let whole = try await place.evlog(
      "query", "a.evlog", "--json", "SELECT data -> '$.k' FROM events WHERE offset = 1")
    #expect(whole.error.isEmpty)
    #expect(try whole.json()["rows"] == .array([.array([.string(#""x\u0000one""#)])]))
    #expect(try whole.json()["warnings"] == .array([]))
    let twice = try await place.evlog(
      "query", "a.evlog", "--json",
      "SELECT data ->> '$.k', data ->> '$.k' FROM events, (VALUES (1), (2))")
    let warning = try #require(twice.json()["warnings"]?.arrayValue?.first?.stringValue)
    #expect(warning.contains("read 1 text with one"), "\(warning)")
    #expect(twice.error.contains(warning), "\(twice.error)")
    let projected = try await place.shell(
      """
      printf -- '-- projection: k 1\\nCREATE TABLE t (k);\\n-- on: e\\nINSERT INTO t VALUES (:k);\\n' > k.sql
      evlog query a.evlog --projection k.sql --at 3 --json 'SELECT k FROM t'
      """)
    #expect(
      try projected.json()["rows"]
        == .array(["\\u0000", "x\u{0}one", "x"].map { .array([.string($0)]) }),
      "\(projected.output)\(projected.error)")
  }

  /// Rows that are nothing but one empty value are rows.
  @Test func noRowIsAnEmptyLine() async throws {
    let place = try await place()
    let csv = try await place.evlog(
      "query", "odd.evlog", "--csv", "SELECT NULL AS a UNION ALL SELECT '' UNION ALL SELECT 1")
    #expect(csv.output == "a\n\"\"\n\"\"\n1\n")
    let none = try await place.evlog("query", "odd.evlog", "--json", "SELECT 1 AS a WHERE 0")
    #expect(try none.json()["rows"] == .array([]))
  }

  /// The answer is printed as it comes: a reader that needs no more ends a query that would never end.
  @Test func rowsAreNotHeld() async throws {
    let place = try await place()
    let endless = """
      WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, 'word' FROM c
      """
    for format in ["--csv", "--json", ""] {
      let answer = try await place.shell(
        "evlog query odd.evlog \(format) \"\(endless)\" | head -c 300000 | wc -c")
      #expect(Int(answer.output.trimmingCharacters(in: .whitespacesAndNewlines)) == 300_000)
    }
  }

  @Test func whatTakesTooLongIsEnded() async throws {
    let place = try await place()
    let answer = try await place.evlog(
      "query", "odd.evlog", "--seconds", "0.2",
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c")
    #expect(answer.status == 3)
    #expect(answer.error.contains("did not end within 0.2 s"), "\(answer.error)")
  }

  /// Events and tables are at one cut, and that is the one that is named.
  @Test func tablesAndEventsAreAtOneCut() async throws {
    let place = try Workplace()
    try place.write(
      """
      -- projection: count 1
      CREATE TABLE t (n INTEGER);
      -- on: e
      INSERT INTO t VALUES (@offset);
      """, to: "count.sql")
    let both = """
      evlog query a.evlog --projection count.sql "SELECT (SELECT count(*) FROM t) AS tables, (SELECT count(*) FROM events) AS events"
      """
    func append(_ count: Int) async throws {
      let line = #"{"stream":"s","type":"e","data":{}}"#
      let made = try await place.shell(
        "for i in $(seq \(count)); do echo '\(line)'; done | evlog append a.evlog --file -")
      #expect(made.status == 0, "\(made.error)")
    }
    try await place.evlog("init", "a.evlog")
    try await append(3)
    #expect(try await place.shell("evlog project run a.evlog --projection count.sql").status == 0)
    try await append(2)
    let text = try await place.shell(both)
    #expect(text.output.contains("     3       3"), "\(text.output)")
    #expect(
      text.error.contains("cut 3 of 5") && text.error.contains("project run"), "\(text.error)")
    let json = try await place.shell(both + " --json").json()
    #expect(json["cut"] == .int(3) && json["end"] == .int(5))
    #expect(json["rows"] == .array([.array([.int(3), .int(3)])]))
    let past = try await place.shell(both + " --at 4 --json").json()
    #expect(past["cut"] == .int(4) && past["rows"] == .array([.array([.int(4), .int(4)])]))
    #expect(try await place.shell("evlog project run a.evlog --projection count.sql").status == 0)
    #expect(try await place.shell(both).error.isEmpty)

    // A log that is another one, or was cut, or whose tables another text made, is refused.
    _ = try await place.shell(
      "evlog init b.evlog; mkdir b.evlog/projections; cp -r a.evlog/projections/count b.evlog/projections/"
    )
    _ = try await place.shell("cp -r a.evlog c.evlog; evlog truncate c.evlog --to 3 --drop 2")
    _ = try await place.shell(
      "cp -r a.evlog d.evlog; sed 's/@offset/@offset + 1/' count.sql > other.sql")
    for (log, file, reason) in [
      ("b.evlog", "count.sql", "they were made of the log"),
      ("c.evlog", "count.sql", "at position 5"), ("d.evlog", "other.sql", "another text"),
    ] {
      for verb in [
        "query \(log) --projection \(file) 'SELECT 1'",
        "project status \(log) --projection \(file)",
        "project run \(log) --projection \(file)",
      ] {
        let answer = try await place.shell("evlog \(verb)")
        #expect(answer.status == 2, "\(verb): \(answer.output)\(answer.error)")
        #expect(answer.error.contains(reason), "\(verb): \(answer.error)")
        #expect(answer.error.contains("project rebuild"), "\(answer.error)")
      }
      let rebuilt = try await place.shell("evlog project rebuild \(log) --projection \(file)")
      #expect(rebuilt.status == 0, "\(rebuilt.error)")
      #expect(
        try await place.shell("evlog project status \(log) --projection \(file)").status == 0)
    }
  }

  /// A projection's file may come from anywhere.
  @Test func linesMayEndInEitherWay() async throws {
    let place = try await place()
    try place.write(
      "-- projection: all 1\r\nCREATE TABLE t (k);\r\n\r\n-- on: tplain\r\nINSERT INTO t VALUES (1);\r\n",
      to: "all.sql")
    let answer = try await place.evlog(
      "query", "odd.evlog", "--projection", "all.sql", "--at", "1", "--csv", "SELECT * FROM t")
    #expect(answer.output == "k\n1\n", "\(answer.error)")
  }
}

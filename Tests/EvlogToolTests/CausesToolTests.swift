import EvlogJSON
import Foundation
import Testing

/// Events with several causes, from end to end.
@Suite struct CausesToolTests {
  private static let lines = [
    #"{"stream":"x","type":"Put","id":"a","data":{"k":"x"}}"#,
    #"{"stream":"y","type":"Put","id":"b","causation":"a","data":{"k":"y"}}"#,
    #"{"stream":"z","type":"Join","id":"c","causation":["b","a","elsewhere","b"],"data":{}}"#,
    #"{"stream":"z","type":"Break","id":"d","causation":["c"],"data":{}}"#,
  ]
  private static let machine = """
    machine("join", 1, {
      initial: { x: 0, y: 0, causes: [] },
      on: {
        Put: (s, e) => { s[e.data.k]++ },
        Join: (s, e) => { s.joined = s.x + s.y; s.causes.push(e.causation) },
        Break: (s, e) => { s.broken = s.joined > 1; s.causes.push(e.causation) },
      },
      invariants: { "whole": always(s => !s.broken) },
    })
    """

  private func place() async throws -> Workplace {
    let place = try Workplace()
    let lines = Self.lines.map {
      $0.replacing(#"","type""#, with: #"","time":"2026-01-01T00:00:00Z","type""#)
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "in.ndjson")
    try place.write(Self.machine, to: "join.js")
    #expect(try await place.evlog("import", "a.evlog", "in.ndjson", "--batch", "1").status == 0)
    return place
  }

  @Test func appendTakesSeveral() async throws {
    let place = try Workplace()
    try await place.evlog("init", "a.evlog")
    for causes in [[], ["--causation", "a"], ["--causation", "a", "--causation", "b"]] {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path,
        ["append", "a.evlog", "--stream", "s", "--type", "t"] + causes)
      #expect(answer.status == 0, "\(answer.error)")
    }
    let events = try await place.evlog("read", "a.evlog", "--json").json()["events"]?.arrayValue
    #expect(
      events?.map { $0["causation"] ?? .null }
        == [.null, .string("a"), .array([.string("a"), .string("b")])])
  }

  @Test func anImportThatDiffersIsRefused() async throws {
    let place = try await place()
    let again = try await place.evlog("import", "a.evlog", "in.ndjson", "--json").json()
    #expect(again["alreadyThere"] == .int(4) && again["addedEvents"] == .int(0))
    let changed = try String(contentsOf: place.folder.appending(path: "in.ndjson"), encoding: .utf8)
      .replacing(#"["b","a","#, with: #"["a","b","#)
    try place.write(changed, to: "in.ndjson")
    let refused = try await place.evlog("import", "a.evlog", "in.ndjson")
    #expect(refused.status == 2 || refused.status == 1)
    #expect(refused.error.contains("causation"), "\(refused.error)")
  }

  @Test func queriesReachEach() async throws {
    let place = try await place()
    func rows(_ sql: String) async throws -> JSONValue? {
      let answer = try await place.evlog("query", "a.evlog", "--json", sql)
      #expect(answer.status == 0, "\(answer.error)")
      return try answer.json()["rows"]
    }
    #expect(
      try await rows("SELECT causation FROM events ORDER BY offset")
        == JSONParser.parse(#"[[null],["a"],["[\"b\",\"a\",\"elsewhere\",\"b\"]"],["c"]]"#))
    #expect(
      try await rows("SELECT e.offset, p.offset FROM events e JOIN events p ON p.id = e.causation")
        == JSONParser.parse("[[1,0],[3,2]]"))
    #expect(
      try await rows(
        """
        SELECT DISTINCT e.offset, p.offset FROM events e, json_each(e.causes) c
        JOIN events p ON p.id = c.value ORDER BY e.offset, p.offset
        """) == JSONParser.parse("[[1,0],[2,0],[2,1],[3,2]]"))
    try place.write(
      """
      -- projection: edges 1
      CREATE TABLE edges (cause TEXT, effect TEXT, causation TEXT);
      -- on: Put, Join, Break
      INSERT INTO edges SELECT DISTINCT value, @id, @causation FROM json_each(@causes);
      """, to: "edges.sql")
    let answer = try await place.evlog(
      "query", "a.evlog", "--projection", "edges.sql", "--at", "4", "--json",
      "SELECT cause, effect, length(causation) FROM edges ORDER BY effect, cause")
    #expect(
      try answer.json()["rows"]
        == JSONParser.parse(
          #"[["a","b",1],["a","c",25],["b","c",25],["elsewhere","c",25],["c","d",1]]"#),
      "\(answer.error)")
  }

  @Test func whySaysEach() async throws {
    let place = try await place()
    let text = try await place.evlog("why", "a.evlog", "--machine", "join.js")
    #expect(text.status == 1, "\(text.error)")
    #expect(text.output.contains("caused by  offset 2  Join  stream z\n"), "\(text.output)")
    let lines = text.output.split(separator: "\n").map { $0.drop { $0 == " " } }
    let first = try #require(lines.firstIndex { $0.hasPrefix("caused by  offset 1 ") })
    #expect(
      lines[first...].prefix(3)
        == [
          "caused by  offset 1  Put  stream y", "offset 0  Put  stream x",
          "elsewhere, which is not an earlier event of the log",
        ], "\(text.output)")
    let json = try await place.evlog("why", "a.evlog", "--machine", "join.js", "--json").json()
    let causes = json["reasons"]?.arrayValue?.map {
      $0["causes"]?.arrayValue?.compactMap { $0["offset"] } ?? []
    }
    #expect(causes?.first == [.int(2)])
    #expect(causes?.contains([.int(1), .int(0)]) == true)
    let state = try await place.evlog("state", "a.evlog", "--machine", "join.js", "--json").json()
    #expect(
      state["state"]?["causes"] == (try JSONParser.parse(#"[["b","a","elsewhere","b"],"c"]"#)))
    let blame = try await place.evlog("blame", "a.evlog", "joined", "--machine", "join.js")
    #expect(blame.output.contains("  caused by   b, a, elsewhere, b\n"), "\(blame.output)")
  }

  @Test func filesAreExplained() async throws {
    let place = try await place()
    let text = try await place.evlog("inspect", "a.evlog", "--offset", "2")
    #expect(text.output.contains("; causation b, a, elsewhere, b"), "\(text.output)")
    for (offset, expected) in [
      ("0", "null"), ("1", #""a""#), ("2", #"["b","a","elsewhere","b"]"#),
    ] {
      let json = try await place.evlog("inspect", "a.evlog", "--offset", offset, "--json").json()
      let event = json["chunk"]?["events"]?.arrayValue?.first {
        "\($0["offset"]?.canonicalText ?? "")" == offset
      }
      #expect(event?["causation"] == (try JSONParser.parse(expected)))
    }
    let doctor = try await place.evlog("doctor", "a.evlog", "--json").json()
    #expect(doctor["log"]?["format"] == .int(5))
  }

  /// A kept event brings all of its causes, in the files that `minimise` writes too.
  @Test func minimiseKeepsAll() async throws {
    let place = try await place()
    let answer = try await place.evlog(
      "minimise", "a.evlog", "--machine", "join.js", "--policy", "closure", "--out", "few", "--json"
    )
    #expect(answer.status == 1, "\(answer.error)")
    let kept = try answer.json()["kept"]?.arrayValue?.compactMap { $0["event"]?["offset"] }
    #expect(kept == (0...3).map { .int($0) })
    let files = try await place.shell("cat few/*.swift few/*.ndjson")
    #expect(files.output.contains(#"causation: ["b", "a", "elsewhere", "b"]"#), "\(files.output)")
    #expect(files.output.contains(#""causation":["b","a","elsewhere","b"]"#))
  }
}

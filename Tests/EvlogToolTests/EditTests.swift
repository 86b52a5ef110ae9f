import EvlogJSON
import Foundation
import Testing

/// Changes of the past that are given on the command line.
@Suite struct EditTests {
  /// What a machine sees of a replaced event is what it would see, had the log it so.
  @Test(arguments: ["-0.0", "1e20", "12345678901234567890.0", "9007199254740993.0", "7"])
  func aReplacedEventIsTakenAsItIsWritten(_ number: String) async throws {
    let place = try Workplace()
    try place.write(
      """
      machine("sees", 1, { initial: {}, on: { T: (s, e) => {
        s.keys = Object.keys(e.data).join()
        s.type = typeof e.data.v
        s.text = String(e.data.v)
        s.isLess = 1 / Number(e.data.v) < 0
      } } })
      """, to: "sees.js")
    let data = #"{"v":\#(number),"b":1,"a":2}"#
    try place.write(#"{"stream":"s","type":"T","data":\#(data)}"# + "\n", to: "so.ndjson")
    try place.write(#"{"stream":"s","type":"T","data":{"v":0}}"# + "\n", to: "other.ndjson")
    for name in ["so", "other"] {
      #expect(try await place.evlog("import", "\(name).evlog", "\(name).ndjson").status == 0)
    }
    let state = try await place.evlog("state", "so.evlog", "--machine", "sees.js").output
    let expected = try JSONParser.parse(state)
    let answer = try await place.evlog(
      "what-if", "other.evlog", "--machine", "sees.js", "--json", "--replace",
      #"0:{"data":\#(data)}"#)
    #expect(answer.status == 1, "\(answer.error)")
    let changes = try #require(try answer.json()["final"]?.arrayValue)
    #expect(!changes.isEmpty)
    for change in changes {
      let name = try #require(change["path"]?.stringValue)
      #expect(change["new"] == expected[name], "\(name) of \(number)")
    }
  }

  /// Whatever is asked of an edited past is answered as by a log that was made so.
  @Test(arguments: [
    ["--drop", "7777"], ["--swap", "7770,7777"], ["--drop", "type=PageViewed", "--drop", "8001"],
    [
      "--insert",
      #"7000:{"stream":"x","type":"StockCounted","data":{"sku":"A-7","quantity":3},"time":"2026-03-01T10:31:14Z"}"#,
    ],
  ]) func questionsOfAnEditedPast(_ edits: [String]) async throws {
    let place = try Workplace()
    try place.addShop()
    #expect(try await place.evlog("import", "shop.evlog", "events.ndjson.gz").status == 0)
    let exported = try await place.evlog("read", "shop.evlog", "--ndjson").output
    var lines = exported.split(separator: "\n").map(String.init)
    switch edits[0] {
    case "--swap":
      // Each takes the other's place and keeps its own time.
      lines.swapAt(7770, 7777)
    case "--insert": lines.insert(String(edits[1].dropFirst(5)), at: 7000)
    default:
      if edits.contains("8001") { lines.remove(at: 8001) }
      lines =
        edits.contains("type=PageViewed")
        ? lines.filter { !$0.contains(#""type":"PageViewed""#) } : lines
      if edits.contains("7777") { lines.remove(at: 7777) }
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "edited.ndjson")
    #expect(try await place.evlog("import", "edited.evlog", "edited.ndjson").status == 0)
    var questions = [
      ["bisect"], ["bisect", "--violations"], ["state", "--at", "8000"], ["replay", "--check"],
      ["blame", "stock[\"A-7\"].available", "--history"], ["diff", "7000", "8000"],
    ]
    let sql = [
      ["query", "SELECT offset, stream, revision, type, data FROM events WHERE offset > 7000"],
      ["query", "--projection", "stock.sql", "--at", "8000", "SELECT * FROM stock ORDER BY sku"],
    ]
    // One edit shows that the longer questions are asked of the same past.
    if edits == ["--drop", "7777"] {
      questions += [
        ["bisect", "--mode", "probe", "--invariant", "never oversell"], ["why"], ["minimise"],
        ["map", "--by", "stock[\"A-7\"].available"], ["compare", "--against", "shop.js"],
        ["audit", "--to", "300"],
      ]
    }
    for question in questions + sql {
      let rest =
        switch question[0] {
        case "query": ["--json"]
        // The audit never uses snapshots.
        case "audit": ["--machine", "shop.js", "--json"]
        default: ["--machine", "shop.js", "--no-snapshots", "--json"]
        }
      func ask(_ log: String, _ more: [String]) async throws -> (Int32, JSONValue) {
        let tool = Workplace.binaries.appending(path: "evlog").path
        let answer = try await place.run(
          tool, [question[0], log] + question.dropFirst() + rest + more)
        return (answer.status, Self.comparable(try answer.json()))
      }
      let (asked, expected) = (
        try await ask("shop.evlog", edits), try await ask("edited.evlog", [])
      )
      #expect(asked.0 == expected.0, "\(question)")
      #expect(asked.1 == expected.1, "\(question)")
    }
  }

  /// An answer without what depends on how the log was made, and on how long it took.
  private static func comparable(_ json: JSONValue) -> JSONValue {
    switch json {
    case .object(let object):
      .object(
        JSONObject(
          object.members.filter {
            !["seconds", "turn", "logDigest", "next", "work"].contains($0.key)
          }.map { ($0.key, comparable($0.value)) }))
    case .array(let items): .array(items.map(comparable))
    default: json
    }
  }
}

import EvlogJSON
import Foundation
import Testing

/// The JSON of every verb has the members that `Documentation/JSON.md` names.
@Suite struct JSONShapeTests {
  private static func document() throws -> String {
    try String(
      contentsOf: packageFolder.appending(path: "Documentation/JSON.md"), encoding: .utf8)
  }

  /// What the row of a verb says: without what is in brackets, which is inside of the members.
  private func row(of verb: String) throws -> String {
    let rows = try Self.document().split(separator: "\n").filter { $0.hasPrefix("| `") }
    let row = try #require(
      rows.first { row in
        row.split(separator: "|")[0].contains("`\(verb)`")
      }, "JSON.md has no row of \(verb)")
    var text = ""
    var depth = 0
    for character in row.split(separator: "|").dropFirst().joined(separator: "|") {
      if "([{".contains(character) { depth += 1 }
      if depth == 0 { text.append(character) }
      if ")]}".contains(character) { depth -= 1 }
    }
    return text
  }

  /// The members that are always there, and those that come with an option.
  private func members(of verb: String, with options: [String] = []) throws -> [String] {
    var text = try row(of: verb)
    // What follows a semicolon is about an option, or about what members mean.
    let clauses = text.split(separator: ";", maxSplits: 1)
    if clauses.count == 2, !options.contains(where: clauses[1].contains) {
      text = String(clauses[0])
    }
    for match in text.matches(of: /with `(--[a-z]+)` `[A-Za-z]+`/).reversed()
    where !options.contains(String(match.output.1)) {
      text.removeSubrange(match.range)
    }
    return text.matches(of: /`([A-Za-z0-9]+)`/).map { String($0.output.1) }
  }

  /// The members in a table of the document by the words that it begins with.
  private func table(after heading: String) throws -> [String] {
    let text = try Self.document()
    let start = try #require(text.firstRange(of: heading))
    let lines = text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
    let rows = lines.drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
    return rows.flatMap { row in
      row.split(separator: "|")[0].matches(of: /`([A-Za-z]+)`/).map { String($0.output.1) }
    }
  }

  private func expect(_ names: [String], in json: JSONValue?, of what: String) {
    guard case .object(let object)? = json else {
      Issue.record("\(what) is no object: \(json?.canonicalText ?? "nothing")")
      return
    }
    let missing = names.filter { object[$0] == nil }
    #expect(missing.isEmpty, "\(what) has not \(missing)")
  }

  private func check(
    _ verb: String, _ command: String, _ statuses: Set<Int32> = [0, 1, 3],
    with options: [String] = [], in place: Workplace
  ) async throws -> JSONValue {
    let answer = try await place.shell("evlog \(command) --json")
    #expect(statuses.contains(answer.status), "\(command): \(answer.error)")
    let text = answer.output.isEmpty ? answer.error : answer.output
    let json = try #require(
      try? JSONParser.parse(text.trimmingCharacters(in: .newlines)), "\(command): \(text)")
    expect(["evlog", "command"], in: json, of: command)
    expect(try members(of: verb, with: options), in: json, of: command)
    return json
  }

  private func makePlace() async throws -> Workplace {
    let place = try Workplace()
    let machine = """
      machine("m", 1, {
        initial: { n: 0 }, scope: "SCOPE", key: e => e.data.k ?? null,
        on: { A: (s, e) => { s.n += e.data.n }, X: () => { throw new Error("x") } },
        regions: { of: s => s.n < 0 ? "low" : "high" },
        invariants: {
          "state": always(s => s.n < 2), "step": step((b, e, s) => s.n - b.n < 2),
          "history": history(0, (m, b, e, s) => [s.n, s.n >= m]),
        },
      })
      """
    for scope in ["log", "stream", "key"] {
      try place.write(machine.replacing("SCOPE", with: scope), to: "\(scope).js")
    }
    let numbers = [1, 2, -3, 1, 1]
    let lines = numbers.enumerated().map { i, n in
      #"{"stream":"s\#(i % 2)","type":"A","time":"2026-01-01T00:00:0\#(i)Z","data":{"n":\#(n),"k":"k\#(i % 2)"}}"#
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "a.ndjson")
    try place.write(
      #"{"stream":"s2","type":"X","time":"2026-01-01T00:00:09Z","data":{"k":"k2"}}"# + "\n",
      to: "x.ndjson")
    try place.write(
      """
      -- projection: p 1
      CREATE TABLE t (stream TEXT PRIMARY KEY, n INTEGER);
      -- on: A
      INSERT INTO t VALUES (@stream, :n) ON CONFLICT (stream) DO UPDATE SET n = n + :n;
      """, to: "p.sql")
    return place
  }

  /// Verbs about the log itself.
  @Test func verbsOfTheLog() async throws {
    let place = try await makePlace()
    func check(_ verb: String, _ command: String, _ statuses: Set<Int32> = [0, 1, 3]) async throws {
      _ = try await self.check(verb, command, statuses, in: place)
    }
    try await check("init", "init new", [0])
    try await check("append", "append new --stream s --type T --data '{}'", [0])
    try await check("import", "import log a.ndjson", [0])
    try await check("read", "read log", [0])
    try await check("export", "export log all.ndjson", [0])
    try await check("stats", "stats log", [0])
    try await check("stats", "stats new", [0])
    try await check("verify", "verify log", [0])
    try await check("doctor", "doctor log")
    try await check("seal", "seal log", [0])
    try await check("backup", "backup log copy", [0])
    try await check("truncate", "truncate copy --to 0", [1])
    try await check("repair", "repair log", [0])
    _ = try await place.shell("mkdir -p empty; evlog init empty/log")
    try await check("stats", "stats empty/log", [0])
    try place.write(
      #"{"contract":1,"events":{"A":[{"data":{"record":{"n":"integer"}}}]}}"#, to: "c.json")
    try await check("contract check", "contract check log --contract c.json", [0])
    try await check("contract set", "contract set log --contract c.json", [0])
    try await check("contract show", "contract show log", [0])
    try await check("contract export", "contract export log --out s.json", [0])
    try await check("contract import", "contract import s.json", [0])
    try await check("contract clear", "contract clear log", [0])
    try await check("query", "query log 'select 1 as a'", [0])
    try await check("project run", "project run log --projection p.sql", [0])
    try await check("project status", "project status log --projection p.sql", [0])
    try await check("project rebuild", "project rebuild log --projection p.sql", [0])
    try await check("project verify", "project verify log --projection p.sql", [0])
  }

  /// Verbs about machines, of each scope, without and with a key at which the machine fails.
  @Test(arguments: ["log", "stream", "key"]) func verbsOfMachines(_ scope: String) async throws {
    let place = try await makePlace()
    _ = try await place.evlog("import", "log", "a.ndjson")
    let of = "log --machine \(scope).js"
    for round in 0..<(scope == "log" ? 1 : 2) {
      if round == 1 { _ = try await place.evlog("import", "log", "x.ndjson") }
      let replay = try await check("replay", "replay \(of) --check", with: ["--check"], in: place)
      let bisect = try await check("bisect", "bisect \(of)", [1], in: place)
      let pair = try await check("what-if", "what-if \(of) --drop 1", [1], in: place)
      let names = try table(after: "A *finding* is about one invariant:")
      #expect(names.contains("undefinedByFailure"), "\(names)")
      let findings =
        (replay["invariants"]?.arrayValue ?? []) + (bisect["invariants"]?.arrayValue ?? [])
        + (pair["invariants"]?.arrayValue ?? []).flatMap { [$0["first"], $0["second"]] }
        .compactMap(\.self)
      #expect(findings.count >= 12)
      for finding in findings { expect(names, in: finding, of: "a finding") }
      for row in pair["invariants"]?.arrayValue ?? [] {
        expect(["name", "key", "change", "first", "second"], in: row, of: "a row of what-if")
      }
      for finding in findings {
        let isStep = finding["kind"] == .string("step")
        #expect((finding["violations"] == .null) == !isStep)
        for episode in finding["episodes"]?.arrayValue ?? [] {
          expect(
            ["key", "firstCut", "endCut", "brokenBy", "healedBy", "violations"], in: episode,
            of: "an episode")
          #expect((episode["key"] == .null) == (scope == "log"))
        }
      }
      expect(
        ["name", "version", "scope", "fingerprint", "unidentified"], in: bisect["machine"],
        of: "a machine")
      expect(
        ["events", "startedFrom", "saved", "judgedBefore", "indexedTo", "ignoredSnapshots"],
        in: bisect["work"], of: "work")
      for json in [replay, bisect] {
        #expect((json["keys"] == .null) == (scope == "log"))
        #expect((json["unconcerned"] == .null) == (scope != "key"))
        #expect(json["failedKeys"]?.arrayValue?.count == round)
      }
      _ = try await check("bisect --violations", "bisect \(of) --violations", [1], in: place)
      _ = try await check("compare", "compare \(of) --against \(scope).js", in: place)
      let refine = try await check("refine", "refine \(of) --old \(scope).js", in: place)
      expect(["kind", "cut", "keys"], in: refine["rebuild"], of: "what is to be rebuilt")
      let grow = try await check("grow", "grow \(of) --old \(scope).js --mutants 3", in: place)
      expect(["count", "caught", "unusable", "survivors"], in: grow["mutants"], of: "the mutants")
      _ = try await place.shell("head -3 a.ndjson > b.ndjson; evlog import twin b.ndjson")
      let logs = try await check(
        "compare LOG OTHER", "compare log twin --machine \(scope).js", in: place)
      expect(
        [
          "machine", "same", "comparedTo", "failures", "failureOffsets", "failedKeys",
          "unconcerned",
          "divergences", "divergencesLeftOut", "firstEvents", "final", "invariants",
        ], in: logs["states"], of: "the states of two logs")
      _ = try await check("why", "why \(of)", [1], in: place)
      _ = try await check("minimise", "minimise \(of)", [1], in: place)
      _ = try await check("map", "map \(of)", in: place)
    }
    let key = scope == "log" ? "" : scope == "key" ? "--key k0" : "--key s0"
    for cut in [5, 0] where cut == 5 || scope == "log" {
      _ = try await check("state", "state \(of) --at \(cut) \(key)", [0], in: place)
      _ = try await check("blame", "blame \(of) n --at \(cut) \(key)", [0], in: place)
    }
    _ = try await check("diff", "diff \(of) 1 3 \(key)", in: place)
    _ = try await check("audit", "audit \(of) --to 5", [0], in: place)
    _ = try await check("snapshot create", "snapshot create \(of) --at 3", [0], in: place)
    _ = try await check("snapshot list", "snapshot list log", [0], in: place)
    _ = try await check("machine check", "machine check \(scope).js --log log", in: place)
    _ = try await check("machine new", "machine new log", in: place)
    _ = try await check("machine new --from", "machine new --from lock", in: place)
    let debug = try await place.shell("printf 'v\\n' | evlog debug \(of) --json")
    for line in debug.output.split(separator: "\n") {
      expect(
        ["cut", "end", "event", "key", "changes"], in: try JSONParser.parse(String(line)),
        of: "debug")
    }
    let last = try JSONParser.parse(String(debug.output.split(separator: "\n").last ?? ""))
    expect(["keys", "failedKeys", "unconcerned", "broken"], in: last, of: "debug")
  }

  /// Verbs about a group of logs.
  @Test func verbsOfGroups() async throws {
    let place = try Workplace()
    for (name, lines) in [
      ("a", [#"{"stream":"s","type":"A","id":"a0"}"#, #"{"stream":"s","type":"A","id":"a1"}"#]),
      ("b", [#"{"stream":"s","type":"B","id":"b0","causation":"a0"}"#]),
    ] {
      let text = lines.joined(separator: "\n") + "\n"
      #expect(try await place.evlog("import", name, "-", input: text).status == 0)
    }
    try place.write(
      """
      machine("m", 1, {
        logs: {
          a: { initial: { n: 0 }, on: { A: s => { s.n++ } } },
          b: { initial: { n: 0 }, on: { B: s => { s.n++ } } },
        },
        invariants: {
          "state": always(s => s.a.n + s.b.n < 2), "step": step(() => true),
          "never": never({ a: s => s.n === 1, b: s => s.n === 1 }),
        },
      })
      """, to: "m.js")
    let stats = try await check(
      "group init", "group init g a=a b=b --match 'id -> causation'", [0], in: place)
    #expect(stats["command"] == .string("cut stats"))
    _ = try await check("cut stats", "cut stats g", [0], in: place)
    _ = try await check("cut check", "cut check g a=0,b=1", [6], in: place)
    _ = try await check("cut nearest", "cut nearest g a=0,b=1", [0], in: place)
    _ = try await check("cut at", "cut at g 2026-01-01T00:00:00Z", [0, 6], in: place)
    _ = try await check("cut of", "cut of g b@0", [0], in: place)
    _ = try await check("cut in-flight", "cut in-flight g a=1,b=0", [0], in: place)
    _ = try await check("cut order", "cut order g", [0], in: place)
    for runs in ["possibly", "definitely"] {
      let answer = try await check(
        "bisect --runs", "bisect g --machine m.js --runs \(runs)", [1], in: place)
      for finding in answer["invariants"]?.arrayValue ?? [] {
        expect(
          [
            "name", "place", "violated", "method", "guarantee", "lookedAt", "of", "cuts", "first",
            "reason",
          ], in: finding, of: "a finding of \(runs)")
      }
    }
  }

  /// Where there is nothing to explain, every member is there and null.
  @Test func nothingIsNull() async throws {
    let place = try await makePlace()
    _ = try await place.evlog("import", "log", "a.ndjson")
    for verb in ["why", "minimise"] {
      let json = try await check(
        verb, "\(verb) log --machine key.js --to 1", [0], in: place)
      #expect(json["invariant"] == .null && json["offset"] == .null && json["key"] == .null)
      #expect(json["keys"] == .int(1))
    }
    let what = try await check(
      "what-if", "what-if log --machine log.js --swap 3,4", [0, 1], in: place)
    #expect(what["divergences"] != nil)
    let answer = try await place.shell("evlog bisect log --json --machine log.js --run true")
    #expect(answer.status == 3, "\(answer.error)")
    let probe = try answer.json()
    expect(try members(of: "bisect --run"), in: probe, of: "bisect --run")
    #expect(probe["firstBadCut"] == .null && probe["event"] == .null)
  }
}

import EvlogJSON
import Foundation
import Testing

/// Machines with a state per stream or key: each key is answered for by itself.
@Suite struct KeyTests {
  /// A counter for each stream; an `x` ends a stream, and a `skip` concerns no key.
  private static func machine(_ scope: String, hasInvariant: Bool = true) -> String {
    """
    machine("counts", 1, {
      initial: { n: 0 }, scope: "\(scope)", key: e => e.type === "skip" ? null : e.stream,
      on: { add: (s, e) => { s.n += e.data.n }, x: () => { throw new Error("no more") }, skip: () => {} },
      regions: { of: s => s.n < 0 ? "low" : "fine", moves: { fine: { add: ["fine", "low"] } } },
      \(hasInvariant ? "invariants: { \"not negative\": always(s => s.n >= 0) }," : "")
    })
    """
  }

  private func place(_ events: [(stream: String, type: String, n: Int)]) async throws -> Workplace {
    let place = try Workplace()
    for scope in ["stream", "key"] { try place.write(Self.machine(scope), to: "\(scope).js") }
    try place.write(Self.machine("stream", hasInvariant: false), to: "bare.js")
    let lines = events.map {
      #"{"stream":"\#($0.stream)","type":"\#($0.type)","time":"2026-01-01T00:00:00Z","data":{"n":\#($0.n)}}"#
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    return place
  }

  /// The rows of what-if's or compare's JSON in a word each.
  private func rows(_ answer: Answer) throws -> [String] {
    (try answer.json()["invariants"]?.arrayValue ?? []).map { row in
      let key = row["key"]?.stringValue ?? "-"
      return "\(key) \(row["change"]?.stringValue ?? "?")"
    }
  }

  /// What is gone in one stream is gone there, and untouched in the other.
  @Test(arguments: ["stream", "key"]) func anEditOfOneKeyIsAboutThatKey(_ scope: String)
    async throws
  {
    let place = try await place([
      ("a", "add", 1), ("b", "add", 2), ("a", "add", -3), ("b", "add", -5), ("c", "add", 1),
    ])
    let answer = try await place.evlog(
      "what-if", "log", "--machine", "\(scope).js", "--drop", "2", "--json")
    #expect(answer.status == 1, "\(answer.error)")
    #expect(try rows(answer) == ["a gone", "b same"])
    let text = try await place.evlog(
      "what-if", "log", "--machine", "\(scope).js", "--drop", "2")
    #expect(
      text.output.contains(
        "gone       not negative (state) of a: violated as it was from offset 2 on (1 episode), not as edited"
      ), "\(text.output)")
    #expect(text.output.contains("same       not negative (state) of b: violated alike"))
    let none = try await place.evlog(
      "what-if", "log", "--machine", "\(scope).js", "--to", "2", "--drop", "0", "--json")
    #expect(try rows(none) == ["- same"])
    let compared = try await place.evlog(
      "compare", "log", "--machine", "\(scope).js", "--against", "\(scope).js", "--json")
    #expect(compared.status == 0)
    #expect(try rows(compared) == ["a same", "b same"])
  }

  /// In `p` the machine fails, and `b` is judged all the same, by every verb that judges; also when verdicts and
  /// snapshots of a first run are used.
  @Test(arguments: ["stream", "key"]) func aFailingKeyIsPutAside(_ scope: String) async throws {
    let place = try await place([
      ("a", "add", 1), ("p", "add", 1), ("p", "x", 0), ("b", "add", 2), ("p", "add", -9),
      ("b", "add", -5), ("a", "skip", 0), ("a", "add", 1),
    ])
    let machine = "\(scope).js"
    let failed: JSONValue = .array([
      .object([
        ("key", .string("p")), ("offset", .int(2)), ("reason", .string("Error: no more")),
      ])
    ])
    func asks(_ status: Int32, _ arguments: String...) async throws -> JSONValue {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path,
        arguments + ["--machine", machine, "--json"])
      #expect(answer.status == status, "\(arguments): \(answer.error)\(answer.output)")
      return try answer.json()
    }
    let unconcerned: JSONValue = scope == "key" ? .int(1) : .null
    // The second time, verdicts that were kept would be used.
    for _ in 0..<2 {
      for arguments in [
        ["bisect", "log"], ["replay", "log", "--check"], ["bisect", "log", "--violations"],
      ] {
        let answer = try await place.run(
          Workplace.binaries.appending(path: "evlog").path,
          arguments + ["--machine", machine, "--json"])
        #expect(answer.status == 1, "\(arguments): \(answer.error)")
        let json = try answer.json()
        #expect(json["failedKeys"] == failed, "\(arguments)")
        #expect(json["keys"] == .int(3), "\(arguments)")
        #expect(json["unconcerned"] == unconcerned, "\(arguments)")
        if let finding = json["invariants"]?.arrayValue?.first {
          #expect(finding["episodes"]?.arrayValue?.first?["key"] == .string("b"))
          #expect(finding["undefinedCuts"] == .int(2))
          #expect(finding["undefinedByFailure"] == .int(2))
        }
      }
      _ = try await place.evlog("snapshot", "create", "log", "--machine", machine)
    }
    let why = try await asks(1, "why", "log")
    #expect(why["offset"] == .int(5) && why["failedKeys"] == failed)
    let small = try await asks(1, "minimise", "log")
    #expect(small["offset"] == .int(5) && small["failedKeys"] == failed)
    let map = try await asks(3, "map", "log")
    #expect(map["failedKeys"] == failed && map["afterFailure"] == .int(2))
    #expect(map["events"] == .int(8))
    let gone = try await asks(1, "what-if", "log", "--drop", "5")
    #expect(gone["failedKeys"] == .array([failed, failed]))
    #expect(
      gone["invariants"]?.arrayValue?.map { $0["change"]?.stringValue } == ["undefined", "gone"])
    #expect(gone["divergences"]?.arrayValue?.first?["firstCut"] == .int(6))
    let same = try await asks(3, "compare", "log", "--against", machine)
    #expect(same["divergences"] == .array([]))
    let debug = try await place.shell(
      "printf 'v\\ni\\nk p\\np n\\nk b\\np n\\n' | evlog debug log --machine \(machine)")
    #expect(debug.status == 0)
    #expect(debug.output.contains("violated  not negative (state)  b"), "\(debug.output)")
    #expect(debug.output.contains("undefined  not negative (state)  p"))
    #expect(debug.output.contains("no more"))
    #expect(debug.output.contains("-3"))
    let text = try await place.evlog("bisect", "log", "--machine", machine)
    #expect(
      text.output.contains(
        "EXACT for 2 of 3 \(scope == "key" ? "keys" : "streams"); 'p' is undefined"),
      "\(text.output)")
    #expect(text.output.contains("1 event of no key") == (scope == "key"))
  }

  /// Nothing was violated, but not everything was judged.
  @Test func aFailedKeyIsInconclusiveWithoutInvariants() async throws {
    let place = try await place([("a", "add", 1), ("p", "x", 0)])
    let answer = try await place.evlog("replay", "log", "--machine", "bare.js", "--check", "--json")
    #expect(answer.status == 3, "\(answer.error)")
    #expect(try answer.json()["outcome"] == .string("inconclusive"))
    #expect(try answer.json()["stateDigest"] == .null)
    let judged = try await place.evlog(
      "replay", "log", "--machine", "stream.js", "--check", "--json")
    #expect(judged.status == 3)
    #expect(try judged.json()["failedKeys"]?.arrayValue?.count == 1)
  }

  /// Verdicts that were kept say the same numbers, also when a few streams had new events since.
  @Test func keptVerdictsSayTheSameNumbers() async throws {
    let place = try Workplace()
    try place.write(Self.machine("stream"), to: "stream.js")
    // Enough of them that a scan is worth keeping.
    var lines = (0..<60_000).map {
      #"{"stream":"s\#($0 % 5000)","type":"\#($0 % 1999 == 1998 ? "x" : "add")","data":{"n":\#($0 % 7 - 3)}}"#
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "a.ndjson")
    func judged(_ more: String...) async throws -> JSONValue {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path,
        ["bisect", "log", "--machine", "stream.js", "--json"] + more)
      #expect(answer.status == 1, "\(answer.error)")
      let json = try answer.json()
      return .array([
        json["keys"] ?? .null, json["failedKeys"] ?? .null, json["invariants"] ?? .null,
      ])
    }
    #expect(try await place.evlog("import", "log", "a.ndjson").status == 0)
    let first = try await judged()
    #expect(try await judged() == first)
    #expect(try await judged("--no-snapshots") == first)
    lines = (0..<20).map { #"{"stream":"s\#($0 * 97)","type":"add","data":{"n":1}}"# }
    try place.write(lines.joined(separator: "\n") + "\n", to: "b.ndjson")
    #expect(try await place.evlog("import", "log", "b.ndjson").status == 0)
    let later = try await judged()
    #expect(try await judged("--no-snapshots") == later)
    #expect(try await judged() == later)
  }

  /// A key that is `undefined` is an error that says where; one that is null is counted, and that is said.
  @Test func aMisspeltKeyIsAnError() async throws {
    let place = try await place([("a", "add", 1), ("b", "add", -1)])
    let source = Self.machine("key")
    let (known, wanted) = (#"e.type === "skip" ? null : e.stream"#, ["e.data.nn", "null"])
    for (i, key) in wanted.enumerated() {
      try place.write(source.replacing(known, with: key), to: "k\(i).js")
    }
    for verb in ["bisect", "replay", "state", "map"] {
      let answer = try await place.evlog(verb, "log", "--machine", "k0.js")
      #expect(answer.status == 3, "\(verb): \(answer.output)")
      #expect(answer.error.contains("at offset 0, in key"), "\(verb): \(answer.error)")
      #expect(answer.error.contains("undefined, which is no key"), "\(verb): \(answer.error)")
    }
    for arguments in [
      ["bisect", "log"], ["bisect", "log", "--violations"], ["replay", "log", "--check"],
      ["replay", "log"], ["state", "log"], ["why", "log"], ["minimise", "log"], ["map", "log"],
    ] {
      let tool = Workplace.binaries.appending(path: "evlog").path
      let json = try await place.run(tool, arguments + ["--machine", "k1.js", "--json"])
      #expect(try json.json()["unconcerned"] == .int(2), "\(arguments): \(json.output)")
      let text = try await place.run(tool, arguments + ["--machine", "k1.js"])
      #expect(
        (text.output + text.error).contains(/2 events of no key|, 2 of no state/),
        "\(arguments): \(text.output)")
    }
    for arguments in [
      ["what-if", "log", "--drop", "1"], ["compare", "log", "--against", "k1.js"],
      ["diff", "log", "1", "2"],
    ] {
      let tool = Workplace.binaries.appending(path: "evlog").path
      let json = try await place.run(tool, arguments + ["--machine", "k1.js", "--json"])
      #expect(try json.json()["unconcerned"]?.arrayValue?.count == 2, "\(arguments)")
      let text = try await place.run(tool, arguments + ["--machine", "k1.js"])
      #expect(text.output.contains("of no key"), "\(arguments): \(text.output)")
    }
  }

  /// Places of a state are places of the state, though an array has become longer.
  @Test func anArrayThatGrowsIsNamedByItsPlaces() async throws {
    let place = try Workplace()
    try place.write(
      """
      machine("list", 1, { initial: { a: [] }, on: { set: (s, e) => { s.a = e.data.a } },
        invariants: { "small": always(s => s.a.every(x => x < 2)) } })
      """, to: "list.js")
    let lists = ["[1,1,1,0]", "[1,2,1,0,0]"]
    let lines = lists.map { #"{"stream":"s","type":"set","data":{"a":\#($0)}}"# + "\n" }
    try place.write(lines.joined(), to: "events.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    let wanted = try JSONParser.parse(
      #"[{"new":2,"old":1,"path":"a[1]"},{"new":0,"path":"a[4]"}]"#)
    let lines2 = ["~ a[1]  1 → 2", "+ a[4]  0"]
    let diff = try await place.evlog("diff", "log", "1", "2", "--machine", "list.js", "--json")
    #expect(try diff.json()["changes"] == wanted, "\(diff.output)")
    let bisect = try await place.evlog("bisect", "log", "--machine", "list.js", "--json")
    #expect(
      try bisect.json()["invariants"]?.arrayValue?.first?["changes"] == wanted, "\(bisect.output)")
    let whatIf = try await place.evlog(
      "what-if", "log", "--machine", "list.js", "--drop", "1", "--json")
    #expect(try whatIf.json()["changes"]?["first"] == wanted, "\(whatIf.output)")
    for command in [
      "diff log 1 2", "bisect log", "debug log --at 2 < /dev/null", "what-if log --drop 1",
    ] {
      let answer = try await place.shell(
        "evlog \(command.replacing("log", with: "log --machine list.js", maxReplacements: 1))")
      for line in lines2 { #expect(answer.output.contains(line), "\(command): \(answer.output)") }
    }
    let debug = try await place.shell("evlog debug log --at 2 --machine list.js --json < /dev/null")
    #expect(try debug.json()["changes"] == wanted, "\(debug.output)")
    for (path, value) in [("a[1]", 2), ("a[4]", 0)] {
      let blame = try await place.evlog("blame", "log", path, "--machine", "list.js", "--json")
      let json = try blame.json()
      #expect(json["value"] == .int(value))
      #expect(json["writers"]?.arrayValue?.last?["event"]?["offset"] == .int(1), "\(path)")
    }
    for path in ["a[0]", "a[2]", "a[3]"] {
      let blame = try await place.evlog("blame", "log", path, "--machine", "list.js", "--json")
      #expect(
        try blame.json()["writers"]?.arrayValue?.last?["event"]?["offset"] == .int(0), "\(path)")
    }
  }

  /// A name that could not be seen is in quotes, in every answer; another one is not.
  @Test(arguments: [("", "''"), (" x", "' x'"), ("x ", "'x '"), ("a b", "a b")])
  func aNameThatCannotBeSeenIsQuoted(_ name: String, _ shown: String) async throws {
    let place = try Workplace()
    try place.write(
      """
      machine("named", 1, { scope: "key", key: e => e.data.k, initial: { n: 0 },
        on: { add: (s, e) => { s.n += e.data.n }, fail: () => { throw new Error("no") } },
        invariants: { "i": always(s => s.n >= 0) } })
      """, to: "named.js")
    func event(_ type: String, _ n: Int) -> String {
      #"{"stream":"s","type":"\#(type)","data":{"k":"\#(name)","n":\#(n)}}"# + "\n"
    }
    try place.write(event("add", 1) + event("add", -5), to: "events.ndjson")
    try place.write(event("fail", 1), to: "more.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    func expect(_ text: String, from command: String) async throws {
      let answer = try await place.shell("evlog \(command)")
      let output = answer.output + answer.error
      #expect("\(output)\n".contains(text), "\(command): \(output)")
    }
    try await expect("state of    \(shown)  (1 key", from: "bisect log --machine named.js")
    try await expect("[2–end]  of \(shown)\n", from: "bisect log --machine named.js")
    try await expect(
      "  i  of \(shown)\n", from: "bisect log --machine named.js --violations")
    try await expect("(state) for \(shown)  named.js", from: "why log --machine named.js")
    try await expect("at offset 1 for \(shown)\n", from: "minimise log --machine named.js")
    try await expect(
      "n of \(shown)  is -4", from: "blame log n --machine named.js --key '\(name)'")
    try await expect("(state) of \(shown):", from: "what-if log --machine named.js --drop 1")
    try await expect(
      "  state of \(shown)\n", from: "debug log --machine named.js --at 2 < /dev/null")
    try await expect(
      "(state) for \(shown)\n",
      from: "bisect log --machine named.js --mode probe --key '\(name)'")
    #expect(try await place.evlog("import", "log", "more.ndjson", "--batch", "1").status == 0)
    try await expect("'\(name)' is undefined", from: "bisect log --machine named.js")
  }

  /// Each event keeps or violates a step by itself, though the one before violated it too.
  @Test func aStepIsViolatedByTheEventItself() async throws {
    let place = try Workplace()
    for scope in ["log", "stream"] {
      try place.write(
        """
        machine("m", 1, { scope: "\(scope)", initial: { n: 0 }, on: { "*": s => { s.n++ } },
          invariants: { "no B": step((b, e, a) => e.type !== "B"), "few": always(s => s.n < 1) } })
        """, to: "\(scope).js")
    }
    let lines = [("a", "B"), ("a", "B"), ("b", "A")].map { stream, type in
      #"{"stream":"\#(stream)","type":"\#(type)"}"# + "\n"
    }
    try place.write(lines.joined(), to: "events.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    for scope in ["log", "stream"] {
      let text = try await place.shell(
        "printf 'v\\nv\\n' | evlog debug log --machine \(scope).js")
      #expect(
        text.output.components(separatedBy: "! no B: violated by this event").count == 3,
        "\(text.output)")
      #expect(text.output.contains("! few: violated since cut 1"), "\(text.output)")
      let json = try await place.shell(
        "printf 'v\\nv\\nn\\n' | evlog debug log --machine \(scope).js --json")
      let since = try json.output.split(separator: "\n").map { line in
        try JSONParser.parse(String(line))["broken"]?.arrayValue?.first {
          $0["invariant"]?.stringValue == "no B"
        }?["since"]
      }
      let last = scope == "log" ? nil : JSONValue.int(2)
      #expect(since == [nil, .int(1), .int(2), last], "\(json.output)")
    }
  }

  /// What is left out is counted, and the place that the violation comes from is not among it.
  @Test func bisectSaysHowMuchMoreWasLookedAt() async throws {
    let place = try Workplace()
    try place.write(
      """
      machine("m", 1, { initial: { vc: {}, last: null },
        on: { Tick: (s, e) => { s.vc[e.data.h] = e.data.v }, Recv: (s, e) => { s.last = e.data.vc } },
        invariants: { "no future": always(s =>
          !s.last || Object.keys(s.last).every(h => s.last[h] <= (s.vc[h] ?? 0))) } })
      """, to: "m.js")
    let ticks = (1...6).map { #"{"stream":"s","type":"Tick","data":{"h":"h\#($0)","v":\#($0)}}"# }
    let last =
      #"{"stream":"s","type":"Recv","data":{"vc":{"h1":1,"h2":2,"h3":3,"h4":7,"h5":5,"h6":6}}}"#
    try place.write((ticks + [last]).joined(separator: "\n") + "\n", to: "events.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    let answer = try await place.evlog("bisect", "log", "--machine", "m.js")
    #expect(answer.output.contains("  before that vc.h4  4  written by 3\n"), "\(answer.output)")
    #expect(
      answer.output.contains(
        "\n              … and 1 more: evlog why log --machine m.js --invariant 'no future'\n"),
      "\(answer.output)")
    let json = try await place.evlog("bisect", "log", "--machine", "m.js", "--json").json()
    let finding = try #require(json["invariants"]?.arrayValue?.first)
    #expect(
      (finding["lastWriters"]?.arrayValue?.count ?? 0)
        + (finding["lastWritersLeftOut"]?.integer(Int.self) ?? 0) == 4)
    let why = try await place.evlog("why", "log", "--machine", "m.js")
    #expect(
      why.output.contains("next  evlog blame log --machine m.js vc.h4 --at 6\n"), "\(why.output)")
    #expect(why.output.contains("evlog what-if log --machine m.js --drop 3\n"), "\(why.output)")
    let diff = try await place.evlog("diff", "log", "--machine", "m.js", "6", "7")
    #expect(diff.output.contains("1 of 12 paths differ"), "\(diff.output)")
  }

  /// A number and its text are one key, for every verb.
  @Test func aKeyIsKnownByItsText() async throws {
    let place = try Workplace()
    try place.write(
      """
      machine("keys", 1, { initial: { n: 0 }, scope: "key", key: e => e.data,
        on: { t: s => { s.n++ } }, invariants: { once: always(s => s.n < 2) } })
      """, to: "keys.js")
    let keys = ["1", "\"1\"", "1.0", "true", "\"true\"", "-0.0", "null", "\"\""]
    let lines = keys.map { #"{"stream":"s","type":"t","data":\#($0)}"# }
    try place.write(lines.joined(separator: "\n"), to: "events.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    let state = try await place.evlog("state", "log", "--machine", "keys.js")
    let counts = try JSONParser.parse(Array(state.output.utf8)[...])
    #expect(
      counts
        == (try JSONParser.parse(
          Array(#"{"":{"n":1},"0":{"n":1},"1":{"n":3},"true":{"n":2}}"#.utf8)[...])))
    for workers in ["1", "2"] {
      let scan = try await place.evlog(
        "bisect", "log", "--machine", "keys.js", "--workers", workers, "--json"
      ).json()
      #expect(scan["keys"] == .int(4) && scan["unconcerned"] == .int(1))
      #expect(scan["invariants"]?.arrayValue?.first?["offset"] == .int(1))
    }
    let blame = try await place.evlog(
      "blame", "log", "n", "--key", "1", "--machine", "keys.js", "--json")
    #expect(try blame.json()["value"] == .int(3))
    #expect(try await place.evlog("audit", "log", "--machine", "keys.js").status == 0)
  }

  /// What a handler writes to its event is gone after it, whatever asks, and however often it is run.
  @Test(arguments: ["log", "stream", "key"]) func aHandlerMayWriteToItsEvent(_ scope: String)
    async throws
  {
    let place = try Workplace()
    let key = scope == "key" ? "key: e => e.stream," : ""
    try place.write(
      """
      machine("writes", 1, { initial: { n: 0 }, scope: "\(scope)", \(key)
        on: { t: (s, e) => { e.data.n *= 2; e.stream = "other"; s.n += e.data.n } },
        invariants: { few: always(s => s.n <= 6) } })
      """, to: "writes.js")
    let line = #"{"stream":"s","type":"t","data":{"n":2}}"#
    try place.write([line, line, line].joined(separator: "\n"), to: "events.ndjson")
    #expect(try await place.evlog("import", "log", "events.ndjson").status == 0)
    func ask(_ verb: String, _ option: String = "--workers=1") async throws -> Answer {
      try await place.evlog(verb, "log", "--machine", "writes.js", "--json", option)
    }
    let bisect = try await ask("bisect").json()["invariants"]?.arrayValue?.first
    #expect(bisect?["offset"] == .int(1))
    #expect(bisect?["event"]?["data"] == .object([("n", .int(2))]))
    let dropped = try await ask("what-if", "--drop=0").json()["invariants"]?.arrayValue?.first
    #expect(dropped?["change"] == .string("other"))
    let few = try await ask("minimise").json()["kept"]?.arrayValue
    #expect(few?.count == 2)
    #expect(try await ask("audit").status == 0)
  }

  /// Of a machine that holds a function without an identity nothing is kept, and that is said once.
  @Test func whatIsNotKeptIsSaidOnce() async throws {
    let place = try Workplace()
    let line = #"{"stream":"s","type":"left","data":{}}"#
    #expect(try await place.evlog("import", "log", "-", input: line).status == 0)
    for verb in [
      ["bisect"], ["why"], ["what-if", "--drop=0"], ["minimise"], ["replay", "--check"],
    ] {
      for (option, count) in [("--workers=1", 1), ("--no-snapshots", 0)] {
        let arguments = [verb[0], "log", "--machine", "Doors", option] + verb.dropFirst()
        let answer = try await place.run(
          Workplace.binaries.appending(path: "leaky-machines").path, arguments)
        #expect(answer.status == 1, "\(verb): \(answer.error)")
        let said = answer.error.components(separatedBy: "nothing is cached for this machine: 'key'")
        #expect(said.count == count + 1, "\(verb): \(answer.error)")
      }
    }
    let created = try await place.evlog(
      "snapshot", "create", "log", "--machine", "Doors", tool: "leaky-machines")
    #expect(
      created.status != 0 && created.error.contains("nothing can be cached"), "\(created.error)")
    let listed = try await place.evlog("snapshot", "list", "log", "--json").json()
    #expect(listed["snapshots"] == .array([]))
  }
}

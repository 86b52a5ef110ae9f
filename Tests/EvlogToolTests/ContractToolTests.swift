import EvlogJSON
import Foundation
import Testing

/// The verb `contract`, as people and programs use it.
@Suite struct ContractToolTests {
  private static let machine = #"""
    const sku = text(/^[A-Z]-\d+$/)
    machine("shop", 1, {
      initial: { events: 0 },
      on: { "*": s => { s.events++ } },
      events: {
        StockReserved: {
          sku, quantity: integer(1, 1000), order: text, note: optional(nullable(text(1, 20))),
        },
        OrderPlaced: [
          { order: text, lines: list({ sku, price: decimal(2) }, 1) },
          since(2, closed({ order: text, currency: oneOf("EUR", "USD"), lines: list })),
        ],
      },
    })
    """#

  private func makePlace() async throws -> Workplace {
    let place = try Workplace()
    try place.write(Self.machine, to: "shop.js")
    let lines = [
      #"{"stream":"sku-7","type":"StockReserved","time":"2026-01-01T00:00:00Z","data":{"sku":"A-7","quantity":3,"order":"o-1"}}"#,
      #"{"stream":"sku-7","type":"StockReserved","time":"2026-01-01T00:00:01Z","data":{"sku":"A-7","quantity":0,"order":"o-2"}}"#,
      #"{"stream":"o-1","type":"OrderPlaced","time":"2026-01-01T00:00:02Z","data":{"order":"o-1","lines":[{"sku":"A-7","price":"1.5"},{"sku":"B","price":"2"}]}}"#,
      #"{"stream":"x","type":"Seen","time":"2026-01-01T00:00:03Z"}"#,
    ]
    try place.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    _ = try await place.evlog("import", "shop.evlog", "events.ndjson")
    return place
  }

  /// From the first look to the refusal, as a person meets it.
  @Test func theStoryIsAsWritten() async throws {
    let place = try await makePlace()
    var story = ""
    for command in [
      "contract check shop.evlog --machine shop.js", "contract set shop.evlog --machine shop.js",
      "contract set shop.evlog --machine shop.js", "contract show shop.evlog",
      #"append shop.evlog --stream sku-7 --type StockReserved --data '{"sku":"A-7","quantity":1001,"order":"o-3"}'"#,
      #"append shop.evlog --stream sku-7 --type StockReserved --data '{"sku":"a-7","quantity":1,"order":"o-3"}'"#,
      #"append shop.evlog --stream sku-7 --type StockReserved --data '{"sku":"A-7","quantity":1,"order":"o-3"}'"#,
      "import shop.evlog events.ndjson", "import shop.evlog events.ndjson --as other",
      "contract check shop.evlog",
      "replay shop.evlog --machine shop.js --json | grep -o '\"cut\":[0-9]*'",
      "contract show shop.evlog --out shop.contract.json", "contract clear shop.evlog",
      "contract show shop.evlog", "contract set shop.evlog --contract shop.contract.json",
      "contract export shop.evlog", "contract export shop.evlog --out shop.schema.json",
      "contract import shop.schema.json --out again.json",
      "contract check shop.evlog --contract again.json",
    ] {
      let answer = try await place.shell("evlog \(command)")
      story += "$ evlog \(command)\n\(answer.output)\(answer.error)"
      if answer.status != 0 { story += "exit code \(answer.status)\n" }
    }
    try expectGolden(story.replacing(/imported in [^\n]*/, with: "imported"), "contract")
  }

  /// The JSON of each of its verbs.
  @Test func theJSONIsAsWritten() async throws {
    let place = try await makePlace()
    var lines = ""
    for command in [
      "check shop.evlog --machine shop.js", "show shop.evlog", "set shop.evlog --machine shop.js",
      "set shop.evlog --machine shop.js", "show shop.evlog", "export shop.evlog",
      "clear shop.evlog",
      "export --machine shop.js --out s.json", "import s.json",
    ] {
      let answer = try await place.shell("evlog contract \(command) --json")
      lines += answer.output.replacing(/"seconds":[0-9.e-]+/, with: #""seconds":TIME"#)
    }
    try expectGolden(lines, "contract-json")
  }

  /// What a person may get wrong is said in words, with exit code 2.
  @Test(arguments: [
    ("contract check shop.evlog", "The log has no contract of its own."),
    ("contract set shop.evlog", "Name a contract"),
    (
      "contract set shop.evlog --machine shop.js --contract x",
      "Choose one of --machine and --contract"
    ),
    ("contract set shop.evlog --contract nothing.json", "The file cannot be read"),
    ("contract set shop.evlog --contract events.ndjson", "its text is not JSON"),
    ("contract set shop.evlog --machine none.js", "has no contract: it has no 'events'"),
    ("contract set shop.evlog --machine bad.js", "there is no escape"),
    ("contract set shop.evlog --machine wrong.js", "events.A.x is an array: write list(...)"),
    ("contract set shop.evlog --machine big.js", "those beyond 2^53 - 1"),
    ("contract set nothing.evlog --machine shop.js", "There is no log"),
    ("contract export", "Name one of a log, --machine and --contract."),
    ("contract export shop.evlog --machine shop.js", "Name one of a log"),
    ("contract export shop.evlog", "The log has no contract."),
    ("contract import nothing.json", "The file cannot be read"),
    ("contract import events.ndjson", "is not JSON"),
    ("contract import shop.js", "is not JSON"),
    ("contract import plain.json", "To name the type: --type NAME."),
    ("contract show shop.evlog extra", "Unexpected argument"),
  ]) func mistakesAreSaid(command: String, reason: String) async throws {
    let place = try await makePlace()
    func machine(_ events: String) -> String {
      #"machine("m", 1, { initial: {}, on: { "*": () => {} }, \#(events) })"#
    }
    try place.write(machine(""), to: "none.js")
    try place.write(machine(#"events: { A: { x: text(/\q/) } }"#), to: "bad.js")
    try place.write(machine("events: { A: { x: [text] } }"), to: "wrong.js")
    try place.write(machine("events: { A: { x: integer(0, 2 ** 60) } }"), to: "big.js")
    try place.write(#"{"type":"object"}"#, to: "plain.json")
    let answer = try await place.shell("evlog \(command)")
    #expect([2, 74].contains(answer.status), "\(answer.status): \(answer.error)")
    #expect(answer.error.contains(reason), "\(answer.error)")
    #expect(answer.output.isEmpty)
    let events = try await place.evlog("stats", "shop.evlog", "--json").json()["events"]
    #expect(events == .int(4))
  }

  /// A contract that refuses everything stops no one from taking it away again, or from reading.
  @Test func aContractThatRefusesEverythingCanBeCleared() async throws {
    let place = try await makePlace()
    try place.write(#"{"contract":1,"closed":true,"events":{}}"#, to: "none.json")
    let check = try await place.evlog("contract", "check", "shop.evlog", "--contract", "none.json")
    #expect(check.status == 1 && check.output.contains("4 of 4 events would be refused"))
    #expect(
      try await place.evlog("contract", "set", "shop.evlog", "--contract", "none.json").status == 0)
    let refused = try await place.evlog("append", "shop.evlog", "--stream", "s", "--type", "T")
    #expect(refused.status == 2)
    #expect(refused.error.contains(#"type is "T", but must be absent: the contract names no type"#))
    #expect(try await place.evlog("read", "shop.evlog").status == 0)
    #expect(try await place.evlog("contract", "clear", "shop.evlog").status == 0)
    #expect(
      try await place.evlog("append", "shop.evlog", "--stream", "s", "--type", "T").status == 0)
  }

  /// A log that cannot be written to keeps what it has; a damaged one says so.
  @Test func aLogThatCannotBeWrittenIsLeftAlone() async throws {
    let place = try await makePlace()
    #expect(
      try await place.evlog("contract", "set", "shop.evlog", "--machine", "shop.js").status == 0)
    let files = try await place.shell(
      "ls shop.evlog/segments/*.active shop.evlog/segments/* | head -1")
    let segment = files.output.trimmingCharacters(in: .newlines)
    _ = try await place.shell("printf 'XXXX' | dd of=\(segment) bs=1 seek=200 conv=notrunc")
    let set = try await place.evlog("contract", "clear", "shop.evlog")
    #expect(set.status == 5, "\(set.error)")
    #expect(set.error.contains("Nothing was changed."), "\(set.error)")
    let show = try await place.evlog("contract", "show", "shop.evlog")
    #expect(show.status == 5, "\(show.output)\(show.error)")
  }

  /// Rules in JavaScript are the same contract as in its text.
  @Test func everyRuleCanBeWritten() async throws {
    let place = try Workplace()
    try place.write(
      #"""
      machine("m", 1, { initial: {}, on: { "*": () => {} }, events: closed({
        A: {
          any, boolean, integer, number, decimal, text, list, map, i: integer(undefined, 5),
          big: integer(0n, 2n ** 64n), n: number(-0.5, 1e3), d: decimal(2, "0.00", 10), d0: decimal(undefined, 1),
          t: text(/a\/b"\d/u, 1, 3), l: list(text, 1), m: map(integer(1)), v: "x", z: null, one: 1, yes: true,
          u: oneOf(text, null, { kind: "a" }), o: optional(nullable(text)), no: nullable(optional(text)),
          "odd \"key\"": closed({ x: any }), empty: {},
        },
      }) })
      """#, to: "m.js")
    let answer = try await place.evlog("contract", "export", "--machine", "m.js", "--json")
    #expect(answer.status == 1, "\(answer.error)")
    let contract = try answer.json()["contract"]
    #expect(contract?["closed"] == .bool(true))
    let fields = contract?["events"]?["A"]?.arrayValue?.first?["data"]?["record"]
    let expected = #"""
      {"any":"any","big":{"integer":{"from":0,"to":18446744073709551616}},"boolean":"boolean","d":{"decimal":{"from":0,
      "places":2,"to":10}},"d0":{"decimal":{"from":1}},"decimal":"decimal","empty":{"record":{}},"i":{"integer":{"to":5}},
      "integer":"integer","l":{"from":1,"list":"text"},"list":{"list":"any"},"m":{"others":{"integer":{"from":1}},
      "record":{}},"map":{"record":{}},"n":{"number":{"from":-0.5,"to":1000}},"no":{"oneOf":["text","null"]},
      "number":"number","o":{"oneOf":["text","null"]},"odd \"key\"":{"others":"none","record":{"x":"any"}},
      "one":{"value":1},"t":{"text":{"from":1,"matching":"a\\/b\"\\d","to":3}},"text":"text",
      "u":{"oneOf":["text","null",{"record":{"kind":{"value":"a"}}}]},"v":{"value":"x"},"yes":{"value":true},"z":"null"}
      """#
    #expect(fields == (try JSONParser.parse(expected)))
    #expect(answer.error.contains("the bounds of a decimal number in a text"))
  }
}

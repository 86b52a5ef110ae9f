import EvlogContracts
import EvlogCore
import EvlogJSON
import EvlogTesting
import Testing

@Suite struct ContractTests {
  /// Random rules and values, against a validator that is as plain as can be; and the text of each contract gives the
  /// same contract again.
  @Test(arguments: Seeds.first(400)) func aPlainValidatorSaysTheSame(seed: UInt64) throws {
    var rules = RandomRules(random: SeededGenerator(seed: seed))
    let plain = rules.rule(3)
    let contract = try Contract([EventContract("T", plain.rule)])
    let again = try Contract(parsing: contract.text)
    #expect(again == contract && again.fingerprint == contract.fingerprint, "seed \(seed)")
    #expect(again.events == contract.events, "seed \(seed)")
    let pretty = try Contract(parsing: contract.json.prettyText)
    #expect(pretty == contract, "seed \(seed)")
    var right = 0
    for _ in 0..<60 {
      let value = rules.random.oneIn(3) ? rules.value(3) : rules.value(for: plain, 3)
      let text = rules.text(of: value)
      let refusal = again.refusal(of: event("T", text))
      #expect(
        (refusal == nil) == plain.allows(value),
        "seed \(seed): \(contract.text) and \(text): \(refusal.map { "\($0)" } ?? "taken")")
      right += refusal == nil ? 1 : 0
    }
    _ = right
  }

  /// Exported as a JSON Schema and read again, a contract says the same.
  @Test(arguments: Seeds.first(200)) func schemasComeBack(seed: UInt64) throws {
    var rules = RandomRules(random: SeededGenerator(seed: seed))
    let contract = try Contract(
      [
        EventContract("A", rules.rule(3).rule), EventContract("B", rules.rule(2).rule),
        EventContract("B", since: 3, rules.rule(2).rule),
      ], closed: rules.random.oneIn(2))
    let (schema, gaps) = contract.jsonSchema()
    #expect(gaps.isEmpty, "seed \(seed): \(gaps)")
    let (back, missing) = try Contract.importing(jsonSchema: schema)
    #expect(missing.isEmpty, "seed \(seed): \(missing)")
    #expect(back.jsonSchema().schema == schema, "seed \(seed)")
    #expect(back.isClosed == contract.isClosed)
    for _ in 0..<40 {
      let (type, version) = [("A", 1), ("B", 1), ("B", 2), ("B", 3)][rules.random.below(4)]
      let one = event(type, rules.value(3).canonicalText, version: UInt32(version))
      #expect(
        (back.refusal(of: one) == nil) == (contract.refusal(of: one) == nil), "seed \(seed)")
    }
  }

  private let shop = try? Contract([
    EventContract(
      "StockReserved",
      [
        "sku": .text(matching: #"^[A-Z]-\d+$"#), "quantity": .integer(1...1000),
        "note": .optional(.text(length: 1...5)),
        "lines": .optional(.list(of: ["price": .decimal(places: 2)], count: 1...2)),
        "state": .optional(.nullable(.oneOf("open", "closed"))),
      ])
  ])

  /// What is refused is said with its place, its value and the rule.
  @Test(arguments: [
    (#"{"sku":"A-7","quantity":0}"#, "data.quantity is 0, but must be an integer from 1 to 1000"),
    (
      #"{"sku":"a-7","quantity":1}"#,
      #"data.sku is "a-7", but must be a text that matches /^[A-Z]-\d+$/"#
    ),
    (#"{"sku":"A-7"}"#, "data.quantity is missing, but must be an integer from 1 to 1000"),
    ("", "data.quantity is missing, but must be an integer from 1 to 1000"),
    (
      #"{"sku":"A-7","quantity":1,"note":null}"#,
      "data.note is null, but must be a text of 1 to 5 characters"
    ),
    (
      #"{"sku":"A-7","quantity":1,"lines":[{"price":"1.00"},{"price":"1.005"}]}"#,
      #"data.lines[1].price is "1.005", but must be a decimal number in a text with at most 2 places"#
    ),
    (
      #"{"sku":"A-7","quantity":1,"lines":[]}"#,
      "data.lines is [], but must be a list of 1 to 2 elements, each an object with price"
    ),
    (
      #"{"sku":"A-7","quantity":1,"state":"ajar"}"#,
      #"data.state is "ajar", but must be "open", "closed" or null"#
    ),
    (#"{"sku":"A-7","quantity":1,"sku":"A-7"}"#, "data.sku is there twice, but must be there once"),
    (
      #"{"sku":"A-7","#,
      #"data is {"sku":"A-7",, but must be JSON (A key in quotes is missing at byte 13)"#
    ),
    (
      "[1]", "data is [1], but must be an object with lines, note, quantity, sku, state"
    ),
    (
      #"{"sku":"A-7","quantity":1} x"#,
      "data is {\"sku\":\"A-7\",\"quantity\":1} x, but must be JSON (There is something after the value at byte 27)"
    ),
  ]) func aRefusalNamesPathValueAndRule(data: String, expected: String) throws {
    let contract = try #require(shop)
    #expect(contract.refusal(of: event("StockReserved", data)).map { "\($0)" } == expected)
  }

  @Test func whatIsNotNamedMayBeAnything() throws {
    let contract = try #require(shop)
    #expect(contract.refusal(of: event("Other", "x")) == nil)
    let more = #"{"sku":"A-7","quantity":1,"more":[1]}"#
    #expect(contract.refusal(of: event("StockReserved", more)) == nil)
    var bytes = event("StockReserved", more)
    bytes.contentType = "application/octet-stream"
    #expect(
      contract.refusal(of: bytes).map { "\($0)" }
        == #"contentType is "application/octet-stream", but must be "application/json""#)
    bytes.contentType = "application/cloudevents+json"
    #expect(contract.refusal(of: bytes) == nil)
  }

  @Test func aClosedContractRefusesTheRest() throws {
    let contract = try Contract(
      [
        EventContract("A", .record(["x": .any], closed: true)), EventContract("B", since: 2, .any),
      ], closed: true)
    func refusal(_ type: String, _ data: String, _ version: UInt32 = 1) -> String? {
      contract.refusal(of: event(type, data, version: version)).map { "\($0)" }
    }
    #expect(refusal("A", #"{"x":1}"#) == nil)
    #expect(
      refusal("A", #"{"x":1,"y":{}}"#)
        == "data.y is {}, but must be absent: it is not one of the record's fields")
    #expect(refusal("C", "{}") == #"type is "C", but must be one of A, B"#)
    #expect(refusal("B", "{}", 1) == "schemaVersion is 1, but must be an integer from 2 on")
    #expect(refusal("B", "{}", 2) == nil)
    #expect(refusal("evlog.quarantined", "{}") == nil)
    let none = try Contract([], closed: true)
    #expect(none.refusal(of: event("A", "{}")) != nil)
  }

  @Test func versionsHaveRulesOfTheirOwn() throws {
    let contract = try Contract([
      EventContract("A", since: 4, ["c": .text]), EventContract("A", since: 2, ["b": .text]),
    ])
    func takes(_ data: String, _ version: UInt32) -> Bool {
      contract.refusal(of: event("A", data, version: version)) == nil
    }
    #expect(takes("[]", 1))
    for version: UInt32 in [2, 3] {
      #expect(takes(#"{"b":""}"#, version) && !takes(#"{"c":""}"#, version))
    }
    for version: UInt32 in [4, 5, .max] {
      #expect(takes(#"{"c":""}"#, version) && !takes(#"{"b":""}"#, version))
    }
  }

  /// Beyond 2^53, and beyond every integer type, numbers are compared exactly.
  @Test func integersOfAnySizeAreExact() throws {
    let big = (Int128(1) << 53)...(Int128(1) << 100)
    let contract = try Contract([
      EventContract("T", .integer(big)), EventContract("W", .integer),
      EventContract("N", .number(from: JSONNumber(0.1))),
      EventContract("L", .integer(to: JSONNumber(9_007_199_254_740_993))),
    ])
    func takes(_ type: String, _ data: String) -> Bool {
      contract.refusal(of: event(type, data)) == nil
    }
    #expect(takes("T", "9007199254740992") && !takes("T", "9007199254740991"))
    #expect(takes("T", "1267650600228229401496703205376"))
    #expect(!takes("T", "1267650600228229401496703205377"))
    #expect(takes("T", "9007199254740992.0") && !takes("T", "9007199254740992.1"))
    #expect(takes("T", "1e20") && !takes("T", "-1e20") && !takes("T", "1e400"))
    #expect(takes("L", "9007199254740993") && !takes("L", "9007199254740994"))
    #expect(takes("L", "-99999999999999999999999999999999"))
    #expect(takes("W", "1e999999999999") && !takes("W", "1e-1") && takes("W", "10e-1"))
    #expect(takes("W", "-0") && takes("W", "0.000") && !takes("W", "0.5e0"))
    #expect(
      takes("N", "0.1") && takes("N", "0.10000000000000000001")
        && !takes("N", "0.09999999999999999999"))
  }

  @Test(arguments: [
    ("", "its text is not JSON"), ("[]", "is not an object with"),
    ("{}", #"it has no member "contract""#), (#"{"contract":2,"events":{}}"#, "it is of version 2"),
    (#"{"contract":1}"#, #"it has no object "events""#),
    (#"{"contract":1,"events":{},"x":1}"#, "'x' is not known here"),
    (#"{"contract":1,"events":{},"closed":1}"#, #""closed" is 1"#),
    (#"{"contract":1,"events":{"A":{}}}"#, "of A: it must be a list"),
    (#"{"contract":1,"events":{"A":[{"data":"txt"}]}}"#, "of A: 'txt' is not a rule"),
    (
      #"{"contract":1,"events":{"A":[{"data":"any"},{"data":"text"}]}}"#, "two rules from version 1"
    ),
    (#"{"contract":1,"events":{"A":[{"since":0,"data":"any"}]}}"#, "counted from 1"),
    (#"{"contract":1,"events":{"A":[{"data":{"record":{"x":7}}}]}}"#, "of A.x: 7 is not a rule"),
    (
      #"{"contract":1,"events":{"A":[{"data":{"integer":{"from":2,"to":1}}}]}}"#,
      "no number is from 2 to 1"
    ),
    (#"{"contract":1,"events":{"A":[{"data":{"integer":{"from":0.5}}}]}}"#, "bounds of an integer"),
    (
      #"{"contract":1,"events":{"A":[{"data":{"text":{"from":-1}}}]}}"#,
      "not a whole number from 0 on"
    ),
    (#"{"contract":1,"events":{"A":[{"data":{"oneOf":[]}}]}}"#, "no alternatives"),
    (#"{"contract":1,"events":{"A":[{"data":{"value":[]}}]}}"#, "a value is a text"),
    (
      #"{"contract":1,"events":{"A":[{"data":{"record":{},"optional":["x"]}}]}}"#,
      "which is not a field"
    ),
    (#"{"contract":1,"events":{"A":[{"data":{"record":{},"optional":1}}]}}"#, "needs a list"),
    (#"{"contract":1,"events":{"":[{"data":"any"}]}}"#, "has no name"),
    (#"{"contract":1,"events":{"evlog.x":[{"data":"any"}]}}"#, "evlog's own"),
  ]) func whatIsNoContractIsRefused(text: String, reason: String) throws {
    let error = #expect(throws: ContractError.self) { try Contract(parsing: text) }
    #expect("\(try #require(error))".contains(reason), "\(error.map { "\($0)" } ?? "")")
  }

  /// Alternatives in alternatives are tried one after the other: how often is bounded when the contract is read.
  @Test func alternativesHaveABound() throws {
    var rule = FieldRule.text
    for _ in 0..<9 { rule = .oneOf(["a": rule, "b": .any], ["a": rule, "c": .any]) }
    let error = #expect(throws: ContractError.self) { try Contract([EventContract("T", rule)]) }
    #expect("\(try #require(error))".contains("512 looks at one value, more than 256"))
    var nested = FieldRule.text
    for _ in 0..<100 { nested = ["x": nested] }
    #expect(throws: ContractError.self) { try Contract([EventContract("T", nested)]) }
    #expect(throws: ContractError.self) {
      try Contract([EventContract("T", .list(of: .optional(.text)))])
    }
    #expect(throws: ContractError.self) {
      try Contract([EventContract("T", ["a": .any, "a": .any])])
    }
  }

  /// What a contract cannot say of a schema, and a schema of a contract, is named.
  @Test func gapsAreNamed() throws {
    let schema = try JSONParser.parse(
      """
      {"type":"object","title":"x","required":["id","n"],"$defs":{"id":{"type":"string","format":"uuid"}},
       "properties":{"id":{"$ref":"#/$defs/id"},"n":{"type":"number","multipleOf":0.5},
        "p":{"type":"string","pattern":"(?=x)"},"u":{"type":["integer","null"],"minimum":1},
        "o":{"oneOf":[{"type":"string"},{"type":"string","minLength":2}]},"q":{"minimum":1},
        "self":{"$ref":"#/$defs/nothing"}},
       "patternProperties":{"^x":{}}}
      """)
    let (contract, gaps) = try Contract.importing(jsonSchema: schema, ofDataOf: "T")
    #expect(
      gaps.map { "\($0.part): \($0.what)" }.sorted() == [
        "T.id: 'format' \"uuid\"", "T.n: 'multipleOf'",
        "T.o: that exactly one of the alternatives of 'oneOf' holds",
        "T.p: the pattern /(?=x)/: look-ahead is not in the subset",
        "T.q: 'minimum' without a 'type'", "T.self: the reference \"#/$defs/nothing\"",
        "T: 'patternProperties'",
      ])
    #expect(contract.refusal(of: event("T", #"{"id":"x","n":1,"u":null}"#)) == nil)
    #expect(contract.refusal(of: event("T", #"{"id":"x","n":1,"u":0}"#)) != nil)
    let bounded = try Contract(
      [EventContract("T", since: 2, .decimal(places: 2, from: JSONNumber(0)))], closed: true)
    #expect(
      bounded.jsonSchema().gaps.map { "\($0.part): \($0.what)" } == [
        "T: the bounds of a decimal number in a text", "T: events of versions below 2 are refused",
      ])
    #expect(throws: ContractError.self) { try Contract.importing(jsonSchema: schema) }
  }
}

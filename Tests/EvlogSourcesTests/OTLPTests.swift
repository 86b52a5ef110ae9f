import EvlogJSON
import EvlogSources
import EvlogStore
import EvlogTesting
import Testing

@Suite struct OTLPTests {
  static let trace = "5b8efff798038103d269b633813fc60c"

  static let expected = [
    #"2 shop order {"attributes":{},"end":1767225600000400000,"events":[],"kind":"client","links":[{"attributes":{},"id":"00000000000000000000000000000001/0000000000000002"}],"start":1767225600000100000,"status":{"code":"unset"},"traceState":"a=1"} @2026-01-01T00:00:00.000100000Z id=\#(trace)/eee19b7ec3c1b174 correlation=\#(trace) metadata={"resource":{"attributes":{"service.name":"shop"},"schema_url":"https://opentelemetry.io/schemas/1.30.0"},"scope":{"attributes":{}}}"#,
    #"1 stock reserve {"attributes":{"quantity":3,"sizes":[0.5,true]},"end":1767225600000300000,"events":[{"attributes":{"exception.type":"SoldOut"},"name":"exception","time":1767225600000250000}],"kind":"server","links":[],"start":1767225600000200000,"status":{"code":"error","message":"sold out"}} @2026-01-01T00:00:00.000200000Z id=\#(trace)/eee19b7ec3c1b175 causation=\#(trace)/eee19b7ec3c1b174 correlation=\#(trace) metadata={"resource":{"attributes":{"service.name":"stock"}},"scope":{"attributes":{},"name":"http","version":"1.2"}}"#,
    #"3 stock audit {"attributes":{},"end":null,"events":[],"kind":"unspecified","links":[],"start":1767225600000500000,"status":{"code":"unset"}} @2026-01-01T00:00:00.000500000Z id=\#(trace)/eee19b7ec3c1b199 causation=\#(trace)/ffffffffffffffff correlation=\#(trace) metadata={"resource":{"attributes":{"service.name":"stock"}},"scope":{"attributes":{}}}"#,
  ]

  @Test func theFixture() throws {
    let input = try Input.fixture("traces.jsonl")
    let events = try input.events { OTLPSource($0) }
    for (event, expected) in zip(events, Self.expected) { #expect(line(event) == expected) }
    #expect(events.count == 3)
    // Of a file that still grows, the parent of the third may still come.
    var source = OTLPSource(try InputBytes(input.path), isGrowing: true)
    defer { source.input.close() }
    var growing: [String] = []
    while let event = try source.next() { growing.append(line(event)) }
    #expect(growing == Array(Self.expected.prefix(2)))
    #expect(source.waitingCount == 1)
  }

  private func span(_ id: Int, parent: Int = 0, _ more: String = "") -> String {
    func hex(_ id: Int) -> String {
      let digits = String(id, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    let parent = parent == 0 ? "" : ",\"parentSpanId\":\"\(hex(parent))\""
    return
      "{\"traceId\":\"\(Self.trace)\",\"spanId\":\"\(hex(id))\",\"name\":\"s\(id)\"\(parent)\(more)}"
  }

  private func request(_ spans: [String], service: String = "a") -> String {
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
      + "{\"stringValue\":\"\(service)\"}}]},\"scopeSpans\":[{\"spans\":[\(spans.joined(separator: ","))]}]}]}"
  }

  /// Each span comes after its parent, those without one in their order; and what follows changes nothing of
  /// what was given.
  @Test(arguments: 0..<30) func parentsComeFirst(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...40, using: &random)
    // Some parents never come, and some are their own ancestors.
    let parents = (1...count).map { _ in
      Bool.random(using: &random) ? Int.random(in: 0...(count + 3), using: &random) : 0
    }
    var order = Array(1...count)
    order.shuffle(using: &random)
    var lines: [String] = []
    for id in order { lines.append(request([span(id, parent: parents[id - 1])])) }
    func names(_ count: Int, isGrowing: Bool) throws -> [String] {
      try Input(lines.prefix(count).joined(separator: "\n"))
        .events { OTLPSource($0, isGrowing: isGrowing) }.map(\.event.type)
    }
    let all = try names(count, isGrowing: false)
    #expect(all.sorted() == order.map { "s\($0)" }.sorted())
    let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($0.element, $0.offset) })
    func isCyclic(_ id: Int) -> Bool {
      var seen: Set<Int> = []
      var next = id
      while next > 0, next <= count {
        if !seen.insert(next).inserted { return true }; next = parents[next - 1]
      }
      return false
    }
    for id in 1...count where (1...count).contains(parents[id - 1]) && !isCyclic(id) {
      #expect(try #require(places["s\(parents[id - 1])"]) < places["s\(id)"] ?? -1)
    }
    let whole = try names(count, isGrowing: true)
    for some in 0..<count {
      let part = try names(some, isGrowing: true)
      #expect(part == Array(whole.prefix(part.count)))
    }
    #expect(whole == Array(all.prefix(whole.count)))
  }

  @Test(arguments: [
    ("[1]", "line 1, column 1: a line must be a JSON object, and this is an array"),
    ("\n{\"resourceSpans\":[}", "line 2, column 19: a line must be a JSON object: "),
    (
      "{\"resourceLogs\":[]}",
      "line 1: 'resourceLogs' is not what a line of spans has, which is resourceSpans."
    ),
    ("{\"resourceSpans\":{}}", "line 1: 'resourceSpans' must be an array."),
    (
      "{\"resourceSpans\":[],\"resource_spans\":[]}",
      "line 1: 'resourceSpans' is there in two spellings."
    ),
    (
      "{\"resourceSpans\":[],\"resourceSpans\":[]}",
      "line 1: an object has the key 'resourceSpans' twice."
    ),
    (
      "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[]}]}]}",
      "line 1: the resource has no service.name."
    ),
    ("{\"resourceSpans\":[1]}", "line 1: resourceSpans[0]: it must be an object."),
  ]) func whatIsNoRequestIsNamed(text: String, expected: String) throws {
    let error = try #require(try Input(text).error { OTLPSource($0) })
    #expect(error.hasPrefix("input, \(expected)"), "\(error)")
  }

  @Test(arguments: [
    ("{}", "the span has no traceId."),
    (
      "{\"traceId\":\"W47/95gDgQPSabYzgT/GDA==\"}",
      "'traceId' must be 32 hexadecimal digits; it is 'W47/95gDgQPSabYzgT/GDA=='."
    ),
    (
      "{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"0000000000000000\"}",
      "the span has no spanId."
    ),
    (#","kind":9"#, "'kind' must be a number from 0 to 5."),
    (#","startTimeUnixNano":"-1""#, "'startTimeUnixNano' must be a whole number."),
    (#","startTimeUnixNano":"18446744073709551615""#, "the span begins after the year 2262."),
    (
      #","startTimeUnixNano":"184467440737095516150""#,
      "'startTimeUnixNano' must be a whole number."
    ),
    (
      #","attributes":[{"key":"a","value":{"intValue":"1"}},{"key":"a"}]"#,
      ".attributes[1]: the key 'a' appears twice."
    ),
    (
      #","attributes":[{"key":"a","value":{"intValue":"1.5"}}]"#,
      ".attributes[0].value: 'intValue' is not a value of OTLP."
    ),
    (
      #","attributes":[{"key":"a","value":{"intValue":"1","boolValue":true}}]"#,
      ".attributes[0].value: it has more than one value."
    ),
    (#","links":[{}]"#, ".links[0]: the link names no span."),
    (#","end":1"#, "'end' is not one of its fields, and the event has one of that name."),
  ]) func whatIsNoSpanIsNamed(text: String, expected: String) throws {
    let span = text.hasPrefix(",") ? self.span(1, text) : text
    let error = try #require(try Input(request([span])).error { OTLPSource($0) })
    let place = "input, line 1: resourceSpans[0].scopeSpans[0].spans[0]"
    #expect(error == place + (expected.hasPrefix(".") ? "" : ": ") + expected)
  }

  @Test func attributesBecomePlain() throws {
    let values = [
      (#"{"stringValue":"é"}"#, #""é""#), (#"{"boolValue":false}"#, "false"),
      (#"{"intValue":"-9223372036854775808"}"#, "-9223372036854775808"), (#"{"int_value":7}"#, "7"),
      (#"{"doubleValue":1.25}"#, "1.25"), (#"{"doubleValue":"NaN"}"#, #""NaN""#),
      (#"{"bytesValue":"AAE="}"#, #""AAE=""#), ("{}", "null"), ("null", "null"),
      (#"{"arrayValue":{}}"#, "[]"),
      (
        #"{"kvlistValue":{"values":[{"key":"b","value":{"arrayValue":{"values":[{}]}}}]}}"#,
        #"{"b":[null]}"#
      ),
    ]
    for (value, expected) in values {
      let more = ",\"attributes\":[{\"key\":\"k\",\"value\":\(value)}]"
      let events = try Input(request([span(1, more)])).events { OTLPSource($0) }
      let data = try JSONParser.parse(events[0].event.data[...])
      #expect(data["attributes"]?["k"]?.canonicalText == expected)
    }
  }

  @Test func aServiceCanBeNamed() throws {
    let text = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[\(span(1))]}]}]}"
    let events = try Input(text).events { OTLPSource($0, defaultService: "x") }
    #expect(events.map(\.event.stream) == ["x"])
  }

  @Test func deepAttributesAreRefused() throws {
    let open = String(repeating: #"{"arrayValue":{"values":["#, count: 300)
    let more = ",\"attributes\":[{\"key\":\"k\",\"value\":\(open)"
    let error = try Input(request([span(1, more)])).error { OTLPSource($0) }
    #expect(error?.contains("a line must be a JSON object") == true)
  }
}

import EvlogSources
import EvlogStore
import EvlogTesting
import Testing

/// Events made of JSON in other shapes.
@Suite struct MappingTests {
  private func source(
    _ input: InputBytes, _ map: String, _ layout: JSONRecords.Layout = .lines,
    times: TimeFormat = .rfc3339
  ) throws -> JSONSource {
    JSONSource(input, layout, mapper: try JSONMapper(try EventMapping(map), times: times))
  }

  private func events(_ text: String, _ map: String, times: TimeFormat = .rfc3339) throws
    -> [String]
  {
    try Input(text).events { try source($0, map, times: times) }.map(line)
  }

  @Test func pathsConstantsAndJoins() throws {
    let text =
      #"{"order":{"id":7,"lines":[{"sku":"A-7"},{"sku":"B"}]},"kind":"placed","by":["x","y"],"é k":true}"#
    #expect(
      try events(
        text + "\n",
        #"stream="order-"+order.id, type=kind, id=$.order.lines[1].sku+'/'+["é k"],data=order.lines[0],causation=by,correlation='c',metadata=$.by"#
      ) == [
        #"1 order-7 placed {"sku":"A-7"} id=B/true causation=x,y correlation=c metadata=["x","y"]"#
      ])
    // Without data, it is all of the record; the bytes stay as they are.
    #expect(try events(" { \"a\" : 1.0 }\r", "stream=a,type='t'") == [#"1 1.0 t { "a" : 1.0 }"#])
    // The last of two members counts, with all that is in it.
    #expect(
      try events(#"{"a":{"b":"x","c":1},"a":{"c":"z"},"t":1}"#, "stream=a.c,type=t,id=a.b,data=a")
        == [#"1 z 1 {"c":"z"}"#])
    #expect(try events(#"[1,"é"]"#, "stream=[1],type='t',data=[0]") == ["1 é t 1"])
    #expect(
      try events("{\"state\":\"a\",\"x-y\":2}", "stream=state,type=x-y,data=$.state") == [
        "1 a 2 \"a\""
      ])
  }

  @Test func jsonWithinTexts() throws {
    let text = #"{"k":"7","v":"{\"id\":\"\\u00e9\",\"n\":1.50}"}"#
    #expect(
      try events(text, "stream=json(v).id,type=k,data=json(v),id=json(v).n")
        == [#"1 é 7 {"id":"\u00e9","n":1.50} id=1.50"#])
    #expect(
      try Input(#"{"k":"7","v":"{"}"#).error { try source($0, "stream=k,type=k,data=json(v)") }
        == "input, line 1, column 14: the text is not JSON: A key in quotes is missing at byte 1.")
    #expect(try events(#"{"k":"7","v":null}"#, "stream=k,type=k,data=json(v)") == ["1 7 7 "])
  }

  @Test(arguments: [
    (TimeFormat.epochSeconds, "1767225600", "2026-01-01T00:00:00.000000000Z"),
    (.epochSeconds, "1767225600.25", "2026-01-01T00:00:00.250000000Z"),
    (.epochSeconds, "1.7672256e9", "2026-01-01T00:00:00.000000000Z"),
    (.epochMilliseconds, "\"1767225600001\"", "2026-01-01T00:00:00.001000000Z"),
    (.epochMilliseconds, "-1", "1969-12-31T23:59:59.999000000Z"),
    (.epochMicroseconds, "1767225600000001", "2026-01-01T00:00:00.000001000Z"),
    (.epochNanoseconds, "1767225600000000001", "2026-01-01T00:00:00.000000001Z"),
    (.epochNanoseconds, "-9223372036854775808", "1677-09-21T00:12:43.145224192Z"),
    (.rfc3339, "\"2026-01-01T01:00:00+01:00\"", "2026-01-01T00:00:00.000000000Z"),
  ]) func times(format: TimeFormat, written: String, expected: String) throws {
    #expect(
      try events("{\"t\":\(written)}", "stream='s',type='t',time=t,data=t", times: format)
        == ["1 s t \(written) @\(expected)"])
  }

  @Test(arguments: [
    (TimeFormat.epochSeconds, "9223372037"), (.epochSeconds, "\"noon\""), (.epochSeconds, "\"\""),
    (.epochSeconds, "\"1.\""), (.epochSeconds, "\"-\""), (.epochSeconds, "\"1.2.3\""),
    (.epochNanoseconds, "0.5"), (.epochMilliseconds, "0.0000001"), (.rfc3339, "1767225600"),
    (.epochNanoseconds, "9223372036854775808"), (.epochSeconds, "true"),
  ]) func whatIsNoTimeIsRefused(format: TimeFormat, written: String) throws {
    let error = try Input("{\"é\":1,\"t\":\(written)}").error {
      try source($0, "stream='s',type='t',time=t", times: format)
    }
    #expect(
      error?.hasPrefix("input, line 1, column 12: 'time' must be a ") == true, "\(error ?? "")")
    if format == .rfc3339 { #expect(error?.contains("name its unit: epoch-s") == true) }
  }

  @Test(arguments: [
    ("stream", "a field is missing, as in stream=order.id, at character 1"),
    ("", "a field is missing, as in stream=order.id, at character 1"),
    ("streem=a", "'streem' is not a field of an event. There are stream, type, time, data,"),
    ("stream=a,stream=b", "'stream' appears twice"),
    ("stream=", "a path or a text in quotes is missing at character 8"),
    ("stream=a+", "a path or a text in quotes is missing at character 10"),
    ("stream=\"a", "the text has no end at character 8"),
    ("stream='a'b", "a comma or a '+' is missing at character 11"),
    ("stream=json(a", "a ')' is missing"),
    ("data=a+b", "'data' is a single value; it cannot be joined from several"),
    ("stream=a[id=7]", "an element of an array is named by its index, as in lines[0].sku"),
  ]) func whatIsNoMappingIsSaid(text: String, expected: String) {
    #expect { _ = try JSONMapper(try EventMapping(text)) } throws: {
      "\($0)".hasPrefix(expected)
    }
  }

  @Test(arguments: [
    (#"{"a":1}"#, "stream=b,type=a", "column 1: 'stream' is missing: there is no value for b."),
    (
      #"{"a":null}"#, "stream=a,type='t'", "column 6: 'stream' is missing: there is no value for a."
    ),
    (
      #"{"a":{}}"#, "stream=a,type='t'",
      "column 6: a is an object or an array, not a text or a number."
    ),
    (#"{"a":"","t":1}"#, "stream=a,type=t", "column 1: 'stream' is empty."),
    (#"{"a":1,}"#, "stream=a,type=a", "column 8: A key in quotes is missing."),
    (
      #"{"a":1,"v":-1}"#, "stream=a,type=a,schemaVersion=v",
      "column 12: 'schemaVersion' must be a whole number."
    ),
    (
      #"{"a":1,"v":[1]}"#, "stream=a,type=a,causation=v",
      "column 12: 'causation' must be a text, or an array of texts."
    ),
    (#"{"a":1,"v":"?"}"#, "stream=a,type=a,data64=v", "column 12: 'data64' must be base64."),
  ]) func whatCannotBeMappedIsNamed(text: String, map: String, expected: String) throws {
    #expect(try Input(text).error { try source($0, map) } == "input, line 1, \(expected)")
  }

  @Test func unseenPathsAreTold() throws {
    let input = try Input("{\"a\":1}\n{\"a\":2,\"c\":1}\n")
    var source = try source(try InputBytes(input.path), "stream=a,type='t',id=b,correlation=c")
    defer { source.input.close() }
    while try source.next() != nil {}
    #expect(source.unseenPaths == ["b"])
    #expect(source.recordCount == 2)
  }

  // MARK: Arrays

  @Test func arraysOfEvents() throws {
    let text =
      "\u{FEFF} [ {\"stream\":\"a\",\n\"type\":\"t\"} ,{\"stream\":\"é]\\\"\",\"type\":\"u\"}\n]\n"
    let events = try Input(text).events { JSONSource($0, .array) }
    #expect(events.map(line) == ["1 a t ", "2 é]\" u "])
    #expect(try Input("[]").events { JSONSource($0, .array) }.isEmpty)
    #expect(
      try Input("[1, \"a\",[2]]").events { try source($0, "stream='s',type='t',data=$", .array) }
        .map(line)
        == ["1 s t 1", "1 s t \"a\"", "1 s t [2]"])
  }

  @Test(arguments: [
    ("", "line 1, column 1: there is no JSON array."),
    ("{\"stream\":\"a\"}", "line 1, column 1: a JSON array begins with '['."),
    ("[1,\n 2", "line 2, column 3: the array that begins on line 1 has no end."),
    ("[\n{\"é\":", "line 2, column 1: the input ends inside of what begins here."),
    ("[1 2]", "line 1, column 4: a comma or the end of the array is missing."),
    ("[1,]", "line 1, column 4: a value is missing."),
    ("[,1]", "line 1, column 2: a value is missing."),
    ("[1]\n [2]", "line 2, column 2: there is something after the array."),
    ("[\n1,\n {\"é\":\n 01}]", "line 4, column 2: A number begins with 0."),
    ("[tru]", "line 1, column 2: This is not a value."),
  ]) func whatIsNoArrayIsNamed(text: String, expected: String) throws {
    let error = try Input(text).error { try source($0, "stream='s',type='t'", .array) }
    #expect(error?.hasPrefix("input, \(expected)") == true, "\(error ?? "nothing")")
  }

  @Test func dataOverSeveralLinesIsPutOnOne() throws {
    let text =
      "[\n  {\n    \"stream\": \"a\", \"type\": \"t\",\n    \"data\": [\n 1.0,\n \" \\n\\\" \"\n]\n  }\n]"
    let expected = #"a t [1.0," \n\" "]"#
    #expect(try Input(text).events { JSONSource($0, .array) }.map(line) == ["2 " + expected])
    let mapped = try Input(text).events {
      try source($0, "stream=stream,type=type,data=data", .array)
    }
    #expect(mapped.map(line) == ["2 " + expected])
  }

  @Test func elementsHaveTheirPlaces() throws {
    #expect(
      try Input("[{\"stream\":\"a\",\"type\":\"t\"},\n  {\"stream\":\"é\",\n\"type\":7}]").error {
        JSONSource($0, .array)
      } == "input, line 3, column 8: 'type' must be a text.")
    #expect(
      try Input("[ 7]").error { JSONSource($0, .array) }
        == "input, line 1, column 3: an element must be a JSON object: There is no object.")
  }

  /// The pieces in which the bytes come do not matter.
  @Test func piecesDoNotMatter() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let text = RandomText.array(using: &random)
      func read(_ pieces: [[UInt8]]) -> [String] {
        EvlogSourcesTests.read {
          try source(try InputBytes("input", pieces: pieces), "stream='s',type='t'", .array)
        }
      }
      let whole = read([text])
      for pieces in [text.map { [$0] }, RandomText.pieces(of: text, using: &random)] {
        #expect(read(pieces) == whole, "seed \(seed)")
      }
    }
  }
}

/// What a source gives, event by event, and the error with which it ends; refused records are passed over.
func read(_ make: () throws -> some InputSource) -> [String] {
  var result: [String] = []
  do {
    var source = try make()
    while true {
      do {
        guard let event = try source.next() else { return result }
        result.append(line(event))
      } catch {
        result.append("\(error)")
        if error.record == nil { return result }
      }
    }
  } catch {
    return result + ["\(error)"]
  }
}

/// Texts that are nearly right, and pieces of them.
enum RandomText {
  static func pieces(of text: [UInt8], using random: inout SeededGenerator) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = text[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 0...9, using: &random))
      pieces.append(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }

  static func array(using random: inout SeededGenerator) -> [UInt8] {
    let parts = [
      "{\"a\":[1,\"\\\"]\"]}", "{}", "\"é\\\\\"", "12.5", "null", "[[],{\"b\":\"}\"}]", " \n", "01",
      "tru",
    ]
    var text = "["
    for i in 0..<Int.random(in: 0...8, using: &random) {
      if i > 0 { text += Int.random(in: 0..<20, using: &random) == 0 ? " " : "," }
      text += (parts.randomElement(using: &random) ?? "") + (i % 3 == 0 ? "\n" : "")
    }
    if Int.random(in: 0..<10, using: &random) > 0 { text += "]" }
    return Array(text.utf8)
  }
}

import EvlogSources
import EvlogStore
import EvlogTesting
import Testing

/// Events as rows of CSV.
@Suite struct CSVTests {
  private func source(
    _ input: InputBytes, _ map: String?, infer: Bool = false, separator: Unicode.Scalar = ","
  ) throws -> CSVSource {
    var options = CSVSource.Options()
    options.mapping = try map.map { try EventMapping($0) }
    options.infersNumbers = infer
    options.separator = UInt8(ascii: separator)
    return CSVSource(input, options)
  }

  private func events(
    _ text: String, _ map: String?, infer: Bool = false, separator: Unicode.Scalar = ","
  ) throws -> [String] {
    try Input(text).events { try source($0, map, infer: infer, separator: separator) }.map(line)
  }

  @Test func columnsBecomeFieldsAndData() throws {
    let text =
      "\u{FEFF}id,kind,n,note\r\n7,placed,1.50,\"a, \"\"b\"\"\r\nc\"\r\n\r\n8,sent,,\"\"\r\n9,x,007,é"
    let map = "stream='order-'+id,type=kind"
    #expect(
      try events(text, map) == [
        #"2 order-7 placed {"n":"1.50","note":"a, \"b\"\r\nc"}"#,
        #"5 order-8 sent {"n":null,"note":""}"#, #"6 order-9 x {"n":"007","note":"é"}"#,
      ])
    #expect(
      try events(text, map + ",id=n", infer: true) == [
        #"2 order-7 placed {"note":"a, \"b\"\r\nc"} id=1.50"#, #"5 order-8 sent {"note":""}"#,
        #"6 order-9 x {"note":"é"} id=007"#,
      ])
    #expect(
      try events("a;b\n1;2\n-0;1e5\n01;\"3\"\n", "stream='s',type='t'", infer: true, separator: ";")
        == [
          #"2 s t {"a":1,"b":2}"#, #"3 s t {"a":-0,"b":1e5}"#, #"4 s t {"a":"01","b":"3"}"#,
        ])
    #expect(
      try events("a b,c.d,e\n1,2,\"{\"\"x\"\":3}\"\n", "stream=a b,type=[\"c.d\"],id=c.d,data=$")
        == [
          #"2 1 2 {"a b":"1","c.d":"2","e":"{\"x\":3}"} id=2"#
        ])
    #expect(
      try events("s,e\n1,\"{\"\"x\"\": [3]}\"\n", "stream=s,type=json(e).x[0],data=json(e)")
        == [#"2 1 3 {"x": [3]}"#])
  }

  /// Without a mapping, the columns are those of an event.
  @Test func columnsMayBeFields() throws {
    let text = """
      offset,stream,type,time,id,causation,correlation,schemaVersion,contentType,metadata,data,data64
      0,a,t,2026-01-01T00:00:00Z,"",c,k,2,,"{""m"":1}",[1],
      1,"b ",t,,,"[""x"",""[y""]",,,x/y,,,AP8=

      """
    let events = try Input(text).events { try source($0, nil) }
    #expect(
      events.map(\.event) == [
        NewEvent(
          stream: "a", type: "t", data: Array("[1]".utf8), schemaVersion: 2,
          recordedAt: Timestamp("2026-01-01"), id: "", causation: ["c"], correlation: "k",
          metadata: Array("{\"m\":1}".utf8)),
        NewEvent(
          stream: "b ", type: "t", data: [0, 0xFF], contentType: "x/y", causation: ["x", "[y"]),
      ])
    #expect(try self.events("", nil) == [])
    #expect(try self.events("stream,type\n", nil) == [])
  }

  @Test(arguments: [
    ("a,b\n1\n", "line 2, column 1: the first row names 2 columns, and this row has 1."),
    (
      "a,b\n1,2\n\"1\n\",2,3\n",
      "line 3, column 1: the first row names 2 columns, and this row has 3."
    ),
    (
      "a,b\n1,é\"\n", "line 2, column 4: a quote stands within a field that does not begin with one"
    ),
    ("a,b\n\"1\"2,3\n", "line 2, column 4: after the quote at the end of a field, a separator or"),
    ("a,b\n1,\"2\n3", "line 2, column 3: the quote that begins here has no end."),
    ("a,b\n1\r2,3\n", "line 2, column 2: a carriage return without a line feed must be in quotes."),
    ("a,a\n", "line 1, column 3: two columns have the name 'a'."),
    ("a,c\n1,2\n", "line 1, column 1: there is no column 'b'. There are a, c."),
    ("a,b\n1,\n", "line 2, column 3: 'type' is missing: there is no value for b."),
  ]) func whatIsNoRowIsNamed(text: String, expected: String) throws {
    let error = try Input(text).error { try source($0, "stream=a,type=b") }
    #expect(error?.hasPrefix("input, \(expected)") == true, "\(error ?? "nothing")")
  }

  @Test func theFirstRowMustNameFields() throws {
    let error = try Input("stream,kind\n").error { try source($0, nil) }
    #expect(error?.hasPrefix("input, line 1, column 8: 'kind' is not a field of an event.") == true)
    #expect(
      try Input([0xFF, 0xFE, 0x61, 0]).error { try source($0, nil) }?.contains("iconv -f UTF-16")
        == true)
  }

  /// What follows a row that is refused is read.
  @Test func refusedRowsArePassedOver() throws {
    let input = try Input(
      Array("a,b\n1,x\n2\"\"\"3,\"y\n4,z\n".utf8) + [0x35, 0x2C, 0xC3, 0x0A] + Array("6,w\n".utf8))
    let all = read { try source(try InputBytes(input.path), "stream=a,type=b,data=b") }
      .map { $0.replacing(input.path, with: "input") }
    try #require(all.count == 5, "\(all)")
    #expect(all[0] == "2 1 x \"x\"")
    #expect(all[1].hasPrefix("input, line 3, column 2: a quote stands within"), "\(all)")
    #expect(all[2] == "4 4 z \"z\"")
    #expect(all[3].hasPrefix("input, line 5, column 1: the row is not UTF-8"), "\(all)")
    #expect(all[4] == "6 6 w \"w\"")
  }

  /// The pieces in which the bytes come do not matter.
  @Test func piecesDoNotMatter() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let parts = ["a", "é", ",", ",", "\n", "\r\n", "\"", "\"\"", "\"x\"", "\r", "1", ""]
    for _ in 0..<300 {
      var text = Array("a,b\n".utf8)
      for _ in 0..<Int.random(in: 0...24, using: &random) {
        text += Array((parts.randomElement(using: &random) ?? "").utf8)
      }
      func read(_ pieces: [[UInt8]]) -> [String] {
        EvlogSourcesTests.read {
          try source(try InputBytes("input", pieces: pieces), "stream='s',type='t'")
        }
      }
      let whole = read([text])
      for pieces in [text.map { [$0] }, RandomText.pieces(of: text, using: &random)] {
        #expect(read(pieces) == whole, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
      }
    }
  }
}

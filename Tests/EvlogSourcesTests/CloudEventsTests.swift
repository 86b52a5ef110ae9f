import EvlogSources
import EvlogStore
import Testing

@Suite struct CloudEventsTests {
  private func events(_ text: String, _ map: String? = nil) throws -> [String] {
    try Input(text).events {
      CloudEventsSource(
        $0, mapper: try map.map { try JSONMapper(try EventMapping($0), keepsData: true) })
    }.map(line)
  }

  private static let one =
    #"{"specversion":"1.0","id":"A-1","source":"/shop","type":"placed","subject":"order-7","time":"2026-01-01T00:00:00Z","traceparent":"00-ab","n":3,"data":{ "n": 1.0 }}"#
  private static let expected =
    #"1 order-7 placed { "n": 1.0 } @2026-01-01T00:00:00.000000000Z id=A-1 metadata={"source":"/shop","traceparent":"00-ab","n":3}"#

  @Test func oneABatchAndLines() throws {
    let other = #"{"specversion":"1.0","id":"A-2","source":"/shop","type":"sent"}"#
    let sent = #" /shop sent  id=A-2 metadata={"source":"/shop"}"#
    #expect(try events(Self.one) == [Self.expected])
    #expect(try events("[\(Self.one),\n\(other)]") == [Self.expected, "2" + sent])
    #expect(try events("\(Self.one)\n\(other)\n") == [Self.expected, "2" + sent])
    #expect(try events(other.replacing(",", with: ",\n")) == ["1" + sent])
    #expect(try events("") == [])
    #expect(try events("[]\n[]") == [])
  }

  @Test func dataOfOtherTypes() throws {
    func data(_ members: String) throws -> NewEvent? {
      try Input(#"{"specversion":"1.0","id":"1","source":"s","type":"t",\#(members)}"#)
        .events { CloudEventsSource($0) }.first?.event
    }
    #expect(try data(#""data_base64":"AP8=""#)?.data == [0, 0xFF])
    let xml = try data(#""datacontenttype":"application/xml","data":"<\u00e9/>""#)
    #expect(xml?.data == Array("<é/>".utf8))
    #expect(xml?.contentType == "application/xml")
    #expect(try data(#""datacontenttype":"a/b+json","data":"x""#)?.data == Array("\"x\"".utf8))
    #expect(
      try data(#""datacontenttype":"text/plain","data":[1, 2]"#)?.data == Array("[1, 2]".utf8))
    #expect(try data(#""data":null,"subject":null"#)?.data == Array("null".utf8))
    let causes = try data(#""correlationid":"k","causationid":"c""#)
    #expect(causes?.correlation == "k" && causes?.causation == ["c"])
  }

  @Test func theSameEventAgainIsPassedOver() throws {
    let input = try Input(
      "\(Self.one)\n\(Self.one.replacing("00-ab", with: "00-cd"))\n\(Self.one.replacing("/shop", with: "/other"))"
    )
    var source = CloudEventsSource(try InputBytes(input.path))
    defer { source.input.close() }
    var lines: [Int] = []
    while let event = try source.next() { lines.append(event.line) }
    #expect(lines == [1, 3])
    #expect(source.passedOver.map(\.count) == [1])
    #expect(source.recordCount == 3)
    let changed = try Input("\(Self.one)\n\(Self.one.replacing("1.0 }", with: "2 }"))")
      .error { CloudEventsSource($0) }
    #expect(
      changed
        == "input, line 2, column 1: an event with another subject, type or data has the same source and id."
    )
  }

  @Test func aMappingChangesTheFields() throws {
    #expect(
      try events(Self.one, "stream=source+\"/\"+subject,correlation=traceparent,data=data.n") == [
        #"1 /shop/order-7 placed 1.0 @2026-01-01T00:00:00.000000000Z id=A-1 correlation=00-ab metadata={"source":"/shop","traceparent":"00-ab","n":3}"#
      ])
  }

  @Test(arguments: [
    (
      #"{"id":"1","source":"s","type":"t"}"#,
      "column 1: 'specversion' is missing: an event of CloudEvents has"
    ),
    (
      #"{"specversion":"0.3","id":"1"}"#,
      "column 16: the version is '0.3'; only 1.0 can be read."
    ),
    (#"{"specversion":"1.0","source":"s","id":7}"#, "column 40: 'id' must be a text."),
    (#"{"specversion":"1.0","id":"1","id":"2"}"#, "column 31: 'id' appears twice."),
    (
      #"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"noon"}"#,
      "column 62: 'time' must be a time"
    ),
    (
      #"{"specversion":"1.0","id":"1","source":"s","type":"t","data":1,"data_base64":""}"#,
      "column 78: 'data' and 'data_base64' are two ways"
    ),
    (
      #"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"?"}"#,
      "column 69: 'data_base64' must be base64."
    ),
    (
      #"{"specversion":"1.0","id":"1","source":"s","type":"t","evlog":"x"}"#,
      "column 63: 'evlog' does not have the form that an export writes"
    ),
    ("7", "column 1: an event must be a JSON object: There is no object"),
  ]) func whatIsNoEventIsNamed(text: String, expected: String) throws {
    let error = try Input(text).error { CloudEventsSource($0) }
    #expect(error?.hasPrefix("input, line 1, \(expected)") == true, "\(error ?? "nothing")")
  }
}

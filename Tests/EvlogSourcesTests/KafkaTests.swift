import EvlogSources
import EvlogStore
import Testing

@Suite struct KafkaTests {
  private func events(_ text: String, _ map: String? = nil, stream: String? = nil) throws
    -> [String]
  {
    try Input(text).events {
      KafkaSource(
        $0, mapper: try map.map { try JSONMapper(try EventMapping($0), keepsData: true) },
        defaultStream: stream)
    }.map(line)
  }

  private static let dump =
    #"{"topic":"orders","partition":2,"offset":7,"tstype":"create","ts":1767225600001,"broker":1,"headers":["a","b"],"key":"order-7","payload":"{\"kind\":\"placed\", \"n\":1.0}"}"#

  @Test func linesOfKcat() throws {
    #expect(
      try events(Self.dump) == [
        #"1 order-7 orders {"kind":"placed", "n":1.0} @2026-01-01T00:00:00.001000000Z id=orders/2/7 metadata={"topic":"orders","partition":2,"offset":7,"tstype":"create","ts":1767225600001,"broker":1,"headers":["a","b"]}"#
      ])
    #expect(
      try events(Self.dump, "stream='o/'+key,type=json(payload).kind,metadata=headers").map {
        $0.prefix(60)
      }
        == [#"1 o/order-7 placed {"kind":"placed", "n":1.0} @2026-01-01T00"#])
    // Without a key, without a payload, with one that is no JSON, and with one that is no text.
    #expect(
      try events(#"{"topic":"t","ts":-1,"key":null,"payload":null}"#) == [
        #"1 t t null metadata={"topic":"t","ts":-1}"#
      ])
    #expect(
      try events(#"{"topic":"t","key":{"id":1},"payload":"a \"b"}"#) == [
        #"1 {"id":1} t "a \"b" metadata={"topic":"t"}"#
      ])
    #expect(
      try events(#"{"topic":"t","key":"","payload":[1]}"#, stream: "s") == [
        #"1 s t [1] metadata={"topic":"t"}"#
      ])
  }

  @Test func linesOfTheConsole() throws {
    let text =
      "CreateTime:1767225600001\tPartition:0\tOffset:5\tNO_HEADERS\torder-7\t{\"n\":1}\r\nNO_TIMESTAMP\tk\tplain\ttext\nk\tnull\n"
    #expect(
      try events(text) == [
        #"1 order-7 message {"n":1} @2026-01-01T00:00:00.001000000Z metadata={"offset":5,"partition":0,"ts":1767225600001}"#,
        #"2 k message "plain\ttext""#, #"3 k message null"#,
      ])
    #expect(try events("{\"id\":3}", "stream=json(payload).id,type='t'") == [#"1 3 t {"id":3}"#])
    #expect(try Input("x\n").error { KafkaSource($0) } == "input, line 1: 'stream' is missing.")
    #expect(
      try Input([0xC3, 0x0A]).error { KafkaSource($0) } == "input, line 1: the line is not UTF-8.")
  }
}

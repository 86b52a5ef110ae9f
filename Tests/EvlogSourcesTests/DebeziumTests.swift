import EvlogSources
import EvlogStore
import Testing

@Suite struct DebeziumTests {
  private func source(
    _ input: InputBytes, keys: [String] = ["id"], collects: Bool = false, grows: Bool = false
  ) -> DebeziumSource {
    var options = DebeziumSource.Options()
    (options.keys, options.collectsTransactions, options.isGrowing) = (keys, collects, grows)
    return DebeziumSource(input, options)
  }

  /// Each event with its turn.
  private func events(_ lines: [String], collects: Bool = false, grows: Bool = false) throws
    -> [String]
  {
    try Input(lines.joined(separator: "\n")).events { source($0, collects: collects, grows: grows) }
      .map { "\($0.turn.map { "\($0)" } ?? "-") \($0.line) \($0.event.stream) \($0.event.type)" }
  }

  private static func change(_ id: Int, _ op: String = "c", tx: String? = nil, order: Int = 1)
    -> String
  {
    let row = #"{"id":\#(id)}"#
    let states = op == "d" ? #""before":\#(row),"after":null"# : #""before":null,"after":\#(row)"#
    let transaction =
      tx.map { #"{"id":"\#($0)","total_order":\#(order),"data_collection_order":1}"# } ?? "null"
    return
      #"{\#(states),"source":{"db":"shop","schema":"public","table":"orders","ts_ms":1767225600001,"lsn":7},"op":"\#(op)","ts_ms":1767225600005,"transaction":\#(transaction)}"#
  }

  private static func end(_ tx: String, _ count: Int) -> String {
    #"{"status":"END","id":"\#(tx)","event_count":\#(count),"ts_ms":1}"#
  }

  @Test func changesBecomeEvents() throws {
    let events = try Input(Self.change(7, tx: "5:1", order: 2)).events { source($0) }
    #expect(
      events.map(line) == [
        #"1 public.orders/7 created {"before":null,"after":{"id":7}} @2026-01-01T00:00:00.001000000Z id=5:1/2 correlation=5:1 metadata={"source":{"db":"shop","schema":"public","table":"orders","ts_ms":1767225600001,"lsn":7},"transaction":{"id":"5:1","total_order":2,"data_collection_order":1}}"#
      ])
    #expect(
      try self.events([Self.change(1, "r"), Self.change(1, "u"), Self.change(1, "d")]) == [
        "- 1 public.orders/1 snapshot", "- 2 public.orders/1 updated",
        "- 3 public.orders/1 deleted",
      ])
  }

  @Test func whatIsAroundARecordDoesNotMatter() throws {
    let change = Self.change(7)
    let text = change.replacing("\"", with: "\\\"")
    for record in [
      change, #"{"schema":{"type":"struct"},"payload":\#(change)}"#,
      #"{"topic":"t","partition":0,"key":"{\"id\":7}","payload":"\#(text)"}"#,
      #"{"topic":"t","key":{"schema":{},"payload":{"id":7}},"payload":{"schema":null,"payload":\#(change)}}"#,
      #"{"key":{"id":7},"value":\#(change)}"#, #"{"key":7,"value":"\#(text)"}"#,
    ] {
      #expect(try events([record]) == ["- 1 public.orders/7 created"], "\(record)")
    }
    #expect(
      try Input(#"{"key":{"b":"x","a":1},"value":\#(change)}"#).events { source($0, keys: []) }.map(
        \.event.stream)
        == ["public.orders/1,x"])
  }

  @Test func transactionsAreTurns() throws {
    let lines = [
      Self.change(1), Self.change(2, tx: "a", order: 2), Self.change(3, tx: "a", order: 1),
      Self.end("a", 2),
      Self.change(4, tx: "b"), Self.change(5, tx: "c"),
    ]
    #expect(
      try events(lines) == [
        "- 1 public.orders/1 created", "1 3 public.orders/3 created", "1 2 public.orders/2 created",
        "2 5 public.orders/4 created", "3 6 public.orders/5 created",
      ])
    // What may not be whole yet is left for later, if the input grows.
    #expect(try events(lines, grows: true).count == 4)
    // Wherever the events are, if they are collected.
    let mixed = [
      Self.end("b", 1), Self.change(1, tx: "a"), Self.change(2, tx: "b"), Self.change(3),
      Self.change(4, tx: "a", order: 2),
      Self.end("a", 2),
    ]
    #expect(
      try events(mixed, collects: true) == [
        "1 3 public.orders/2 created", "- 4 public.orders/3 created", "2 2 public.orders/1 created",
        "2 5 public.orders/4 created",
      ])
  }

  @Test(arguments: [
    (
      [change(1, tx: "a"), end("a", 2)], false,
      "line 1: the events of the transaction a are not all there, or not together: its end counts 2, and the input has 1."
    ),
    (
      [change(1, tx: "a"), change(2), end("a", 2)], false,
      "line 3: the events of the transaction a are not all there, or not together: its end counts 2, and the input has 1"
    ),
    (
      [change(1, tx: "a"), change(2), change(3, tx: "a")], false,
      "line 3: the events of the transaction a do not follow one another"
    ),
    ([change(1, tx: "a")], true, "line 1: the transaction a has no end in the input."),
    (
      [end("a", 1)], false,
      "line 1: the events of the transaction a are not all there, or not together: its end counts 1, and the input has 0."
    ),
    ([#"{"op":"x"}"#], false, "line 1, column 1: 'op' is 'x'; it must be one of c, u, d, r, t, m."),
    (["{}"], false, "line 1, column 1: there is no 'op', as an envelope of Debezium has."),
    (["{"], false, "line 1, column 1: this is not JSON: "),
    ([#"{"op":"c","source":{}}"#], false, "line 1, column 1: 'source' names no table."),
    (
      [#"{"op":"c","after":{"x":1},"source":{"table":"t"}}"#], false,
      "line 1, column 1: the row has no 'id', which is a column of the key."
    ),
  ]) func whatIsNotWholeIsNamed(lines: [String], collects: Bool, expected: String) throws {
    let error = try Input(lines.joined(separator: "\n")).error { source($0, collects: collects) }
    #expect(error?.hasPrefix("input, \(expected)") == true, "\(error ?? "nothing")")
  }

  @Test func whatIsNoChangeIsCounted() throws {
    let input = try Input(
      #"""
      {"topic":"t","key":"{\"id\":1}","payload":null}
      {"status":"BEGIN","id":"a","event_count":null}
      {"status":"END","id":"a","event_count":0}
      {"ts_ms":17}
      {"databaseName":"d","ddl":"create table t"}
      """#)
    var source = source(try InputBytes(input.path))
    defer { source.input.close() }
    while try source.next() != nil {}
    #expect(source.recordCount == 5)
    #expect(source.passedOver.reduce(0) { $0 + $1.count } == 5)
    #expect(source.passedOver.count == 4)
  }
}

import EvlogCore
import EvlogJSON
import EvlogSources
import EvlogStore

/// Files of other tools: what is read of them is the same each time, can be appended, and comes back as it was; what
/// cannot be read is refused in words.
enum FormatTarget {
  /// More events than this are not looked at: they come from a file of eight kilobytes.
  private static let most = 256

  @Sendable static func seeds() -> [[UInt8]] {
    let shiviz = """
      a {"a":1}
      begins
      b {"a":1, "b":1}
      hears of it

      === second ===
      a {"a":1}
      alone
      """
    let govector = """
      1767225600000000001 n1 {"n1":1}
      Initialization Complete
      n2 {"n1":1, "n2":1}
      Receive
      === Execution #1  ===
      n1 {"n1":2}
      again
      """
    let jepsen = #"""
      ; A history.
      {:type :invoke, :f :read, :value nil, :process 0, :time 1000000, :index 0}
      #jepsen.history.Op{:process :nemesis, :type :info, :f :cut, :value {"n1" #{"n2" 'x}}, :time 15}
      [{:type :ok, :f :cas, :value [1 2.5M -7N 1/2 \newline "\u00e9"], :process 0, :error #inst "2020"}]
      """#
    let otlp = """
      {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},\
      "scopeSpans":[{"scope":{"name":"h"},"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C",\
      "spanId":"EEE19B7EC3C1B175","parentSpanId":"EEE19B7EC3C1B174","name":"r","kind":2,\
      "startTimeUnixNano":"1767225600000200000","attributes":[{"key":"q","value":{"intValue":"3"}}],\
      "status":{"code":2},"links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b199"}]}]}]}]}
      {"spans":[]}
      """
    let mapped = """
      {"s":"a","t":{"k":1.5},"d":"{\\"x\\":[1]}","at":1767225600001,"v":2}
      {"s":"é","t":{"k":"x"},"d":null,"m":[]}

      {"s":7,"t":{"k":true},"t":{"k":"y"}}
      """
    let csv = "s,t,n,\"é \"\"\"\r\na,b,1.50,\"x\r\n,\"\r\n\r\n,,,\nc,d,007,\"\"\n"
    let fields =
      "stream,type,time,causation,data,data64\na,t,2026-01-01,\"[\"\"x\"\"]\",{},\nb,t,,,,AA==\n"
    let cloud = #"""
      [{"specversion":"1.0","id":"1","source":"/a","type":"t","subject":"s","time":"2026-01-01T00:00:00Z","x":1,"data":[1]},
      {"specversion":"1.0","id":"2","source":"/a","type":"t","data_base64":"AA==","evlog":"{\"id\":null,\"metadata\":7}"}]
      {"specversion":"1.0","id":"1","source":"/a","type":"t","subject":"s","data":[1]}
      """#
    let kafka = """
      {"topic":"t","partition":2,"offset":7,"ts":1767225600001,"headers":["a","b"],"key":"k","payload":"{\\"n\\":1}"}
      CreateTime:1767225600001\tPartition:0\tOffset:5\tk\tvalue\ttext
      k\tnull
      """
    let debezium = """
      {"before":null,"after":{"id":1},"source":{"schema":"p","table":"t","ts_ms":5},"op":"c","transaction":{"id":"a","total_order":1}}
      {"status":"END","id":"a","event_count":1}
      {"topic":"x","key":"{\\"id\\":1}","payload":null}
      {"schema":{},"payload":{"before":{"id":1},"after":null,"source":{"db":"d","table":"t"},"op":"d"}}
      """
    let xes = """
      <?xml version="1.0"?><log><!-- c --><trace><string key="concept:name" value="a&amp;&#65;"/>
      <event><string key='concept:name' value='x'><int key="n" value="3"/></string>
      <date key="time:timestamp" value="2026-01-01T00:00:00Z"/></event></trace></log>
      """
    let all = [
      shiviz, govector, jepsen, otlp, mapped,
      "[\(mapped.split(separator: "\n").joined(separator: ","))]",
      csv, fields, cloud, kafka, debezium, xes,
    ]
    return all.enumerated().map { i, text in [UInt8(i)] + text.utf8 }
      + (UInt8(0)..<Self.formats).map { [$0] }
  }

  private static let formats: UInt8 = 12
  /// The first format that is read record by record, whatever the pieces are in which its bytes come.
  private static let firstOfRecords: UInt8 = 4

  /// The first byte: which format the rest is of.
  @Sendable static func examine(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    let format = input.byte() % formats
    let text = input.rest
    if format >= firstOfRecords { try examinePieces(text, format) }
    try withFile(of: text) { path in
      let (events, refusal) = try read(path, format)
      let again = try read(path, format)
      try require(again.events == events && again.refusal == refusal, "it is read in two ways")
      // Base64 may hold anything.
      try examine(events, makesJSON: format != 7 && format != 8)
    }
  }

  private static func read(_ path: String, _ format: UInt8) throws -> (
    events: [NewEvent], refusal: String?
  ) {
    var events: [NewEvent] = []
    do {
      var source = try source(try InputBytes(path), format)
      defer { source.input.close() }
      var line = 0
      while events.count < most, let next = try source.next() {
        // Spans come in the order of their parents.
        try require(
          next.line > 0 && (hasOwnOrder(format) || next.line >= line), "an event has a wrong line")
        line = next.line
        events.append(next.event)
      }
      return (events, nil)
    } catch let error as SourceError {
      try require(!error.description.isEmpty, "a refusal says nothing")
      return (events, error.description)
    }
  }

  /// Spans come in the order of their parents, changes in that of their transactions, traces in that of their times.
  private static func hasOwnOrder(_ format: UInt8) -> Bool { [3, 10, 11].contains(format) }

  /// What is read does not depend on the pieces, and what is refused is counted.
  private static func examinePieces(_ text: [UInt8], _ format: UInt8) throws {
    let whole = try records([text], format)
    let bytes = try records(text.map { [$0] }, format)
    try require(
      whole.events == bytes.events && whole.refusals == bytes.refusals,
      "it is read in two ways, as a whole and byte by byte")
  }

  private static func records(_ pieces: [[UInt8]], _ format: UInt8) throws -> (
    events: [NewEvent], refusals: [String]
  ) {
    var (events, refusals): ([NewEvent], [String]) = ([], [])
    do {
      var source = try source(try InputBytes("fuzz", pieces: pieces), format)
      while true {
        do throws(SourceError) {
          guard let next = try source.next() else { break }
          events.append(next.event)
        } catch {
          refusals.append(error.description)
          guard error.record != nil else { return (events, refusals) }
        }
      }
      let others = source.passedOver.reduce(0) { $0 + $1.count } + UInt64(source.waitingCount)
      if let count = source.recordCount {
        try require(
          count == UInt64(events.count + refusals.count) + others, "a record is in no count")
      }
    } catch let error as SourceError {
      refusals.append(error.description)
    }
    return (events, refusals)
  }

  private static func source(_ input: InputBytes, _ format: UInt8) throws -> any InputSource {
    switch format {
    case 0:
      RecordSource(
        input, pattern: nil, format: try RecordPattern(RecordPattern.shiviz),
        delimiter: try RecordPattern(delimiter: "^=== (?<trace>.*) ===$"), skipsUnmatched: true)
    case 1:
      RecordSource(
        input, pattern: nil, format: try RecordPattern(RecordPattern.govector),
        delimiter: try RecordPattern(delimiter: RecordPattern.govectorDelimiter),
        timestampsAreNanoseconds: true)
    case 2: JepsenSource(input)
    case 3: OTLPSource(input)
    case 4, 5:
      JSONSource(
        input, format == 4 ? .lines : .array,
        mapper: try JSONMapper(
          try EventMapping(
            "stream=s,type='x'+t.k,data=json(d),time=at,metadata=m,schemaVersion=v,id=json(d).x[0]"),
          times: .epochMilliseconds))
    case 6, 7: CSVSource(input, try rows(format))
    case 8: CloudEventsSource(input)
    case 9: KafkaSource(input)
    case 10: DebeziumSource(input, changes)
    default: XESSource(input)
    }
  }

  private static func rows(_ format: UInt8) throws -> CSVSource.Options {
    var options = CSVSource.Options()
    if format == 6 { options.mapping = try EventMapping("stream=s+'-'+t,type=t") }
    options.infersNumbers = true
    return options
  }

  private static var changes: DebeziumSource.Options {
    var options = DebeziumSource.Options()
    options.keys = ["id"]
    return options
  }

  private static func examine(_ events: [NewEvent], makesJSON: Bool) throws {
    for event in events where event.contentType == RecordedEvent.jsonContentType {
      let isJSON = event.data.isEmpty || JSONValue(validating: event.data[...]) != nil
      try require(isJSON || !makesJSON, "the data is not JSON")
    }
    if events.isEmpty { return }
    var dated = events
    for i in dated.indices {
      dated[i].recordedAt = dated[i].recordedAt ?? Timestamp(nanoseconds: 0)
    }
    let log = try FuzzLog.log(of: dated)
    defer { log.close() }
    let recorded = try LogExamination.walk(log)
    try require(recorded.error == nil, "what was appended cannot be read")
    try require(
      recorded.events.map { NewEvent(recorded: $0) } == dated, "other events come back")
  }
}

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
    return [shiviz, govector, jepsen, otlp].enumerated().map { i, text in [UInt8(i)] + text.utf8 }
      + (UInt8(0)..<4).map { [$0] }
  }

  /// The first byte: which format the rest is of.
  @Sendable static func examine(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    let format = input.byte() % 4
    let text = input.rest
    try withFile(of: text) { path in
      let (events, refusal) = try read(path, format)
      let again = try read(path, format)
      try require(again.events == events && again.refusal == refusal, "it is read in two ways")
      try examine(events)
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
          next.line > 0 && (format == 3 || next.line >= line), "an event has a wrong line")
        line = next.line
        events.append(next.event)
      }
      return (events, nil)
    } catch let error as SourceError {
      try require(!error.description.isEmpty, "a refusal says nothing")
      return (events, error.description)
    }
  }

  private static func source(_ input: InputBytes, _ format: UInt8) throws -> any EventSource {
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
    default: OTLPSource(input)
    }
  }

  private static func examine(_ events: [NewEvent]) throws {
    for event in events {
      try require(JSONValue(validating: event.data[...]) != nil, "the data is not JSON")
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

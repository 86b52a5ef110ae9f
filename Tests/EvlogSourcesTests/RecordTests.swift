import EvlogSources
import EvlogStore
import Testing

@Suite struct RecordTests {
  private func shiviz(
    _ text: String, _ pattern: String? = nil, delimiter: String? = nil
  ) throws -> [String] {
    try Input(text).events { try source($0, pattern, delimiter: delimiter) }.map(line)
  }

  private func source(
    _ input: InputBytes, _ pattern: String? = nil, delimiter: String? = nil,
    skips: Bool = false
  ) throws -> RecordSource {
    RecordSource(
      input, pattern: try pattern.map { try RecordPattern($0) },
      format: try RecordPattern(RecordPattern.shiviz),
      delimiter: try delimiter.map { try RecordPattern(delimiter: $0) }, skipsUnmatched: skips)
  }

  private func govector(_ input: InputBytes) throws -> RecordSource {
    RecordSource(
      input, pattern: nil, format: try RecordPattern(RecordPattern.govector),
      delimiter: try RecordPattern(delimiter: RecordPattern.govectorDelimiter),
      timestampsAreNanoseconds: true)
  }

  @Test func theFixture() throws {
    let events = try Input.fixture("bank.log").events {
      try source($0, delimiter: "^=== (?<trace>.*) ===$")
    }
    #expect(
      events.map(line) == [
        #"2 the money arrives/teller logged {"clock":{"teller":1},"event":"Account 7 asks for a transfer of 30","execution":"the money arrives","host":"teller"}"#,
        #"4 the money arrives/ledger logged {"clock":{"ledger":1, "teller":1},"event":"Took 30 from account 7","execution":"the money arrives","host":"ledger"}"#,
        #"7 the money arrives/teller logged {"clock":{"teller":2, "ledger":1},"event":"Said \"done\" to account 7","execution":"the money arrives","host":"teller"}"#,
        #"10 the money is lost/teller logged {"clock":{"teller":1},"event":"Account 9 asks for a transfer of 5","execution":"the money is lost","host":"teller"}"#,
      ])
  }

  @Test func govectorWithTimesAndAnEarlierExecution() throws {
    let events = try Input.fixture("raft.log").events(govector)
    #expect(
      events.map(line) == [
        #"1 n1 logged {"clock":{"n1":1},"timestamp":"1767225600000000001","event":"Initialization Complete"} @2026-01-01T00:00:00.000000001Z"#,
        #"3 n2 logged {"clock":{"n2":1},"event":"INFO-Follower since term 1"}"#,
        #"7 Thu Jan  1 00:00:07 UTC 2026/n1 logged {"clock":{"n1":1},"event":"Initialization Complete","execution":"Thu Jan  1 00:00:07 UTC 2026","host":"n1"}"#,
      ])
    // With times, the line of the execution has one of its own.
    let timed = try Input(
      "17 a {\"a\":1}\nx\n18  \n=== Execution #7  ===\n19 a {\"a\":1}\ny\n"
    ).events(govector).map(\.event.stream)
    #expect(timed == ["a", "7/a"])
  }

  @Test func aLogMayBeginWithItsPattern() throws {
    let heading = #"(?<event>.*)\n(?<host>\w+) (?<clock>\{.*\})"#
    let log = "Hello\nn1 {\"n1\":1}\n======\nAgain\nn1 {\"n1\":1}\n"
    let expected = [
      #" 1/n1 logged {"clock":{"n1":1},"event":"Hello","execution":"1","host":"n1"}"#,
      #" 2/n1 logged {"clock":{"n1":1},"event":"Again","execution":"2","host":"n1"}"#,
    ]
    #expect(
      try shiviz("\(heading)\n\n\(log)", delimiter: "^=+$") == [
        "3\(expected[0])", "6\(expected[1])",
      ])
    // The one that is chosen is used in its place, and the line is no text of the log either way.
    #expect(
      try shiviz("\(heading)\n\n\(log)", heading, delimiter: "^=+$")
        == ["3\(expected[0])", "6\(expected[1])"])
    let named = try shiviz("\(heading)\n^=+ (?<trace>.*)$\n== a\nx\nn1 {\"n1\":1}")
    #expect(
      named == [#"4 a/n1 logged {"clock":{"n1":1},"event":"x","execution":"a","host":"n1"}"#])
    #expect(
      try Input("(?<host>a(?<clock>b\n").error { try source($0) }
        == "input, line 1: the log begins with a regular expression: expected ')'")
  }

  @Test func aGroupNamedTypeIsTheType() throws {
    // As TLC writes the states of a trace: the clock is a text within a text.
    let log = #"""
      State 2: <SendMsg line 118, col 3 of module EWD998>
      /\ Host = n6
      /\ Clock = "{\"n1\":0,\"n6\":1}"
      /\ active = (n1 :> TRUE)

      """#
    let pattern =
      #"^State \d+: <(?<type>\w+) [^>]*>\n/\\ Host = (?<host>\S+)\n/\\ Clock = "(?<clock>.*)"\n(?<state>(?:/\\.*\n)*)"#
    #expect(
      try shiviz(log, pattern) == [
        #"1 n6 SendMsg {"clock":{"n1":0,"n6":1},"state":"/\\ active = (n1 :> TRUE)\n"}"#
      ])
  }

  @Test func linesMayEndAsOnWindows() throws {
    #expect(
      try shiviz("n1 {\"n1\":1}\r\nHello\r\n\r\nn1 {\"n1\":2}\r\nBye") == [
        #"1 n1 logged {"clock":{"n1":1},"event":"Hello"}"#,
        #"4 n1 logged {"clock":{"n1":2},"event":"Bye"}"#,
      ])
  }

  @Test(arguments: [
    ("Started at noon\nn1 {\"n1\":1}\nx", "line 1: no record begins in 'Started at noon'."),
    ("n1 {\"n1\":1}\nx\n\n  stray\nn1 {\"n1\":2}\ny", "line 4: no record begins in 'stray'."),
    ("n1 {\"n1\":1}\nx\nn1 {\"n1\":2}", "line 3: no record begins in 'n1 {\"n1\":2}'."),
    (
      "n1 {\"n1\":01}\nx",
      "line 1: the clock is not a JSON object: A number begins with 0 at byte 6."
    ),
    ("n1 {\"n1\":1.5}\nx", "line 1: the clock's entry 'n1' is not a whole number."),
    ("n1 {\"n1\":-1}\nx", "line 1: the clock's entry 'n1' is not a whole number."),
    ("n1 {\"n2\":1}\nx", "line 1: the clock has no entry for its own host, 'n1'."),
    (" {\"n2\":1}\nx", "line 1: the record names no host."),
    (#"n1 {\"n1\":}"# + "\nx", "line 1: the clock is not a JSON object: "),
  ]) func whatIsNoRecordIsNamed(text: String, expected: String) throws {
    let error = try #require(try Input(text).error { try source($0) })
    #expect(error.hasPrefix("input, \(expected)"), "\(error)")
  }

  @Test func whatIsPassedOverIsCounted() throws {
    let input = try Input("TLC\n\nwarning\nn1 {\"n1\":1}\nx\nmore\nn1 {\"n1\":2}\ny\nend\nend\n")
    var source = try self.source(try InputBytes(input.path), skips: true)
    defer { source.input.close() }
    var lines: [Int] = []
    while let event = try source.next() { lines.append(event.line) }
    #expect(lines == [4, 7])
    #expect(source.skipped.count == 5)
    #expect(source.skipped.first == 1)
  }

  @Test(arguments: [
    ("(?<host>a", "expected ')'"), ("(?<host>a)", "it has no group 'clock': (?<clock>…)"),
    ("(?<clock>a)", "it has no group 'host': (?<host>…)"),
    ("(?<host>a)(?<clock>b)(?<execution>c)", "no group may be named 'execution'"),
  ]) func whatIsNoPatternIsSaid(pattern: String, expected: String) throws {
    #expect { try RecordPattern(pattern) } throws: { "\($0)".hasPrefix(expected) }
  }

  @Test func patternsMustTakeText() throws {
    #expect(
      try Input("n1").error { try source($0, "(?<host>)(?<clock>)") }
        == "input, line 1: the regular expression matches here without any text.")
    #expect(
      try Input("n1").error { try source($0, delimiter: "x*") }
        == "input, line 1: the delimiter matches here without any text.")
  }

  @Test func brokenUTF8IsNamed() throws {
    let bytes = Array("n1 {\"n1\":1}\nok\nn1 {\"n1\":2}\n".utf8) + [0xC3, 0x28]
    #expect(try Input(bytes).error { try source($0) } == "input, line 4: the text is not UTF-8.")
  }

  /// Long lines without a record take time that grows with their length, not with its square.
  @Test func longTextWithoutARecordIsRefused() throws {
    for text in ["a", "a ", "{}", "a {\"a\":1} "] {
      let long = String(repeating: text, count: 200_000)
      #expect(
        try Input(long).error { try source($0) }?.contains("line 1: no record begins") == true)
    }
  }
}

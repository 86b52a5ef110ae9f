import EvlogSources
import EvlogStore
import Testing

@Suite struct JepsenTests {
  private func events(_ text: String, since: Timestamp? = nil) throws -> [String] {
    try Input(text).events { JepsenSource($0, since: since) }.map(line)
  }

  static let expected = [
    #"2 process-0 read/invoke {"value":null,"process":0,"time":1000000,"index":0}"#,
    #"3 nemesis start-partition/info {"value":{"n1":["n2"]},"process":"nemesis","time":1500000,"index":1}"#,
    #"4 process-1 cas/invoke {"index":2,"time":2000000,"process":1,"value":[1,123456789012345678901234567890]}"#,
    #"5 process-0 read/ok {"value":1.50,"process":0,"time":2500000,"index":3}"#,
    #"6 process-1 cas/info {"value":[1,2],"process":1,"time":3000000,"index":4,"error":["timed-out","2026-01-01T00:00:00Z"]}"#,
  ]

  @Test func theFixture() throws {
    let input = try Input.fixture("register.edn")
    #expect(try input.events { JepsenSource($0) }.map(line) == Self.expected)
    let times = try input.events { JepsenSource($0, since: Timestamp(nanoseconds: 5)) }
      .map { $0.event.recordedAt?.nanoseconds }
    #expect(times == [1_000_005, 1_500_005, 2_000_005, 2_500_005, 3_000_005])
  }

  @Test func aHistoryMayBeAVectorOrAList() throws {
    let one = "{:type :invoke :process 0 :f nil}"
    for text in [
      "[\(one)\n\(one)]", "(\(one) #_ [1]\n\(one)) ;", "[\(one)]\n[\(one)]", "\(one)\n\(one)",
    ] {
      #expect(
        try events(text) == [
          #"1 process-0 invoke {"process":0}"#, #"2 process-0 invoke {"process":0}"#,
        ])
    }
    #expect(try events("[]") == [])
    #expect(try events(" ; nothing\n") == [])
  }

  @Test(arguments: [
    ("{:type :ok}", "line 1: the operation has no :process, a number or a name."),
    ("\n{:process 0}", "line 2: the operation has no :type, such as :invoke or :ok."),
    ("nil", "line 1: an operation must be a map, as in {:process 0, :type :invoke, :f :read}."),
    ("#foo {:process 0 :type :ok}", "line 1: an operation must be a map"),
    ("{:process 0 :type :ok :value {:a 1 \"a\" 2}}", "line 1: two keys of a map are 'a' in JSON."),
    (
      "{:process 0 :type :ok}\n {:process 0 :type",
      "line 2, column 2: the input ends inside of what begins here."
    ),
    (
      "[{:process 0 :type :ok}\n", "line 2, column 1: the history that begins on line 1 has no end."
    ),
    ("{:process 0 :type :ok]", "line 1, column 22: ']' closes nothing."),
    ("{:process 0 :type :ok}]", "line 1, column 23: ']' closes nothing."),
    ("{:process 0 :type \"\"}", "line 1: An event has an empty type name"),
    (
      "{:process 0 :type :ok :é 01}",
      "line 1, column 26: '01' is not a number of EDN: it begins with 0."
    ),
  ]) func whatIsNoOperationIsNamed(text: String, expected: String) throws {
    let error = try #require(try Input(text).error { JepsenSource($0) })
    #expect(error.hasPrefix("input, \(expected)"), "\(error)")
  }

  @Test func timesThatCannotBeAreRefused() throws {
    for (time, expected) in [
      ("1.5", ":time is not a number of nanoseconds."),
      ("9223372036854775807", ":time 9223372036854775807 leads beyond the year 2262."),
      ("9223372036854775808", ":time is not a number of nanoseconds."),
    ] {
      let input = try Input("{:process 0 :type :ok :time \(time)}")
      #expect(
        try input.error { JepsenSource($0, since: Timestamp(nanoseconds: 1)) }
          == "input, line 1: \(expected)")
      #expect(try input.error { JepsenSource($0) } == nil)
    }
  }

  /// The pieces in which an input is read do not matter.
  @Test func largeHistoriesAreReadInPieces() throws {
    let long = String(repeating: "x", count: 300_000)
    var text = "["
    for i in 0..<5000 {
      text +=
        "{:process \(i % 5), :type :ok, :f :write, :value \(i % 1000 == 0 ? "\"\(long)\"" : "[\(i) #{:a}]")}\n"
    }
    let events = try Input(text + "]").events { JepsenSource($0) }
    #expect(events.count == 5000)
    #expect(events.map(\.line) == Array(1...5000))
    #expect(events[4999].event.data == Array(#"{"process":4,"value":[4999,["a"]]}"#.utf8))
    #expect(events[4000].event.data.count == 300_000 + #"{"process":0,"value":""}"#.utf8.count)
    let cut = try Input(text).error { JepsenSource($0) }
    #expect(cut == "input, line 5001, column 1: the history that begins on line 1 has no end.")
  }
}

import EvlogMachine

#if JavaScript
  import EvlogJSON
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// Numbers come in and go out as they are.
  @Suite struct ExactNumberTests {
    private let numbers = [
      "0", "-1", "1.5", "1.5E0", "9007199254740991", "9007199254740992", "9007199254740993",
      "-9007199254740993", "9223372036854775808", "18446744073709551615", "5E0", "1e21", "1e-7",
      "123456789012345678901234567890", "-0", "0.1", "1" + String(repeating: "0", count: 399),
    ]

    @Test func theyArriveAsWhatTheyAre() throws {
      func type(_ number: String, beside other: String) throws -> String {
        try state(
          "s.t = typeof e.data[0]", data: ["[\(number),\(other)]"])
      }
      for number in numbers {
        let isWhole = !number.contains { ".eE".contains($0) }
        let isLarge = isWhole && number.utf8.count > 15 && number != "9007199254740991"
        for other in ["1", "9007199254740993"] {
          #expect(
            try type(number, beside: other) == #"{"t":"\#(isLarge ? "bigint" : "number")"}"#,
            "\(number) beside \(other)")
        }
      }
    }

    @Test func theyGoOutExactlyAndSurviveSnapshots() throws {
      let data = "[" + numbers.joined(separator: ",") + "]"
      let expected = try JSONParser.parse(#"{"data":\#(data)}"#).canonicalText
      let program = try machine(
        "if (e.data.length) s.data = e.data; else s.types = s.data.map(n => typeof n)")
      let types = try state(program, [NewEvent("e", data), NewEvent("e", "[]")])
      let first = try program.makeHost()
      try first.run(recorded([NewEvent("e", data)]), checks: false) { _ in }
      #expect(try first.state(of: nil)?.canonicalText == expected)
      let second = try program.makeHost()
      try second.restore(try first.save())
      #expect(try second.state(of: nil)?.canonicalText == expected)
      #expect(try second.save() == first.save())
      try second.run(recorded([NewEvent("e", "[]")], from: 1), checks: false) { _ in }
      #expect(try second.state(of: nil)?.canonicalText == types)
    }

    @Test func kindsOfNumbersSurviveSnapshots() throws {
      let program = try machine(
        "if (e.offset === 0) { s.n = [5n, -7n, 0n, 1e21, 2**53, -0, 5, 1e300, 2n**70n] } "
          + "else s.kinds = s.n.map(n => typeof n + (Object.is(n, -0) ? '-0' : ''))")
      let events = [NewEvent("e"), NewEvent("e")]
      let whole = try state(program, events)
      let first = try program.makeHost()
      try first.run(recorded(events).prefix(1), checks: false) { _ in }
      let second = try program.makeHost()
      try second.restore(try first.save())
      try second.run(recorded(events).suffix(1), checks: false) { _ in }
      #expect(try second.state(of: nil)?.canonicalText == whole)
      #expect(
        whole.hasPrefix(
          #"{"kinds":["bigint","bigint","bigint","number","number","number-0","number","number","#
            + #""bigint"]"#), "\(whole)")
    }

    @Test func theInitialStateKeepsItsKinds() throws {
      let program = try machine(
        "s.sum = s.n + 1n; s.kind = typeof s.large", initial: "{ n: 5n, large: 1e21 }")
      #expect(
        try state(program, [NewEvent("e")])
          == #"{"kind":"number","large":1000000000000000000000,"n":5,"sum":6}"#)
    }

    @Test func anExpressionSeesThem() throws {
      let program = try machine("s.n = e.data.n").adding(
        expression: "state.n === undefined || s.n === 9007199254740993n")
      let (error, changes) = try failure(
        program,
        [NewEvent("e", #"{"n":9007199254740993}"#), NewEvent("e", #"{"n":9007199254740992}"#)])
      #expect(error == nil)
      #expect(changes.map(\.cut) == [1, 2])
      #expect(changes.map(\.verdict) == [.holds, .violated])
    }

    @Test func metadataKeepsThem() throws {
      var event = NewEvent("e")
      event.metadata = Array(#"{"n":9007199254740993,"half":1.5E0}"#.utf8)
      #expect(
        try state(try machine("s.m = e.metadata"), [event])
          == #"{"m":{"half":1.5,"n":9007199254740993}}"#)
      event.metadata = [0xFF, 1]
      #expect(
        try state(try machine("s.m = Array.from(e.metadata)"), [event]) == #"{"m":[255,1]}"#)
      event.metadata = nil
      #expect(try state(try machine("s.m = e.metadata"), [event]) == #"{"m":null}"#)
    }

    @Test func beyondAllDoublesIsAnError() throws {
      for number in ["1e400", "-1e309", String(repeating: "9", count: 400) + ".5"] {
        let (error, _) = try failure(
          try machine("s.n = e.data"), [NewEvent("e", "1"), NewEvent("e", number)])
        #expect(error?.kind == .undecodable, "\(number)")
        #expect(error?.offset == 1)
      }
    }
  }
#endif

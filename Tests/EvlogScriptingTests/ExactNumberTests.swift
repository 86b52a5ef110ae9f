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

    /// Regions and elements of arrays are named by a number's one text, however a script holds it.
    @Test func pathsAndRegionsHaveTheOneTextOfEach() throws {
      let held =
        numbers.map { $0.contains(where: ".eE-".contains) ? $0 : "\($0)n" } + [
          "5", "5n", "-7n", "2**53", "-(2**70)", "1e23", "1e300", "1.5e-7", "0.000001", "-1e-6",
          "2n**70n", "12n * 10n**449n", "10n**400n", "10n**399n", "-(10n**450n)", "[1e21, 5n]",
          "'5n'",
        ]
      let items = held.map { "{ id: \($0) }" }.joined(separator: ", ")
      let host = try machine("s.n = s.items[e.offset].id", initial: "{ items: [\(items)] }")
        .makeHost()
      let counter = RegionCounter(.value(StatePath([.key("n")])))
      var expected: [String] = []
      for i in held.indices {
        let events = recorded([NewEvent("e")], from: Offset(i))
        try host.run(events, watching: .regions(counter), verdict: { _ in }, moment: { _ in })
        let id = try #require(try host.value(at: StatePath([.key("n")]), of: nil))
        expected.append(Optional(id).regionName)
        let element = StatePath.Step.element(member: "id", value: id.canonicalText)
        let found = try host.value(at: StatePath([.key("items"), element, .key("id")]), of: nil)
        #expect(found == id, "\(held[i])")
      }
      #expect(
        Set(counter.tally.counts.keys.map(\.region)) == Set(expected.dropLast() + ["(nothing)"]))
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

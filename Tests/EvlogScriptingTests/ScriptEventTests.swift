#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import EvlogTesting
  import ReplayTestSupport
  import Testing

  /// What an event offers, what invariants are given, and which keys a part has.
  @Suite struct ScriptEventTests {
    @Test func timesAreThoseOfTheLog() throws {
      var random = SeededGenerator(seed: 5)
      var times: [Int64] = [
        0, -1, 1, 999_999_999, -1_000_000_000, -62_000_000_000_000_000, .max, .min,
        951_782_400_000_000_000,
      ]
      for _ in 0..<3000 {
        let time = Int64.random(in: .min ... .max, using: &random)
        times.append(
          [time, time / 1000 * 1000, time / 1_000_000_000 * 1_000_000_000][random.below(3)])
      }
      let text = try state(
        try machine("s.list.push([e.time, e.timeMs, e.timeNs])", initial: "{ list: [] }"),
        times.map { NewEvent("e", at: $0) })
      let list = try #require(try JSONParser.parse(text)["list"]?.arrayValue)
      #expect(list.count == times.count)
      for (time, item) in zip(times, list) {
        let floored = time / 1_000_000 - (time % 1_000_000 < 0 ? 1 : 0)
        #expect(
          item
            == .array([
              .string(Timestamp(nanoseconds: time).description), .int(floored), .int(time),
            ]), "\(time)")
      }
    }

    @Test func timesCompareAsTextsAsTheyDoAsNumbers() throws {
      let times: [Int64] = [-1, 0, 1, 1000, 1_000_000, 1_000_000_000, 1_000_000_001, 1_500_000_000]
      let text = try state(
        try machine(
          "s.list.push(s.last < e.time, s.same === e.time); s.last = s.same = e.time",
          initial: "{ list: [], last: '', same: '' }"),
        times.flatMap { [NewEvent("e", at: $0), NewEvent("e", at: $0)] })
      let list = try #require(try JSONParser.parse(text)["list"]?.arrayValue)
      let expected: [JSONValue] = [.bool(true), .bool(false), .bool(false), .bool(true)]
      #expect(list == times.flatMap { _ in expected })
    }

    @Test func randomNumbersFollowFromTheEvent() throws {
      let program = try machine("s.list.push(e.random(), e.random())", initial: "{ list: [] }")
      let events = (0..<200).map { NewEvent("e", in: "é\($0 % 3)", at: Int64($0) * 77) }
      let text = try state(program, events)
      #expect(try state(program, events) == text)
      let numbers = try #require(try JSONParser.parse(text)["list"]?.arrayValue)
      #expect(Set(numbers).count > 390)
      for case .number(let number) in numbers { #expect((0..<1).contains(number.double)) }
      // From a snapshot in the middle, the same.
      let first = try program.makeHost()
      try first.run(recorded(events).prefix(70), checks: false) { _ in }
      let second = try program.makeHost()
      try second.restore(try first.save())
      try second.run(recorded(events).dropFirst(70), checks: false) { _ in }
      #expect(try second.wholeState(.log).canonicalText == text)
    }

    @Test func randomNumbersDoNotDependOnWhoAskedBefore() throws {
      let program = try ScriptProgram(
        source: """
          machine('m', 1, { initial: {}, on: { e: (s, e) => { s.x = e.random() } }, invariants: {
            one: step((b, e, a) => e.random() === a.x),
            two: history([], (memory, b, e, a) => { memory.push(e.random()); return true }),
          } })
          """, file: "m.js")
      var saved: [[UInt8]] = []
      for checks in [true, false] {
        let execution = try program.makeHost()
        var changes: [VerdictChange] = []
        try execution.run(recorded([NewEvent("e"), NewEvent("e")]), checks: checks) {
          changes.append($0)
        }
        #expect(changes.allSatisfy { $0.verdict == .holds })
        saved.append(try execution.save())
      }
      #expect(saved[0] == saved[1])
    }

    /// What an invariant did to a state would be in every later one, or only in those that are judged.
    @Test(arguments: [
      "always(s => { s.n = 0; return true })", "always(s => s.list.sort().length >= 0)",
      "always(s => delete s.n)", "always(s => { s.inner.deep.x = 1; return true })",
      "always(s => { Object.values(s.inner)[0].x = 1; return true })",
      "always(s => { Object.getOwnPropertyDescriptor(s, 'inner').value.x = 1; return true })",
      "step((before, e, after) => { after.n = 0; return true })",
      "step((before, e, after) => { before.list.push(1); return true })",
      "history({}, (memory, before, e, after) => { after.n = 0; return true })",
    ]) func anInvariantChangesNothing(invariant: String) throws {
      let program = try ScriptProgram(
        source: "machine('m', 1, { initial: { n: 0, list: [2, 1], inner: { deep: {} } },"
          + " on: { e: s => { s.n++ } }, invariants: { 'looks': \(invariant) } })", file: "m.js")
      let (error, _) = try failure(program, [NewEvent("e", "{}")])
      #expect(error?.message == "it changes what it looks at")
      #expect(error?.handler == "the invariant 'looks'")
      #expect(error?.offset == 0)
    }

    @Test func aHandlerThatReturnsAStateIsRefused() throws {
      for (handler, isRefused) in [
        ("s => ({ n: s.n + 1 })", true), ("s => ({ ...s, n: 1 })", true), ("s => s", false),
        ("s => s.n++", false), ("s => { s.n++ }", false), ("s => s.list = [1]", false),
      ] {
        let program = try ScriptProgram(
          source: "machine('m', 1, { initial: { n: 0 }, on: { e: \(handler) } })", file: "m.js")
        let (error, _) = try failure(program, [NewEvent("e", "{}")])
        #expect((error != nil) == isRefused, "\(handler)")
      }
    }

    @Test func beforeAndAfterAreCopiesOfTheirOwn() throws {
      let program = try ScriptProgram(
        source: """
          machine('m', 1, { initial: { list: [], last: null }, on: {
            e: (s, e) => { s.list.push(e.data); s.last = e.data; e.data.n++ } }, invariants: {
            grows: step((before, e, after) => before.list.length + 1 === after.list.length),
            old: step((before, e, after) => before.last === null || before.last !== after.last
              && before.last.n === after.list[after.list.length - 2].n),
          } })
          """, file: "m.js")
      let events = (0..<20).map { NewEvent("e", #"{"n":\#($0)}"#) }
      let (error, changes) = try failure(program, events)
      #expect(error == nil)
      #expect(changes.allSatisfy { $0.verdict == .holds }, "\(changes)")
      #expect(changes.count == 2)
      // Across a snapshot as well.
      let first = try program.makeHost()
      try first.run(recorded(events).prefix(5), checks: false) { _ in }
      let second = try program.makeHost()
      // `last` is an element of `list`: saved, there would be two of it.
      #expect(throws: MachineError.self) { try first.save() }
      _ = second
    }

    @Test func memoriesAreChangedOrGivenBack() throws {
      let program = try ScriptProgram(
        source: """
          machine('m', 1, { initial: {}, on: { e() {} }, invariants: {
            changed: history({ n: 0 }, m => ++m.n < 3),
            given: history(0, m => [m + 1, m + 1 < 3]),
            big: history(0n, m => [m + 1n, m + 1n < 3n]),
          } })
          """, file: "m.js")
      let events = recorded([NewEvent](repeating: NewEvent("e"), count: 4))
      let first = try program.makeHost()
      var changes: [VerdictChange] = []
      try first.run(events, checks: true) { changes.append($0) }
      #expect(changes.filter { $0.verdict == .violated }.map(\.cut) == [3, 3, 3])
      for cut in 0...4 {
        let saver = try program.makeHost()
        try saver.run(events.prefix(cut), checks: false) { _ in }
        let second = try program.makeHost()
        try second.restore(try saver.save())
        try second.run(events.dropFirst(cut), checks: false) { _ in }
        #expect(try second.save() == first.save(), "cut \(cut)")
      }
    }

    @Test func aBadSnapshotLeavesEverythingAsItWas() throws {
      let program = try machine("s.n = (s.n ?? 0) + 1")
      let execution = try program.makeHost()
      try execution.run(recorded([NewEvent("e")]), checks: false) { _ in }
      for text in ["", "[", "[]", "[5]", #"[["",1,{},[]],["",1,{},[1]]]"#, #"[["a",1,{},[]]]"#] {
        #expect(throws: MachineError.self, "\(text)") { try execution.restore(Array(text.utf8)) }
        #expect(try execution.state(of: nil)?.canonicalText == #"{"n":1}"#, "\(text)")
      }
    }

    @Test(arguments: ["scope: 'stream'", "key: e => e.stream"])
    func partsOfTheKeysMakeTheWhole(scope: String) throws {
      let program = try machine("s.n = (s.n ?? 0) + 1", more: scope)
      var random = SeededGenerator(seed: 9)
      let streams = (0..<200).map { i -> String in
        var text = ""
        for _ in 0..<(1 + random.below(4)) {
          let scalar = Unicode.Scalar(UInt32(random.below(0x11_0000))) ?? "é"
          text.unicodeScalars.append(scalar)
        }
        return i % 10 == 0 ? "\u{1F600}\(i)" : text
      }
      let events = recorded(
        (0..<600).map { _ in NewEvent("e", in: streams[random.below(streams.count)]) })
      let whole = try program.makeHost()
      try whole.run(events, checks: false) { _ in }
      for count in [2, 3, 7] {
        var members: [(String, JSONValue)] = []
        for index in 0..<count {
          let part = KeyPart(index: index, of: count)
          let execution = try program.makeHost(HostSetup(part: part))
          try execution.run(events, checks: false) { _ in }
          for member in try execution.states().members {
            #expect(part.contains(member.key), "\(Array(member.key.utf8))")
            #expect(try execution.state(of: member.key) == member.value)
            members.append((member.key, member.value))
          }
        }
        #expect(members.count == Set(members.map { Array($0.0.utf8) }).count)
        #expect(.object(members) == (try whole.wholeState(.stream)))
      }
    }
  }
#endif

#if JavaScript
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import EvlogTesting
  import ReplayTestSupport
  import Testing

  /// Rules by the names of the patterns, beside what their definitions say of the past, looked through at each event.
  @Suite struct PatternTests {
    private struct Happening {
      var type: String
      var key: Int
      var owner: Int
      var time: Int64
      var value: Int

      var event: NewEvent {
        var event = NewEvent(type, #"{"k":"k\#(key)","o":"o\#(owner)","v":\#(value)}"#)
        event.recordedAt = Timestamp(nanoseconds: time)
        return event
      }
    }

    private static let source = """
      const of = e => e.data.k, by = e => e.data.o
      machine("m", 1, {
        initial: { value: 0 }, ignore: ["z"],
        on: { b: () => {}, a: (s, e) => { s.value = e.data.v }, c: (s, e) => { s.value = e.data.v } },
        invariants: {
          absence: absence("c"), absenceOfSome: absence(e => e.type === "a" && e.data.v === 3),
          precedence: precedence("a", "b", { by: of }), precedenceOfAll: precedence("a", e => e.type !== "a"),
          response: response("a", "b", { within: "10ns", by: of }), responseToAll: response("c", "b", { within: "5ns" }),
          succession: succession("a", "b", { within: "10ns", by: of }),
          exclusion: mutualExclusion("a", "b", { of, by }), oneAtATime: mutualExclusion("a", "b"),
          monotone: monotone(s => s.value), conserved: conserved(s => ({ v: s.value })),
          responseInTheEnd: response("a", "b", { by: of }), exactlyOne: exactly(1, "c"),
          exactlyTwoOfEach: exactly(2, "c", { by: of }), even: atEnd(s => s.value % 2 === 0),
        },
      })
      """

    private static func precedes(_ past: [Happening], _ isSecond: (Happening) -> Bool, byKey: Bool)
      -> Bool
    {
      let last = past[past.count - 1]
      return !isSecond(last) || past.contains { $0.type == "a" && (!byKey || $0.key == last.key) }
    }

    private static func responds(_ past: [Happening], to cause: String, within: Int64, byKey: Bool)
      -> Bool
    {
      let before = past.dropLast()
      return !before.indices.contains { i in
        before[i].type == cause && before[i].time + within < past[past.count - 1].time
          && !before[(i + 1)...].contains { $0.type == "b" && (!byKey || $0.key == before[i].key) }
      }
    }

    private static func respondsInTheEnd(_ past: [Happening]) -> Bool {
      past.indices.allSatisfy { i in
        past[i].type != "a" || past[(i + 1)...].contains { $0.type == "b" && $0.key == past[i].key }
      }
    }

    private static func excludes(_ past: [Happening]) -> Bool {
      (0..<3).allSatisfy { key in
        (0..<3).count { owner in
          past.last { $0.type != "c" && $0.key == key && $0.owner == owner }?.type == "a"
        } < 2
      }
    }

    /// What holds after the last event of a past.
    private static func definitions(_ past: [Happening]) -> [Bool] {
      let last = past[past.count - 1]
      let values = past.filter { $0.type != "b" }.map(\.value)
      let (now, before) = (values.last ?? 0, values.dropLast().last ?? 0)
      var held = 0
      for happening in past where happening.type != "c" {
        held = max(0, held + (happening.type == "a" ? 1 : -1))
      }
      let order = precedes(past, { $0.type == "b" }, byKey: true)
      let answer = responds(past, to: "a", within: 10, byKey: true)
      return [
        last.type != "c", last.type != "a" || last.value != 3, order,
        precedes(past, { $0.type != "a" }, byKey: false), answer,
        responds(past, to: "c", within: 5, byKey: false), order && answer, excludes(past), held < 2,
        last.type == "b" || now >= before, last.type == "b" || now == before,
        // If the log ended here.
        respondsInTheEnd(past), past.count { $0.type == "c" } == 1,
        (0..<3).allSatisfy { key in
          [0, 2].contains(past.count { $0.type == "c" && $0.key == key })
        }, now % 2 == 0,
      ]
    }

    @Test func theyAreWhatTheirDefinitionsSay() throws {
      var seeds = SystemRandomNumberGenerator()
      let program = try ScriptProgram(source: Self.source, file: "m.js")
      for _ in 0..<30 {
        let seed = UInt64.random(in: .min ... .max, using: &seeds)
        var random = SeededGenerator(seed: seed)
        var time: Int64 = 1_700_000_000_000_000_000
        let count = Int.random(in: 1...80, using: &random)
        let happenings = (0..<count).map { _ in
          time += Int64.random(in: 0...6, using: &random)
          return Happening(
            type: ["a", "a", "b", "b", "c"].randomElement(using: &random) ?? "a",
            key: Int.random(in: 0..<3, using: &random),
            owner: Int.random(in: 0..<3, using: &random), time: time,
            value: Int.random(in: 0..<5, using: &random))
        }
        let (error, changes) = try failure(program, happenings.map(\.event))
        #expect(error == nil, "seed \(seed)")
        for i in program.descriptor.invariants.indices {
          let name = program.descriptor.invariants[i].name
          let mine = changes.filter { $0.invariant == i }
          for n in happenings.indices {
            let verdict = mine.last { $0.cut <= Cut(n + 1) }?.verdict
            let expected = Self.definitions(Array(happenings[...n]))[i]
            #expect(verdict == (expected ? .holds : .violated), "seed \(seed): \(name) at \(n)")
          }
        }
      }
    }

    @Test(arguments: [
      (#"absence("d")"#, "is about 'd', which has no handler"),
      (#"absence("a")"#, "is about 'a', which has no handler: no invariant sees such events"),
      (#"absence(7)"#, "absence(...) needs an event type, or a function of an event"),
      (#"succession("a", "b")"#, #"succession(...) needs 'within' as a text such as "500ms""#),
      (#"exactly("a", 2)"#, "exactly(n, ...) needs a whole number from 0"),
      (#"atEnd("a")"#, "atEnd(...) needs a function"),
      (#"response("a", "b", { within: "soon" })"#, "response(...) needs 'within'"),
      (#"response("a", "b", { wthin: "1s" })"#, "no option 'wthin'; there are: by, within"),
      (#"precedence("a", "b", { by: "k" })"#, "precedence(...) needs 'by' as a function"),
      (#"monotone("value")"#, "monotone(...) needs a function"),
    ])
    func whatCannotBeARuleIsRefused(_ rule: String, _ message: String) throws {
      let error = #expect(throws: MachineError.self) {
        try ScriptProgram(
          source: """
            machine("m", 1, { initial: {}, ignore: ["a"], on: { b: () => {} }, invariants: { r: \(rule) } })
            """, file: "m.js")
      }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    /// What a rule remembers is kept with the state.
    @Test func aMemoryIsSavedAndRestored() throws {
      let program = try ScriptProgram(source: Self.source, file: "m.js")
      func event(_ type: String, at time: Int64) -> NewEvent {
        Happening(type: type, key: 0, owner: 0, time: time, value: 0).event
      }
      let host = try program.makeHost()
      try host.run(recorded([event("a", at: 100)]), checks: true) { _ in }
      let saved = try host.save()
      let other = try program.makeHost()
      try other.restore(saved)
      var changes: [VerdictChange] = []
      try other.run(recorded([event("a", at: 200)], from: 1), checks: true) { changes.append($0) }
      let names = program.descriptor.invariants.map(\.name)
      #expect(
        changes.filter { $0.verdict == .violated }.map { names[$0.invariant] }
          == ["response", "succession", "oneAtATime", "responseInTheEnd", "exactlyOne"])
    }
  }
#endif

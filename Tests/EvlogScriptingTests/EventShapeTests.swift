#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import EvlogTesting
  import ReplayTestSupport
  import Testing

  /// Payloads that are written alike reach a script as those do that the engine reads by itself.
  @Suite struct EventShapeTests {
    /// Compares each payload with the next one, which is the same in an array: arrays have no shape.
    private static let source = """
      machine("same", 1, {
        initial: { last: null, differing: [], count: 0 },
        on: {
          bare: (s, e) => { s.last = e.data },
          wrapped: (s, e) => {
            const text = (v) => typeof v === "bigint" ? "big" + v : Object.is(v, -0) ? "-0"
              : typeof v === "object" && v !== null
                ? (Array.isArray(v) ? "[" : "{") + Object.keys(v).map(k => k + ":" + text(v[k])).join()
                : JSON.stringify(v)
            if (text(s.last) !== text(e.data[0])) s.differing.push(text(e.data[0]))
            s.last = null
            s.count++
          },
        },
      })
      """

    private struct Payloads {
      var random: SeededGenerator
      /// What is written around the values, and what the values mostly are.
      let templates: [[(mark: String, kind: Int)]]

      init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let keys = ["a", "größe", "7", "", "2", "amount", "日本", "\\u0061b", "a", "constructor"]
        templates = (0..<(1 + random.below(6))).map { _ in
          (0..<random.below(8)).map { _ in
            let space = ["", "", "", " ", "\n\t"][random.below(5)]
            return ("\(space)\"\(keys[random.below(keys.count)])\":\(space)", random.below(7))
          }
        }
        self.random = random
      }

      mutating func value(_ kind: Int) -> String {
        switch random.below(40) == 0 ? random.below(10) : kind {
        case 0: return "\"\(["EUR", "USD", "größer", "🙂", ""][random.below(5)])\""
        case 1: return "\"id-\(random.next())\""
        case 2:
          return
            "\(random.below(3) == 0 ? "-" : "")\(random.next() >> UInt64(15 + random.below(49)))"
        case 3: return ["true", "false", "null", "1.50", "-0", "1e3", "0"][random.below(7)]
        case 4: return "{\"x\":\(random.below(9)),\"y\":[\"z\",\(random.below(9))]}"
        case 5: return "\(random.below(1000))"
        case 6: return "\"\(["a\\\"b", "\\ud83d\\ude42", "tab\\t", "plain"][random.below(4)])\""
        case 7: return "\(random.next() >> UInt64(random.below(20)))"
        case 8: return "\"\(String(repeating: "long ", count: random.below(30)))\""
        default: return "[]"
        }
      }

      mutating func next() -> String {
        let template = templates[random.below(templates.count)]
        return "{" + template.map { $0.mark + value($0.kind) }.joined(separator: ",") + "}"
      }
    }

    @Test(arguments: UInt64(0)..<40) func payloadsAreAsTheEngineReadsThem(seed: UInt64) throws {
      var payloads = Payloads(seed: seed)
      let events = (0..<1500).flatMap { _ in
        let payload = payloads.next()
        return [NewEvent("bare", payload), NewEvent("wrapped", "[\(payload)]")]
      }
      let program = try ScriptProgram(source: Self.source, file: "same.js")
      let end = try state(program, events)
      #expect(end == "{\"count\":1500,\"differing\":[],\"last\":null}", "seed \(seed)")
    }

    /// More texts than either side keeps, some of which come again and again.
    @Test func textsBeginAnewWhenThereAreTooMany() throws {
      var events: [NewEvent] = []
      var random = SeededGenerator(seed: 1)
      for i in 0..<60_000 {
        let type = ["bare", "other"][i % 2]
        let payload =
          "{\"a\":\"\(type)-\(i % 50)\",\"b\":\"b\(i)\",\"c\":\"c\(random.below(30_000))\"}"
        events.append(NewEvent(type, payload))
        if type == "bare" { events.append(NewEvent("wrapped", "[\(payload)]")) }
      }
      let program = try ScriptProgram(
        source: Self.source.replacing("bare: (s, e)", with: "other: () => {}, bare: (s, e)"),
        file: "same.js")
      let end = try state(program, events)
      #expect(end == "{\"count\":30000,\"differing\":[],\"last\":null}")
    }

    /// More shapes than are kept, payloads with more members than a shape may have, and more values than a
    /// batch has room for.
    @Test func payloadsWithoutShapeArePayloads() throws {
      var events: [NewEvent] = []
      func add(_ payload: String) {
        events += [NewEvent("bare", payload), NewEvent("wrapped", "[\(payload)]")]
      }
      for i in 0..<1500 { add("{\"k\(i)\":\(i),\"v\":\"v\"}") }
      for count in [31, 32, 33, 100] {
        for i in 0..<700 {
          add("{" + (0..<count).map { "\"k\($0)\":\(i + $0)" }.joined(separator: ",") + "}")
        }
      }
      for _ in 0..<10 {
        for payload in [
          "{\"__proto__\":1}", "{}", "{ }", "{\"a\":1,\"a\":2}", "{\"é\":1,\"e\u{301}\":2}",
        ] {
          add(payload)
        }
      }
      let program = try ScriptProgram(source: Self.source, file: "same.js")
      let end = try state(program, events)
      #expect(end == "{\"count\":4350,\"differing\":[],\"last\":null}")
    }

    /// What looks like its neighbours and is no JSON is told of, and named.
    @Test(arguments: [
      "{\"a\":01,\"b\":\"x\"}", "{\"a\":1,\"b\":\"x\"", "{\"a\":1,\"b\":\"x\"}}",
      "{\"a\":1,\"b\":x}",
      "{\"a\":,\"b\":\"x\"}", "{\"a\":1,\"b\":\"\n\"}", "{\"a\":1,\"b\":\"x}",
      "{\"a\":-,\"b\":\"x\"}",
    ]) func brokenPayloadsAreNamed(broken: String) throws {
      var events = (0..<50).map { NewEvent("e", "{\"a\":\($0),\"b\":\"x\($0 % 3)\"}") }
      events[33] = NewEvent("e", broken)
      let (error, _) = try failure(try machine("s.a = e.data.a"), events)
      #expect(error?.kind == .undecodable && error?.offset == 33)
    }

    /// What the host shares with the sandbox is not for the machine, whatever it puts into prototypes.
    @Test func nothingOfTheSandboxLeaks() throws {
      let source = """
        let leak = null
        const typed = Object.getPrototypeOf(Float64Array.prototype)
        const length = Object.getOwnPropertyDescriptor(typed, "length")
        Object.defineProperty(typed, "length", { get() { leak = this; return length.get.call(this) } })
        for (const name of ["push", "pop", "at", Symbol.iterator]) {
          const original = Array.prototype[name]
          Object.defineProperty(Array.prototype, name, { configurable: true, writable: true,
            value: function (...all) {
              if (all.some(v => typeof v === "function")) leak = this
              return original.apply(this, all)
            } })
        }
        machine("m", 1, { initial: { leaked: false, sum: 0 },
          on: { e: (s, e) => { s.sum += e.data.n; s.leaked = s.leaked || leak !== null } } })
        """
      let events = (0..<1500).map { NewEvent("e", "{\"n\":\($0),\"t\":\"t\($0 % 3)\"}") }
      let program = try ScriptProgram(source: source, file: "m.js")
      #expect(try state(program, events) == "{\"leaked\":false,\"sum\":1124250}")
    }

    /// A text that is no UTF-8 is told of, where its neighbours have the same members.
    @Test func bytesThatAreNoTextAreNamed() throws {
      var events = (0..<50).map { NewEvent("e", "{\"a\":\"ö\($0)\"}") }
      events[33].data = Array("{\"a\":\"".utf8) + [0xc3] + Array("\"}".utf8)
      let (error, _) = try failure(try machine("s.a = e.data.a"), events)
      #expect(error?.kind == .undecodable && error?.offset == 33)
    }

    /// A whole block may be of streams that belong to the other worker: their names are not told then, and
    /// must not count.
    @Test func blocksOfOtherWorkersLeaveNoNames() throws {
      let folder = TemporaryFolder()
      let log = try folder.log("log", [])
      defer { log.close() }
      for i in 0..<40 {
        try log.appendBlocking(
          Turn(
            (0..<150).map {
              NewEvent(stream: "s-\(i)", type: "e", data: Array("{\"n\":\($0)}".utf8))
            }))
      }
      let program = try ScriptProgram(
        source: """
          machine("m", 1, { scope: "stream", initial: {},
            on: { e: (s, e) => { s.stream = e.stream; s.n = e.data.n } } })
          """, file: "m.js")
      for (index, count) in [(0, 2), (1, 2), (2, 3)] {
        let execution = try program.makeHost(HostSetup(part: KeyPart(index: index, of: count)))
        var block = EventBlock()
        var cursor = log.events().makeCursor()
        while try cursor.read(into: &block) { try execution.run(block, checks: false) { _ in } }
        for member in try execution.states().members {
          #expect(member.value["stream"] == .string(member.key))
        }
      }
    }

    /// Both sides begin anew together, also where it is time for that in a block of the other worker's.
    @Test func whatIsForgottenIsForgottenOnBothSides() throws {
      let folder = TemporaryFolder()
      let log = try folder.log("log", [])
      defer { log.close() }
      let part = KeyPart(index: 0, of: 2)
      let names = (0..<50).map { "s-\($0)" }
      let mine = try #require(names.first { part.contains($0) })
      let other = try #require(names.first { !part.contains($0) })
      for turn in 0..<75 {
        try log.appendBlocking(
          Turn(
            (0..<1000).map { i in
              let n = turn * 1000 + i
              return NewEvent(
                stream: mine, type: "t\(turn % 6)", data: Array("{\"n\":\(n),\"w\":\"w\(n)\"}".utf8)
              )
            }))
        for stream in [other, mine] {
          try log.appendBlocking(
            Turn(
              (0..<150).map { _ in
                NewEvent(stream: stream, type: "old", data: Array("{\"n\":7,\"w\":\"w7\"}".utf8))
              }))
        }
      }
      let program = try ScriptProgram(
        source: """
          machine("m", 1, { scope: "stream", initial: { count: 0, wrong: 0 }, on: { "*": (s, e) => {
            s.count++
            if (e.data.w !== "w" + e.data.n || e.stream !== "\(mine)") s.wrong++
          } } })
          """, file: "m.js")
      let execution = try program.makeHost(HostSetup(part: part))
      var block = EventBlock()
      var cursor = log.events().makeCursor()
      while try cursor.read(into: &block) { try execution.run(block, checks: false) { _ in } }
      #expect(
        try execution.state(of: mine)?.canonicalText == "{\"count\":86250,\"wrong\":0}")
    }
  }
#endif

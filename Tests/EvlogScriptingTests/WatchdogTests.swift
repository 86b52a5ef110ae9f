#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// A script that does not end is stopped, and it is said where. One at a time: memory is measured
  /// for the whole process.
  @Suite(.serialized) struct WatchdogTests {
    private func bounds(seconds: Double = 0.3, bytes: Int = 2 << 30) -> ScriptProgram.Bounds {
      var bounds = ScriptProgram.Bounds()
      bounds.secondsPerHandler = seconds
      bounds.memoryBytes = bytes
      return bounds
    }

    private let loop = "if (e.offset === 3) while (true);"

    @Test func aLoopInTheFile() {
      let error = #expect(throws: MachineError.self) {
        try ScriptProgram(source: "while (true);", file: "m.js", bounds: bounds())
      }
      #expect(error?.kind == .timedOut)
    }

    /// What is attempted is the last event, not the one for whose state it is.
    @Test func anAttemptThatDoesNotEndIsNamed() throws {
      let program = try machine("if (e.data.hangs) for (;;);", seconds: 0.3)
      let execution = try program.makeHost()
      let events = recorded([NewEvent("e", "{}"), NewEvent("e", "{\"hangs\":true}")], from: 40)
      let error = #expect(throws: MachineError.self) {
        try execution.attempt(events[1], onStateOf: events[0], by: .value(StatePath([])))
      }
      #expect(error?.kind == .timedOut && error?.offset == 41)
    }

    @Test(arguments: [
      ("on: { e: (s, e) => { LOOP } }", "on.e"),
      ("on: { e: (s, e) => { try { LOOP } finally { s.x = 1 } } }", "on.e"),
      ("on: { '*': (s, e) => { LOOP } }", "on['*']"),
      ("on: { e() {} }, key: e => { LOOP return 'k' }", "key"),
      ("on: { e() {} }, upcast: e => { LOOP }", "upcast"),
      (
        "on: { e() {} }, upcast: { 'e@1': e => { LOOP return { schemaVersion: 2 } } }",
        "upcast['e@1']"
      ),
      (
        "on: { e() {} }, invariants: { small: step((b, e) => { LOOP return true }) }",
        "the invariant 'small'"
      ),
      (
        "on: { e() {} }, invariants: { h: history(0, (m, b, e) => { LOOP return true }) }",
        "the invariant 'h'"
      ),
    ])
    func aLoopNamesWhatRanAndAtWhichEvent(_ spec: String, _ handler: String) throws {
      let program = try ScriptProgram(
        source: "machine('m', 1, { initial: {}, "
          + spec.replacing("LOOP", with: loop) + " })", file: "m.js", bounds: bounds())
      let execution = try program.makeHost()
      let error = #expect(throws: MachineError.self) {
        try execution.run(
          recorded([NewEvent](repeating: NewEvent("e"), count: 6)), checks: true
        ) { _ in }
      }
      #expect(error?.kind == .timedOut)
      #expect(error?.offset == 3)
      #expect(error?.handler == handler)
      #expect(throws: MachineError.self) { try execution.state(of: nil) }
    }

    @Test func whatWasFoundBeforeItIsKept() throws {
      let program = try ScriptProgram(
        source: """
          machine('m', 1, { initial: { n: 0 },
            on: { e: (s, e) => { s.n = e.data; if (e.data === 9) while (true); } },
            invariants: { odd: always(s => s.n % 2 === 0) } })
          """, file: "m.js", bounds: bounds())
      let (error, changes) = try failure(
        program, ["2", "3", "5", "4", "9"].map { NewEvent("e", $0) })
      #expect(error?.offset == 4)
      #expect(changes.map(\.cut) == [1, 2, 4])
      #expect(changes.map(\.verdict) == [.holds, .violated, .holds])
    }

    @Test func memoryIsBounded() throws {
      let program = try ScriptProgram(
        source: """
          machine('m', 1, { initial: {}, on: { e: (s, e) => {
            if (e.offset === 2) { s.list = []; while (true) s.list.push(new Array(1000).fill(1.5)) }
          } } })
          """, file: "m.js", bounds: bounds(seconds: 60, bytes: 300 << 20))
      let execution = try program.makeHost()
      let error = #expect(throws: MachineError.self) {
        try execution.run(
          recorded([NewEvent](repeating: NewEvent("e"), count: 6)), checks: false
        ) { _ in }
      }
      #expect(error?.kind == .outOfMemory)
      #expect(error?.offset == 2)
      #expect(error?.handler == "on.e")
    }

    /// A thousand of these at once would not fit, and none of them is the machine's.
    @Test func batchesOfLargeEventsFit() throws {
      let program = try ScriptProgram(
        source:
          "machine('m', 1, { initial: { n: 0 }, on: { e: (s, e) => { s.n += e.data.t.length } },"
          + " invariants: { some: always(s => s.n >= 0) } })",
        file: "m.js", bounds: bounds(seconds: 10, bytes: 400 << 20))
      let execution = try program.makeHost()
      let text = String(repeating: "0123456789abcdef", count: 1 << 16)
      let events = recorded((0..<250).map { _ in NewEvent("e", #"{"t":"\#(text)"}"#) })
      try execution.run(events, checks: true) { _ in }
      #expect(try execution.state(of: nil)?["n"] == .int(250 << 20))
    }

    @Test func whatIsSlowButGoesOnIsNotStopped() throws {
      // Each event takes a good part of the bound; all of them take many times as much.
      let program = try ScriptProgram(
        source: """
          machine('m', 1, { initial: { n: 0 }, on: { e: s => {
            for (let i = 0; i < 3e6; i++) s.n = (s.n * 31 + i) % 1000003
          } } })
          """, file: "m.js", bounds: bounds(seconds: 1))
      let execution = try program.makeHost()
      #expect(throws: Never.self) {
        try execution.run(
          recorded([NewEvent](repeating: NewEvent("e"), count: 60)), checks: false
        ) { _ in }
      }
    }
  }
#endif

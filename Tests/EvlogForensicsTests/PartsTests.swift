#if JavaScript
  import EvlogCore
  import EvlogForensics
  import EvlogJSON
  import EvlogMachine
  import EvlogReplay
  import EvlogScripting
  import EvlogStore
  import EvlogTesting
  import Foundation
  import ReplayTestSupport
  import SystemPackage
  import Testing

  /// Machines in JavaScript that are made of others.
  @Suite struct PartsTests {
    private static func program(_ spec: String, before: String = "") throws -> ScriptProgram {
      try ScriptProgram(source: "\(before)\nmachine(\"whole\", 1, \(spec))", file: "whole.js")
    }

    private static func wrong(_ spec: String, before: String = "") -> String {
      do {
        _ = try program(spec, before: before)
        return "nothing"
      } catch { return "\(error)" }
    }

    // MARK: A part does what it does alone

    /// Its handler changes the event that it gets, and keeps it.
    private static let balance = """
      { initial: { cents: 0, moves: 0, last: null, dice: 0 },
        on: {
          moved: (s, e) => {
            s.cents += e.data.cents
            s.moves++
            s.last = e.data
            s.dice = e.random()
            e.data.cents = 0
          },
          cleared: s => { s.cents = 0 },
        },
        ignore: IGNORED,
        invariants: {
          "not far below": always(s => s.cents >= -500),
          "no leap": step((before, e, after) => {
            if (after.moves % 11 === 10) throw new Error("eleventh")
            return Math.abs(after.cents - before.cents) < 350
          }),
          "few falls": history({ n: 0 }, (m, before, e, after) => {
            if (after.cents < before.cents) m.n++
            return m.n % 5 !== 4 && (m.n % 7 !== 6 || null)
          }),
          "cleared in time": response("moved", "cleared", { within: "5ns" }),
        } }
      """
    private static let account = """
      { initial: { n: 0, dice: 0, items: {} },
        key: e => e.data.who ?? null,
        on: {
          moved: (s, e) => {
            s.n += e.data.cents
            s.dice = e.random()
            s.items[`i${e.data.cents % 5}`] = e.data
          },
          visited: s => { s.n++ },
        },
        ignore: IGNORED,
        invariants: {
          "not far below": always(s => s.n === 13 ? null : s.n >= -300),
          "every item is small": every("items", item => item.cents < 450),
          "no leap": step((before, e, after) => Math.abs(after.n - before.n) < 400),
          "few visits": history(0, (m, before, e, after) => {
            const n = m + (e.type === "visited" ? 1 : 0)
            return [n, n % 4 !== 3]
          }),
        } }
      """

    private struct Run {
      var state: [String: JSONValue] = [:]
      /// By invariant and key, the verdicts from each cut on at which they change.
      var changes: [VerdictChange] = []
    }

    private static func run(
      _ program: ScriptProgram, over log: EventLog, keys: [String?], restoringAt cut: Cut? = nil
    ) throws -> Run {
      let replayer = Replayer(program, over: log)
      var run = Run()
      var work = Replayer.Work()
      var host = try program.makeHost()
      func advance(_ from: Cut, _ to: Cut) throws {
        try replayer.advance(
          host, from: from, to: to, checks: true, saves: false, work: &work, counted: { _ in },
          change: { run.changes.append($0) })
      }
      if let cut {
        try advance(0, cut)
        let saved = try host.save()
        host = try program.makeHost()
        try host.restore(saved)
      }
      try advance(cut ?? 0, replayer.history.end)
      for key in keys {
        run.state[key ?? ""] = try host.state(of: key)
      }
      return run
    }

    @Test(arguments: 0..<12) func aPartDoesWhatItDoesAlone(trial: Int) throws {
      var seeds = SystemRandomNumberGenerator()
      let seed = UInt64.random(in: .min ... .max, using: &seeds)
      print("seed \(seed)")
      var random = SeededGenerator(seed: seed)
      let folder = TemporaryFolder()
      var time: Int64 = 0
      let events = (0..<300).map { _ in
        let type = ["moved", "moved", "visited", "cleared", "noise"][random.below(5)]
        let who = random.below(4)
        var event = NewEvent(
          type,
          type == "moved"
            ? #"{"cents":\#(random.below(1000) - 480)\#(who == 0 ? "" : #","who":"w\#(who)""#)}"#
            : #"{"who":"w\#(who)"}"#)
        time += Int64(random.below(3))
        event.recordedAt = Timestamp(nanoseconds: time)
        return event
      }
      let log = try folder.log("log", events)
      let balance = try Self.program(
        Self.balance.replacing("IGNORED", with: #"["visited", "noise"]"#))
      let account = try Self.program(
        Self.account.replacing("IGNORED", with: #"["cleared", "noise"]"#))
      let whole = try Self.program(
        """
        { parts: { balance: \(Self.balance.replacing("IGNORED", with: "[]")),
            nested: { parts: { account: \(Self.account.replacing("IGNORED", with: "[]")) } } },
          ignore: ["noise"],
          invariants: { "both": always(s => s.balance.moves >= 0 && s.nested.account !== null) } }
        """)
      let keys = (0..<4).map { "w\($0)" }
      let saved = Cut(UInt64(random.below(300)))
      let first = try Self.run(balance, over: log, keys: [nil])
      let second = try Self.run(account, over: log, keys: keys)
      let both = try Self.run(whole, over: log, keys: [nil])
      let restored = try Self.run(whole, over: log, keys: [nil], restoringAt: saved)
      #expect(both.state == restored.state)
      let state = try #require(both.state[""])
      #expect(state["balance"] == first.state[""])
      for key in keys {
        #expect(state["nested"]?["account"]?[key] == second.state[key], "\(key)")
      }

      let names = whole.descriptor.invariants.map(\.name)
      #expect(
        names == balance.descriptor.invariants.map { "balance: \($0.name)" }
          + account.descriptor.invariants.map { "nested: account: \($0.name)" } + ["both"])
      for cut in 1...UInt64(events.count) {
        let found = [both, restored].map { run in
          names.indices.map { i in
            run.changes.last { $0.invariant == i && $0.cut <= Cut(cut) }?.verdict ?? .holds
          }
        }
        #expect(found[0] == found[1], "at \(cut), restored at \(saved)")
      }
      let plain = balance.descriptor.invariants.count
      for cut in 1...UInt64(events.count) {
        let cut = Cut(cut)
        for i in names.indices.dropLast() {
          let found = both.changes.last { $0.invariant == i && $0.cut <= cut }?.verdict
          if i < plain {
            let alone = first.changes.last { $0.invariant == i && $0.cut <= cut }?.verdict
            #expect((found ?? .holds) == (alone ?? .holds), "\(names[i]) at \(cut)")
            continue
          }
          let invariant = i - plain
          var alone = keys.map { key in
            second.changes.last { $0.invariant == invariant && $0.key == key && $0.cut <= cut }?
              .verdict ?? .holds
          }
          if account.descriptor.invariants[invariant].kind == .step {
            let event = events[Int(UInt64(cut)) - 1]
            let who = try JSONParser.parse(String(decoding: event.data, as: UTF8.self))["who"]
            let isConcerned = event.type == "moved" || event.type == "visited"
            alone = keys.indices.filter { isConcerned && who == .string(keys[$0]) }.map {
              alone[$0]
            }
          }
          let expected: Verdict =
            alone.contains(.violated)
            ? .violated : alone.contains(.undefined) ? .undefined : .holds
          #expect((found ?? .holds) == expected, "\(names[i]) at \(cut)")
        }
      }
    }

    // MARK: Exploration

    private static func explore(_ program: ScriptProgram) async throws -> ExploredSpace {
      try await Replayer(program, over: EventList([RecordedEvent]()))
        .explore(from: nil, drawing: false, within: ExplorationLimits())
    }

    private static func ring(_ count: Int, _ type: String) -> String {
      """
      { initial: { at: 0 },
        on: { \(type): s => { s.at = (s.at + 1) % \(count) } },
        invariants: { "on the ring": always(s => s.at < \(count)) },
        regions: {
          of: s => s.at === 0 ? "start" : "under way",
          moves: {
            start: { \(type): ["under way"] },
            "under way": { \(type): ["under way", "start"] },
          },
        },
        explore: { events: () => [{ type: "\(type)" }] } }
      """
    }

    /// Machines that share no event reach every pair of their states; machines that step together, as many as the
    /// least common multiple.
    @Test(arguments: [(4, 6), (3, 5), (2, 8)]) func aProductHasTheStatesThatItMustHave(
      a: Int, b: Int
    ) async throws {
      let apart = try await Self.explore(
        Self.program("{ parts: { a: \(Self.ring(a, "left")), b: \(Self.ring(b, "right")) } }"))
      #expect(apart.distinct == a * b)
      #expect(apart.isComplete && !apart.isViolated)
      let together = try await Self.explore(
        Self.program(
          """
          { parts: { a: \(Self.ring(a, "tick")), b: \(Self.ring(b, "tick")) },
            invariants: { "never both at the start again": step((before, e, after) =>
              after.a.at > 0 || after.b.at > 0) } }
          """))
      var multiple = a
      while multiple % b != 0 { multiple += a }
      #expect(together.distinct == multiple)
      #expect(together.isViolated)
      let moves = together.moves.map { [$0.region, $0.type, $0.target] }
      #expect(moves.contains(["start, start", "tick", "under way, under way"]))
    }

    /// Before a key's first event, each part is where it begins.
    @Test func aKeysFirstEventIsDeclared() throws {
      let program = try Self.program(
        """
        { key: e => e.data.order,
          parts: {
            order: { initial: { status: "new" }, on: { placed: s => { s.status = "placed" } },
              regions: { of: s => s.status, moves: { "∅": { placed: ["placed"] }, placed: {} } } },
            paid: { initial: { n: 0 }, on: { shipped: s => { s.n++ } },
              regions: { of: s => s.n > 0 ? "paid" : "open", moves: { open: { shipped: ["paid"] } } } },
          } }
        """)
      let regions = try #require(program.descriptor.regions)
      #expect(regions.move(in: "∅", on: "placed") == .allowed(to: ["placed, open"]))
      #expect(regions.move(in: "∅", on: "shipped") == .allowed(to: ["new, paid"]))
      #expect(regions.move(in: "placed, open", on: "shipped") == .allowed(to: ["placed, paid"]))
      #expect(regions.move(in: "placed, open", on: "placed") == nil)
    }

    // MARK: What cannot be composed

    @Test func whatCannotBeComposedIsRefused() {
      let part = "{ initial: {}, on: { x: () => {} }"
      func expect(_ spec: String, _ text: String, _ location: SourceLocation = #_sourceLocation) {
        let found = Self.wrong(spec)
        #expect(found.contains(text), "\(found)", sourceLocation: location)
      }
      expect("{ parts: {} }", "'parts' must be an object with a machine for each name")
      expect("{ parts: { a: 1 } }", "'parts.a' must be a machine")
      expect(
        "{ parts: { a: \(part), logs: {} } } }", "'parts.a.logs' is not a part of a machine in")
      expect("{ parts: { a: { initial: {} } } }", "'parts.a.on' must be an object with a handler")
      expect(
        "{ parts: { a: \(part), invariants: { p: precedence('x', 'y') } } } }",
        "the invariant 'p' of 'parts.a' is about 'y', which has no handler")
      expect(
        "{ parts: { a: \(part) } }, initial: { a: 1 } }", "'a' is a part, and a member of 'initial'"
      )
      expect(
        """
        { parts: { a: \(part), events: { x: { n: integer } } },
          b: \(part), events: { x: { n: text } } } } }
        """, "'parts.a.events' and 'parts.b.events' claim 'x' with different contracts")
      expect(
        "{ parts: { a: \(part), events: closed({ x: {} }) }, b: \(part) } } }",
        "'parts.a.events' allows no other event types, and not all parts say which they have")
      expect(
        "{ parts: { a: \(part), upcast: { x: e => ({}) } }, b: \(part) } } }",
        "'parts.a.upcast' converts 'x', which 'parts.b' sees too")
      expect(
        "{ parts: { a: \(part), upcast: e => e } } }",
        "'parts.a.upcast' may convert any event")
      expect(
        "{ parts: { a: \(part) } }, logs: { l: { initial: {}, on: {} } } }",
        "a machine has 'logs' or 'parts', not both")
      expect("{ parts: { a: use('lock.js') } }", "this machine is a text without a folder")
      expect("{ parts: { a: use(1 + '') } }", "use(...) needs the name of a file")
    }

    /// The same contract twice is one.
    @Test func equalContractsAreOne() throws {
      let part = "{ initial: {}, on: { x: () => {} }, events: { x: { n: integer } } }"
      let whole = try Self.program("{ parts: { a: \(part), b: \(part) } }")
      #expect(whole.contract == (try Self.program(part).contract))
    }

    /// The whole's own handlers come last, and leave the parts as they are.
    @Test func theWholeHasHandlersOfItsOwn() throws {
      let folder = TemporaryFolder()
      let log = try folder.log("log", [NewEvent("x"), NewEvent("x"), NewEvent("y")])
      let part = "{ initial: { n: 0 }, on: { x: s => { s.n++ } } }"
      let sound = try Self.program(
        """
        { parts: { a: \(part) }, initial: { seen: [] },
          on: { x: s => { s.seen.push(s.a.n) }, y: s => { s.last = s.a.n; delete s.seen } } }
        """)
      let run = try Self.run(sound, over: log, keys: [nil])
      #expect(run.state[""]?.canonicalText == #"{"a":{"n":2},"last":2}"#)
      for change in ["s.a.n = 7", "s.a = { n: 7 }", "delete s.a"] {
        let greedy = try Self.program("{ parts: { a: \(part) }, on: { y: s => { \(change) } } }")
        let error = #expect(throws: MachineError.self) {
          try Self.run(greedy, over: log, keys: [nil])
        }
        #expect(error?.handler == "on.y", "\(change)")
        #expect(error?.offset == 2)
      }
    }

    // MARK: Files

    private func files(_ files: [String: String]) throws -> FilePath {
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      for (name, text) in files {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      return FilePath(folder.path)
    }

    private static let counter = """
      const LIMIT = 2
      machine("counter", 1, {
        initial: { n: 0 },
        on: {
          x: (s, e) => {
            if (e.data.fails) throw new Error("as asked")
            s.n = next(s.n)
          },
        },
        invariants: {
          "few": always(s => s.n <= LIMIT),
        },
      })
      function next(n) { return n + 1 }
      """

    @Test func filesUseFiles() async throws {
      let folder = try files([
        "main.js": """
        const LIMIT = 100
        machine("main", 1, { parts: { one:use("parts/one.js"), two: use('./parts/inner/counter.js') } })
        """,
        "parts/one.js": """
        machine("one", 1, { parts: { c: { ...use("inner/counter.js"), key: e => e.data.k } } })
        """,
        "parts/inner/counter.js": Self.counter,
      ])
      let main = folder.appending("main.js")
      let program = try ScriptProgram(file: main)
      #expect(
        program.files.map { FilePath($0).lastComponent?.string } == ["one.js", "counter.js"])
      #expect(program.descriptor.invariants.map(\.name) == ["one: c: few", "two: few"])
      let place = try #require(program.descriptor.invariants[1].place)
      #expect("\(place.file):\(place.line)" == "parts/inner/counter.js:11")
      let events = TemporaryFolder()
      let log = try events.log(
        "log",
        [#"{"k":"a"}"#, #"{"k":"b"}"#, #"{"k":"a"}"#, #"{"k":"a","fails":true}"#].map {
          NewEvent("x", $0)
        })
      let scan = try await Replayer(program, over: log).scan()
      let failure = try #require(scan.failure)
      #expect(failure.handler == "parts.one.parts.c.on.x" && failure.offset == 3)
      #expect(failure.place.map { "\($0.file):\($0.line)" } == "parts/inner/counter.js:6")
      #expect(scan.findings[0].episodes.isEmpty)
      #expect(scan.findings[1].episodes.map(\.firstCut) == [3])

      // A part's file is a part of the machine's identity, and of what is changed to test its laws.
      let mutants = try program.mutants(limit: 100)
      #expect(Set(mutants.map(\.change.file)) == ["parts/inner/counter.js"])
      for mutant in mutants {
        #expect(try mutant.program().descriptor.fingerprint != program.descriptor.fingerprint)
      }
      try Self.counter.replacing("LIMIT = 2", with: "LIMIT = 3").write(
        toFile: folder.appending("parts/inner/counter.js").string, atomically: true,
        encoding: .utf8)
      let changed = try ScriptProgram(file: main)
      #expect(changed.descriptor.fingerprint != program.descriptor.fingerprint)
      #expect(try await Replayer(changed, over: log).scan().findings[1].episodes.isEmpty)
    }

    @Test func whatIsWrongWithAFileIsSaid() throws {
      let folder = try files([
        "loop.js": #"machine("loop", 1, { parts: { a: use("loop2.js") } })"#,
        "loop2.js": #"machine("loop", 1, { parts: { a: use("loop2.js") } })"#,
        "empty.js": "const nothing = 0", "broken.js": "machine(\"b\", 1, {\n  on: }",
        "async.js": "async function f() {}\nmachine(\"a\", 1, { initial: {}, on: {} })",
        "uses.js": #"machine("m", 1, { parts: { a: use("FILE") } })"#,
        "comment.js": "// as in use(\"missing.js\")\nmachine(\"c\", 1, { initial: {}, on: {} })",
      ])
      func wrong(_ file: String) throws -> String {
        let main = folder.appending("one-\(UUID().uuidString).js").string
        try String(contentsOfFile: folder.appending("uses.js").string, encoding: .utf8)
          .replacing("FILE", with: file).write(toFile: main, atomically: true, encoding: .utf8)
        do {
          _ = try ScriptProgram(file: FilePath(main))
          return "nothing"
        } catch { return "\(error)" }
      }
      #expect(try wrong("loop.js").contains(#"use("loop2.js"): the file uses itself"#))
      #expect(try wrong("empty.js").contains("the file declares no machine"))
      #expect(try wrong("missing.js").contains("cannot be read"))
      #expect(try wrong("/etc/passwd").contains("write its path from the folder of the file"))
      #expect(try wrong("broken.js").contains("SyntaxError"))
      #expect(try wrong("async.js").contains("async"))
      _ = try ScriptProgram(file: folder.appending("comment.js"))
    }
  }
#endif

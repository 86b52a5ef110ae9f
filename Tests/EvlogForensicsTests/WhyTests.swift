import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// Why an invariant broke: every claim against the states before and after every event.
@Suite struct WhyTests {
  let folder = TemporaryFolder()

  @Test(arguments: [ScopeKind.log, .stream, .key]) func everyClaimIsTrue(_ scope: ScopeKind)
    async throws
  {
    var found = 0
    for seed in Seeds.first(10) {
      var random = SeededGenerator(seed: seed)
      let count = seed == 0 ? 1500 : 5 + random.below(60)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<count).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      for program in try EditMachine.programs(scope: scope) {
        let events = try recorded(log)
        let states = try everyState(program, events.map { [$0] })
        var replayer = Replayer(program, over: log)
        let violations = try await replayer.violations(in: try await replayer.scan())
        for violation in violations where violation.event != nil {
          let trace = "\(violation.finding.invariant.name), \(scope), seed \(seed)"
          let why = try await replayer.why(violation, depth: 4, limit: 3)
          try check(why, states, trace)
          // From snapshots, it is the same.
          for cut in [count / 3, count - 1] {
            var work = Replayer.Work()
            let execution = try replayer.execution(at: Cut(cut), work: &work)
            try SnapshotStore(log: log).save(execution, of: program.descriptor, at: Cut(cut))
          }
          replayer.snapshots = SnapshotStore(log: log)
          let again = try await replayer.why(violation, depth: 4, limit: 3)
          #expect(String(describing: again.reasons) == String(describing: why.reasons), "\(trace)")
          replayer.snapshots = nil
          found += 1
        }
      }
    }
    #expect(found > 40)
  }

  private func check(_ why: Why, _ states: [JSONValue], _ trace: String) throws {
    let key = why.violation.episode.key
    func value(_ path: StatePath, _ cut: Cut) -> JSONValue? {
      key.map { states[Int(cut)][$0]?[path] } ?? states[Int(cut)][path]
    }
    /// A key's first event finds the initial state.
    let initial = try JSONParser.parse(#"{"a":{},"items":[],"sum":0}"#)
    func found(_ path: StatePath, by offset: Offset) -> JSONValue? {
      guard let key, states[Int(offset)][key] == nil else { return value(path, offset.cutBefore) }
      return initial[path]
    }
    func lastWriter(_ path: StatePath, before offset: Offset) -> Offset? {
      (0..<offset).last { value(path, $0.cutBefore) != value(path, $0.cutAfter) }
    }
    let offsets = why.reasons.map(\.event.offset)
    #expect(offsets == offsets.sorted(by: >) && Set(offsets).count == offsets.count, "\(trace)")
    let root = try #require(why.reasons.first)
    #expect(root.event == why.violation.event && root.depth == 0, "\(trace)")
    for reason in why.reasons {
      let offset = reason.event.offset
      for write in reason.writes {
        let comment: Comment = "\(write) at \(offset), \(trace)"
        let isFound = reason.depth == 0 && write.old == found(write.path, by: offset)
        #expect(isFound || write.old == value(write.path, offset.cutBefore), comment)
        #expect(write.new == value(write.path, offset.cutAfter), comment)
        #expect(write.old != write.new, comment)
      }
      #expect(reason.reads == nil || reason.depth < 4, "\(trace)")
      for read in (reason.reads ?? []) + reason.judgedBefore {
        let comment: Comment = "\(read) at \(offset), \(trace)"
        if let writer = read.writer {
          #expect(read.value == value(read.path, offset.cutBefore), comment)
          #expect(writer == lastWriter(read.path, before: offset), comment)
          guard read.isFollowed else { continue }
          let reason = try #require(why.reasons.first { $0.event.offset == writer }, comment)
          let isTold = reason.writes.contains { $0.path.steps.starts(with: read.path.steps) }
          #expect(isTold, comment)
        } else {
          #expect(lastWriter(read.path, before: offset) == nil, comment)
        }
      }
    }
    let others = why.reasons.dropFirst()
    for reason in others {
      let isReached = why.reasons.contains { other in
        other.depth + 1 == reason.depth
          && ((other.reads ?? []) + other.judgedBefore).contains {
            $0.isFollowed && $0.writer == reason.event.offset
          }
      }
      #expect(isReached, "\(trace)")
    }
    guard why.isWatched else { return }
    // These invariants look at the sum alone.
    let sum = StatePath([.key("sum")])
    let before = found(sum, by: root.event.offset)
    let after = value(sum, root.event.offset.cutAfter)
    if before != after {
      #expect(root.writes == [.init(path: sum, old: before, new: after)], "\(trace)")
    }
    if why.violation.finding.invariant.kind == .step {
      #expect(root.judgedBefore.map(\.path) == [sum], "\(trace)")
    }
  }

  #if JavaScript
    /// What is looked at and changed in every way that JavaScript has.
    @Test func whatIsLookedAtIsSeen() throws {
      let program = try ScriptProgram(
        source: """
          machine("looks", 1, {
            initial: {
              a: 1, b: { c: 2, d: [1, 2, 3], no: 1 }, list: [{ id: 1, n: 1 }], big: 2n ** 60n,
              unused: { x: 1 },
            },
            on: {
              read: s => { s.a = s.b.c + 1 },
              same: s => { s.a = 1; s.b.c = 2 },
              list: s => { s.list.push({ id: 2, n: s.list[0].n }) },
              pop: s => { s.b.d.pop() },
              drop: s => { if ("no" in s.b) delete s.b.no },
              move: s => { s.moved = s.b; s.b = { c: s.big } },
              keys: s => { s.count = Object.keys(s.b).length },
              spread: s => { s.copy = { ...s.unused } },
              sort: s => { s.b.d.sort((x, y) => y - x) },
              returned: s => s,
            },
            invariants: {
              "c": always(s => s.b.c === 2),
              "all": always(s => Object.values(s.b).length > 2 && s.a < 9),
              "last": always(s => s.list.at(-1).id < 9),
            },
          })
          """, file: "looks.js")
      func observe(_ type: String, _ invariant: Int) throws -> Moment {
        let execution = try program.makeHost()
        var seen: Moment?
        try execution.run(
          [RecordedEvent(NewEvent(type), offset: 0, revision: 0)],
          watching: .reads(judging: invariant), verdict: { _ in }
        ) { seen = $0 }
        return try #require(seen)
      }
      func texts(_ paths: [StatePath]?) -> [String] { paths?.map(\.description) ?? ["nil"] }
      func writes(_ moment: Moment) -> [String] {
        moment.writes.map {
          "\($0.path) \($0.old?.canonicalText ?? "-") \($0.new?.canonicalText ?? "-")"
        }
      }
      let read = try observe("read", 0)
      #expect(texts(read.looks?.reads) == ["b.c"])
      #expect(writes(read) == ["a 1 3"])
      #expect(read.looks?.judged == [])
      #expect(texts(try observe("read", 1).looks?.judged) == ["a"])
      #expect(writes(try observe("same", 0)) == [])
      let list = try observe("list", 2)
      #expect(writes(list) == [#"list[1] - {"id":2,"n":1}"#])
      #expect(texts(list.looks?.reads) == ["list[0].n"])
      #expect(texts(list.looks?.judged) == ["list[1].id"])
      #expect(writes(try observe("pop", 0)) == ["b.d [1,2,3] [1,2]"])
      let drop = try observe("drop", 1)
      #expect(writes(drop) == ["b.no 1 -"])
      let move = try observe("move", 0)
      #expect(texts(move.looks?.reads) == ["b", "big"])
      #expect(texts(move.looks?.judged) == ["b.c"])
      #expect(
        writes(move) == [
          #"moved - {"c":2,"d":[1,2,3],"no":1}"#,
          #"b {"c":2,"d":[1,2,3],"no":1} {"c":1152921504606846976}"#,
        ])
      #expect(writes(try observe("keys", 0)) == ["count - 3"])
      #expect(texts(try observe("spread", 0).looks?.reads) == ["unused.x"])
      #expect(
        writes(try observe("sort", 0)) == ["b.d[0] 1 3", "b.d[2] 3 1"])
      #expect(writes(try observe("returned", 0)) == [])
    }
  #endif

  #if JavaScript
    /// Where something is there twice, both events made it so: the first wrote what the invariant looked at
    /// beside what the second wrote.
    @Test func theOtherSideIsTold() async throws {
      let source = """
        machine("desk", 1, {
          initial: { held: {} },
          on: { lent: (s, e) => { (s.held[e.data.reader] ??= []).push(e.data.book) } },
          invariants: {
            "lent once": always(s => {
              const all = Object.values(s.held).flat()
              return new Set(all).size === all.length
            }),
          },
        })
        """
      let readers = ["ada", "alan", "grace", "edsger", "barbara", "tony", "donald"]
      let lent =
        readers.enumerated().map { i, reader in (reader, "book \(i)") } + [("john", "book 1")]
      let log = try folder.log(
        "desk",
        lent.map { reader, book in
          NewEvent(
            stream: "desk", type: "lent",
            data: Array(#"{"reader":"\#(reader)","book":"\#(book)"}"#.utf8))
        })
      defer { log.close() }
      let replayer = Replayer(try ScriptProgram(source: source, file: "desk.js"), over: log)
      let violation = try #require(try await replayer.firstViolation())
      let why = try await replayer.why(violation, limit: 2)
      let root = try #require(why.reasons.first)
      #expect(root.event.offset == 7)
      // How much else it looked at is said, but not followed.
      #expect(root.judgedBefore.map { "\($0.path)" } == ["held.alan[0]"])
      #expect(root.judgedBefore.map(\.writer) == [1])
      #expect(root.judgedLeftOut == 6)
      #expect(why.reasons.map(\.event.offset) == [7, 1])
    }
  #endif

  #if JavaScript
    /// A counter that was only increased explains nothing; one that decided something, or was judged, does.
    @Test func countingIsNoReason() async throws {
      let source = """
        machine("counts", 1, {
          initial: { n: 0, late: 0, sold: 0, stock: 3 },
          on: {
            other: s => { s.n++; if (s.n > 3) s.late++ },
            sold: s => { s.n++; s.sold += 1; s.stock -= 1 },
          },
          invariants: {
            "stock": always(s => s.stock >= 2),
            "counted": always(s => s.sold < 2),
            "late": always(s => s.late < 1),
          },
        })
        """
      let log = try folder.log(
        "counts", ["other", "sold", "other", "sold", "other"].map { NewEvent($0) })
      defer { log.close() }
      let replayer = Replayer(try ScriptProgram(source: source, file: "counts.js"), over: log)
      let violations = try await replayer.violations(in: try await replayer.scan())
      func why(_ name: String) async throws -> Why {
        try await replayer.why(
          try #require(violations.first { $0.finding.invariant.name == name }))
      }
      func reads(_ why: Why) throws -> [String] {
        try #require(why.reasons.first?.reads).map { "\($0.path) \($0.isFollowed)" }
      }
      let stock = try await why("stock")
      #expect(stock.reasons.map(\.event.offset) == [3, 1])
      #expect(try reads(stock) == ["stock true", "n false", "sold false"])
      let counted = try await why("counted")
      #expect(counted.reasons.map(\.event.offset) == [3, 1])
      #expect(try reads(counted) == ["sold true", "n false", "stock false"])
      // Here the count decided.
      let late = try await why("late")
      #expect(late.reasons.map(\.event.offset) == [4, 3, 2, 1])
      #expect(try reads(late) == ["late true", "n true"])
    }

    /// What a step or a history did not look at has no part in it: a counter, say. What it looked at has.
    @Test(arguments: [
      (#"step((b, e, a) => e.type !== "B")"#, [2], [String](), [String]()),
      (#"step((b, e, a) => e.type !== "B" || b.n < 1)"#, [2, 1, 0], [], ["n true"]),
      (#"step((b, e, a) => e.type !== "B" || b.m > 0)"#, [2], [], ["m true"]),
      (#"step((b, e, a) => e.type !== "B" || a.n < 1)"#, [2, 1, 0], ["n"], []),
      (#"history(0, (m, b, e, a) => [m + 1, e.type !== "B"])"#, [2], [], []),
    ])
    func whatAStepDidNotLookAtIsNotFollowed(
      _ rule: String, _ reasons: [Offset], _ writes: [String], _ judged: [String]
    ) async throws {
      let source = """
        machine("m", 1, {
          initial: { n: 0, m: 0, seen: 0 },
          on: { "*": s => { s.n++; if (s.n > 1) s.seen++ } },
          invariants: { "no B": \(rule) },
        })
        """
      let log = try folder.log("steps", ["A", "A", "B"].map { NewEvent($0) })
      defer { log.close() }
      let replayer = Replayer(try ScriptProgram(source: source, file: "steps.js"), over: log)
      let why = try await replayer.why(try #require(try await replayer.firstViolation()))
      let root = try #require(why.reasons.first)
      #expect(why.reasons.map(\.event.offset) == reasons)
      #expect(root.writes.map { "\($0.path)" } == writes)
      #expect(root.judgedBefore.map { "\($0.path) \($0.isFollowed)" } == judged)
      if reasons == [2] { #expect(root.reads?.contains(where: \.isFollowed) == false) }
    }

    /// Of six clocks the fourth is the one that is wrong: it comes first, and how many others there are is said.
    @Test func whatDecidesComesFirst() async throws {
      let source = """
        machine("clocks", 1, {
          initial: { n: 0, vc: {}, last: null },
          on: {
            Tick: (s, e) => { s.n++; s.vc[e.data.h] = e.data.v },
            Receive: (s, e) => { s.n++; s.last = e.data.vc },
          },
          invariants: {
            "no future": always(s =>
              !s.last || Object.keys(s.last).every(h => s.last[h] <= (s.vc[h] ?? 0))),
          },
        })
        """
      let ticks = (1...6).map { NewEvent("Tick", #"{"h":"h\#($0)","v":\#($0)}"#) }
      for (received, wrong) in [
        (#"{"h1":1,"h2":1,"h3":3,"h4":7,"h5":5,"h6":6}"#, "h4"),
        (#"{"h1":1,"h2":2,"h3":3,"h4":4,"h5":5,"h6":9}"#, "h6"),
      ] {
        let log = try folder.log(wrong, ticks + [NewEvent("Receive", #"{"vc":\#(received)}"#)])
        defer { log.close() }
        let replayer = Replayer(try ScriptProgram(source: source, file: "clocks.js"), over: log)
        let violation = try #require(try await replayer.firstViolation())
        let root = try #require(try await replayer.why(violation).reasons.first)
        #expect(root.judgedBefore.first.map { "\($0.path)" } == "vc.\(wrong)")
        let scan = try await replayer.scan()
        let explained = try #require(try await replayer.explainedViolations(in: scan).first)
        #expect(explained.reads.first.map { "\($0.path)" } == "vc.\(wrong)")
        // With n, that the event counted on.
        #expect(explained.reads.count + explained.readsLeftOut == (wrong == "h4" ? 5 : 7))
      }
    }

    /// Of many numbers that an invariant looked at, as many are shown as are followed, and how many more there
    /// are is said.
    @Test func nothingIsLeftOutInSilence() async throws {
      let source = """
        machine("clock", 1, {
          initial: { clock: [0, 0, 0, 0, 0, 0, 0, 0], wide: {} },
          on: {
            tick: (s, e) => { s.clock[e.data.host]++ },
            widen: s => { for (let i = 0; i < 1500; i++) s.wide["p" + i] = 1 },
          },
          invariants: {
            "even": always(s => s.clock.reduce((a, b) => a + b, 0) < 9),
            "narrow": always(s => Object.values(s.wide).length < 1000),
          },
        })
        """
      func event(_ host: Int) -> NewEvent { NewEvent("tick", #"{"host":\#(host)}"#) }
      let log = try folder.log(
        "clock", (0..<9).map { event($0 % 8) } + [NewEvent("widen")])
      defer { log.close() }
      let replayer = Replayer(try ScriptProgram(source: source, file: "clock.js"), over: log)
      let violations = try await replayer.violations(in: try await replayer.scan())
      let even = try await replayer.why(
        try #require(violations.first { $0.finding.invariant.name == "even" }))
      let root = try #require(even.reasons.first)
      #expect(root.judgedBefore.map { "\($0.path)" } == (1...5).map { "clock[\($0)]" })
      #expect(root.judgedLeftOut == 2)
      let narrow = try await replayer.why(
        try #require(violations.first { $0.finding.invariant.name == "narrow" }))
      let wide = try #require(narrow.reasons.first)
      #expect(wide.writes.count + wide.writesLeftOut == 1500)
    }
  #endif

  /// Events that name their causes.
  @Test func causesAreNamed() async throws {
    func event(_ data: String, id: String, causes: String...) -> NewEvent {
      var event = NewEvent("put", data)
      (event.id, event.causation) = (id, causes)
      return event
    }
    let log = try folder.log(
      "causes",
      [
        event(#"{"k":"x","v":1}"#, id: "a"),
        event(#"{"k":"y","v":1}"#, id: "b", causes: "a"),
        event(#"{"k":"y","v":2}"#, id: "a", causes: "b", "b"),
        event(#"{"k":"é","v":1}"#, id: "c", causes: "b", "later", "a", "b"),
        event(#"{"k":"x","v":1}"#, id: "a", causes: "nowhere"),
      ])
    for program in try EditMachine.programs(scope: .log) {
      let replayer = Replayer(program, over: log)
      let violations = try await replayer.violations(in: try await replayer.scan())
      let violation = try #require(violations.first { $0.finding.invariant.name == "small" })
      let why = try await replayer.why(violation)
      let causes = why.reasons.map { [$0.event.offset] + $0.causes.map(\.offset) }
      #expect(causes.first == [3, 1, 2])
      #expect(causes.contains([2, 1]))
    }
  }
}

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

/// Who wrote what, against the values at every cut.
@Suite struct BlameTests {
  let folder = TemporaryFolder()

  @Test(arguments: [ScopeKind.log, .stream, .key]) func agreesWithEveryCut(_ scope: ScopeKind)
    async throws
  {
    for seed in Seeds.first(10) {
      var random = SeededGenerator(seed: seed)
      let count = seed == 0 ? 2300 : random.below(60)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<count).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      for program in try EditMachine.programs(scope: scope) {
        try await check(program, log, &random, "\(scope), seed \(seed)")
      }
    }
  }

  /// Values with many others in them, which are not compared but watched.
  @Test(arguments: [ScopeKind.log, .key]) func largeValuesAgreeWithEveryCut(_ scope: ScopeKind)
    async throws
  {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    let log = try folder.log(
      "\(scope)",
      (0..<400).map { _ in random.below(12) == 0 ? EditMachine.event(&random) : put(&random) })
    defer { log.close() }
    let paths = [
      StatePath(), StatePath([.key("a")]), StatePath([.key("a"), .key("k7")]),
      StatePath([.key("items")]), StatePath([.key("items"), .element(member: "id", value: "1")]),
    ]
    for program in try EditMachine.programs(scope: scope) {
      try await check(program, log, &random, "\(scope), seed \(seed)", paths)
    }
  }

  private func put(_ random: inout SeededGenerator) -> NewEvent {
    let isThere = random.below(5) > 0
    let data = #"{"k":"k\#(random.below(300))"\#(isThere ? ",\"v\":\(random.below(3))" : "")}"#
    return NewEvent(isThere ? "put" : "remove", data, in: "a")
  }

  private func check(
    _ program: any Program, _ log: EventLog, _ random: inout SeededGenerator, _ trace: String,
    _ paths: [StatePath] = EditMachine.paths
  ) async throws {
    let events = try recorded(log)
    let states = try everyState(program, events.map { [$0] })
    let snapshots = SnapshotStore(log: log)
    var replayer = Replayer(program, over: log)
    for round in 0..<2 {
      for path in paths {
        let key =
          program.descriptor.scope == .log ? nil : ["a", "ab", "c", "nobody"][random.below(4)]
        let cut = random.below(3) == 0 ? random.below(events.count + 1) : events.count
        let values = states[...cut].map { state -> JSONValue? in
          guard let key else { return state[path] }
          return state[key]?[path]
        }
        let expected = values.indices.dropFirst().filter { values[$0] != values[$0 - 1] }
        let comment: Comment = "\(path) of \(key ?? "the log") at \(cut), round \(round), \(trace)"
        let all = try await replayer.blame(path, ofKey: key, at: Cut(cut), history: true)
        #expect(all.value == values[cut], comment)
        #expect(all.writers.map { Int($0.event.offset) + 1 } == expected, comment)
        let changes = expected.map { cut in
          StateDiff(changing: path, from: values[cut - 1], to: values[cut]).changes
        }
        #expect(all.writers.map(\.changes) == changes, comment)
        #expect(all.writers.map(\.event) == expected.map { events[$0 - 1] }, comment)
        let last = try await replayer.blame(path, ofKey: key, at: Cut(cut))
        #expect(last.value == values[cut], comment)
        #expect(last.writers.map { Int($0.event.offset) + 1 } == expected.suffix(1), comment)
        #expect(last.lastWriter?.changes == changes.last, comment)
        if round == 1, expected.isEmpty { #expect(last.work.ignored.isEmpty, comment) }
      }
      // The same with snapshots, from which it goes backwards.
      for cut in [events.count / 4, events.count / 2, events.count - 1] where cut > 0 {
        var work = Replayer.Work()
        let execution = try replayer.execution(at: Cut(cut), work: &work)
        try snapshots.save(execution, of: program.descriptor, at: Cut(cut))
      }
      replayer.snapshots = snapshots
    }
  }

  #if JavaScript
    /// What each event changed in a container is what the values before and after it differ in, whatever it did
    /// to the arrays: at the end, in the middle, with elements that have names and that have none.
    @Test func everyChangeOfAContainerIsOneOfItsValues() async throws {
      let source = """
        const act = {
          push: (a, d) => a.push(d.v), pop: a => a.pop(), set: (a, d) => { if (a.length) a[d.i % a.length] = d.v },
          swap: (a, d) => a.splice(d.i % (a.length + 1), 1, d.v), cut: (a, d) => a.splice(d.i % (a.length + 1), 1),
          add: (a, d) => a.splice(d.i % (a.length + 1), 0, d.v), end: (a, d) => { a.pop(); a.push(d.v, d.v) },
          more: (a, d) => { a.push(d.v); if (a.length) a[0] = d.i }, sort: a => a.reverse(), none: a => a.slice(),
        };
        machine("lists", 1, {
          initial: { plain: [], named: [], deep: { rows: [[], [], { list: [] }] }, n: 0 },
          on: {
            e: (s, { data: d }) => {
              s.n++;
              act[d.op](s.plain, d);
              const name = { id: d.i, v: d.v };
              act[d.op](s.named, { i: d.i, v: name });
              act[d.op](s.deep.rows[d.i % 2], d);
              if (d.i % 3 === 0) act[d.op](s.deep.rows[2].list, { i: d.i, v: d.i % 2 ? name : d.v });
            },
          },
        })
        """
      let operations = ["push", "pop", "set", "swap", "cut", "add", "end", "more", "sort", "none"]
      let program = try ScriptProgram(source: source, file: "lists.js")
      for seed in Seeds.first(6) {
        var random = SeededGenerator(seed: seed)
        let events = (0..<400).map { i in
          let op = i < 200 || random.below(3) == 0 ? "push" : operations[random.below(10)]
          return NewEvent(
            "e", #"{"op":"\#(op)","i":\#(random.below(40)),"v":\#(random.below(4))}"#)
        }
        let log = try folder.log("lists\(seed)", events)
        defer { log.close() }
        let replayer = Replayer(program, over: log)
        let execution = try program.makeHost()
        var states = [try execution.wholeState(.log)]
        for event in try recorded(log) {
          try execution.run([event], checks: false) { _ in }
          states.append(try execution.wholeState(.log))
        }
        for text in ["plain", "named", "deep", "deep.rows", "deep.rows[1]", "deep.rows[2].list"] {
          let path = try StatePath(parsing: text)
          let made = try await replayer.blame(path, history: true)
          let values = states.map { $0.at(path.steps[...]) }
          let changed = values.indices.dropFirst().filter { values[$0] != values[$0 - 1] }
          #expect(
            made.writers.map { Int($0.event.offset) + 1 } == Array(changed), "\(text) \(seed)")
          for (writer, cut) in zip(made.writers, changed) {
            let diff = StateDiff(changing: path, from: values[cut - 1], to: values[cut])
            #expect(writer.changes == diff.changes, "\(text) at \(cut), seed \(seed)")
          }
        }
      }
    }
  #endif
}

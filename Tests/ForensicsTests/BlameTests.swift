import EvlogTesting
import EventLog
import Forensics
import Replay
import ReplayTestSupport
import Testing

/// Who wrote what, against the values at every cut.
@Suite struct BlameTests {
  let folder = TemporaryFolder()

  @Test(arguments: [ScopeKind.log, .stream, .key]) func agreesWithEveryCut(_ scope: ScopeKind)
    async throws
  {
    for seed in UInt64(0)..<30 {
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
      (0..<700).map { _ in random.below(12) == 0 ? EditMachine.event(&random) : put(&random) })
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
        let all = try await replayer.blame(path, ofKey: key, at: UInt64(cut), history: true)
        #expect(all.value == values[cut], comment)
        #expect(all.writers.map { Int($0.event.offset) + 1 } == expected, comment)
        let changes = expected.map { cut in
          StateDiff(changing: path, from: values[cut - 1], to: values[cut]).changes
        }
        #expect(all.writers.map(\.changes) == changes, comment)
        #expect(all.writers.map(\.event) == expected.map { events[$0 - 1] }, comment)
        let last = try await replayer.blame(path, ofKey: key, at: UInt64(cut))
        #expect(last.value == values[cut], comment)
        #expect(last.writers.map { Int($0.event.offset) + 1 } == expected.suffix(1), comment)
        #expect(last.lastWriter?.changes == changes.last, comment)
        if round == 1, expected.isEmpty { #expect(last.work.ignored.isEmpty, comment) }
      }
      // The same with snapshots, from which it goes backwards.
      for cut in [events.count / 4, events.count / 2, events.count - 1] where cut > 0 {
        var work = Replayer.Work()
        let execution = try replayer.execution(at: UInt64(cut), work: &work)
        try snapshots.save(execution, of: program.descriptor, at: UInt64(cut))
      }
      replayer.snapshots = snapshots
    }
  }
}

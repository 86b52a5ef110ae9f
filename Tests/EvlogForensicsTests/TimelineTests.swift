import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// Going forward and back, against the states at every cut.
@Suite struct TimelineTests {
  let folder = TemporaryFolder()

  @Test(arguments: [ScopeKind.log, .stream, .key]) func everyMomentIsAsItWas(_ scope: ScopeKind)
    async throws
  {
    for seed in Seeds.first(4) {
      var random = SeededGenerator(seed: seed)
      let count = seed == 0 ? 1800 : 1 + random.below(300)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<count).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      for program in try EditMachine.programs(scope: scope) {
        let events = try recorded(log)
        let states = try everyState(program, events.map { [$0] })
        var replayer = Replayer(program, over: log)
        if seed % 2 == 1 {
          for cut in [count / 3, count / 2] {
            var work = Replayer.Work()
            let execution = try replayer.execution(at: Cut(cut), work: &work)
            try SnapshotStore(log: log).save(execution, of: program.descriptor, at: Cut(cut))
          }
          replayer.snapshots = SnapshotStore(log: log)
        }
        let timeline = try Timeline(replayer, at: Cut(random.below(count + 1)))
        for _ in 0..<60 {
          let target: Cut =
            switch random.below(4) {
            case 0: Cut(random.below(count + 1))
            case 1: min(timeline.end, timeline.cut + 1)
            default: max(timeline.cut, 1) - 1
            }
          let comment: Comment = "to \(target), \(scope), seed \(seed)"
          let step = try timeline.arrive(at: target)
          #expect(timeline.cut == target, comment)
          try check(timeline, step, events, states, scope, comment)
          if random.below(4) == 0 { try checkChanges(timeline, states, scope, &random, comment) }
        }
      }
    }
  }

  private func state(_ states: [JSONValue], _ cut: Int, _ key: String?) -> JSONValue? {
    key.map { states[cut][$0] } ?? states[cut]
  }

  private func check(
    _ timeline: Timeline, _ step: Timeline.Step?, _ events: [RecordedEvent], _ states: [JSONValue],
    _ scope: ScopeKind, _ comment: Comment
  ) throws {
    let cut = Int(timeline.cut)
    #expect(try timeline.event() == (cut == 0 ? nil : events[cut - 1]), comment)
    guard cut > 0 else {
      #expect(step == nil, comment)
      return
    }
    let made = try #require(step, comment)
    #expect(made.event == events[cut - 1], comment)
    if scope == .log {
      #expect(made.changes == StateDiff(from: states[cut - 1], to: states[cut]).changes, comment)
    } else {
      let changed = StateDiff(from: states[cut - 1], to: states[cut])
      #expect(changed.isEmpty || made.key != nil, comment)
      if let key = made.key {
        let (old, new) = (states[cut - 1][key], states[cut][key])
        #expect(
          made.changes == StateDiff(changing: StatePath(), from: old, to: new).changes, comment
        )
        for other in changed.changes {
          #expect(other.path.steps.first == .key(key), comment)
        }
      }
    }
    let key = scope == .log ? nil : "ab"
    #expect(try timeline.state(of: key) == state(states, cut, key), comment)
  }

  private func checkChanges(
    _ timeline: Timeline, _ states: [JSONValue], _ scope: ScopeKind,
    _ random: inout SeededGenerator, _ comment: Comment
  ) throws {
    let cut = Int(timeline.cut)
    let key = scope == .log ? nil : ["a", "ab", "nobody"][random.below(3)]
    let path = [
      StatePath(), StatePath([.key("sum")]), StatePath([.key("a"), .key("x")]),
      StatePath([.key("items"), .index(0)]), StatePath([.key("none")]),
    ][random.below(5)]
    let values = states.indices.map { state(states, $0, key)?[path] }
    func isChange(_ cut: Int) -> Bool { cut > 0 && values[cut] != values[cut - 1] }
    let next = ((cut + 1)..<max(cut + 1, states.count)).first(where: isChange)
    #expect(try timeline.nextChange(of: path, key: key) == next.map { Cut($0) }, comment)
    #expect(timeline.cut == Cut(cut), comment)
    let previous = (0..<cut).last(where: isChange)
    #expect(try timeline.previousChange(of: path, key: key) == previous.map { Cut($0) }, comment)
  }

  /// Going back costs a bounded number of events, not the way from the beginning.
  @Test func backIsAsFastAsForward() throws {
    var random = SeededGenerator(seed: 4)
    let log = try folder.log("long", (0..<20_000).map { _ in EditMachine.event(&random) })
    for program in try EditMachine.programs(scope: .log) {
      let timeline = try Timeline(Replayer(program, over: log), at: 20_000)
      let before = timeline.work.events
      #expect(before == 20_000)
      for _ in 0..<300 { _ = try timeline.arrive(at: timeline.cut - 1) }
      #expect(timeline.cut == 19_700)
      #expect(timeline.work.events - before < 300 * 80)
    }
  }

  /// Where the machine fails, it stays where it was.
  @Test func aFailureLeavesItWhereItWas() throws {
    let log = try folder.log(
      "failure",
      [
        NewEvent("put", #"{"k":"x","v":2}"#), NewEvent("put", #"{"k":"y","v":1}"#),
        NewEvent("unknown", "{}"), NewEvent("put", #"{"k":"x","v":1}"#),
      ])
    for program in try EditMachine.programs(scope: .log) {
      let timeline = try Timeline(Replayer(program, over: log), at: 1)
      #expect(throws: MachineError.self) { try timeline.arrive(at: 4) }
      #expect(timeline.cut == 1)
      #expect(try timeline.arrive(at: 2)?.changes.count == 2)
      #expect(throws: MachineError.self) {
        try timeline.nextChange(of: StatePath([.key("sum")]), key: nil)
      }
      #expect(timeline.cut == 2)
      #expect(throws: Replayer.CutBeyondEnd.self) { try timeline.arrive(at: 5) }
      #expect(try timeline.value(at: StatePath([.key("sum")]), of: nil) == .int(3))
    }
  }
}

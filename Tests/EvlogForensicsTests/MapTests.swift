import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// The map against the states one by one.
@Suite struct MapTests {
  let folder = TemporaryFolder()

  /// Counts by hand: the state before and after each event, and the key that it is of.
  private func tally(
    _ program: any Program, _ events: [RecordedEvent], region: (JSONValue) -> String
  ) throws -> RegionTally {
    let scope = program.descriptor.scope
    let execution = try program.makeHost()
    var tally = RegionTally()
    for event in events {
      let key: String?
      switch scope {
      case .log: key = ""
      case .stream: key = event.stream
      case .key: key = event.tableKey
      }
      let before = try key.flatMap { try execution.state(of: scope == .log ? nil : $0) }
      try execution.run([event], checks: false) { _ in }
      if event.type == "idle" {
        tally.ignored += 1
      } else if let key {
        let after = try #require(try execution.state(of: scope == .log ? nil : key))
        let from = before.map(region) ?? "∅"
        let place = RegionTally.Place(region: from, type: event.type)
        var count = tally.counts[place] ?? RegionTally.Count(at: event.offset)
        let isLie = Name(from) == Name("é") && event.type == "clear" && before != after
        count.add(at: event.offset, to: region(after), hasChanged: isLie)
        tally.counts[place] = count
      } else {
        tally.unconcerned += 1
      }
    }
    return tally
  }

  @Test(arguments: [ScopeKind.log, .stream, .key]) func agreesWithEveryEvent(_ scope: ScopeKind)
    async throws
  {
    for seed in Seeds.first(14) {
      var random = SeededGenerator(seed: seed)
      let count = seed == 0 ? 2400 : random.below(80)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<count).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let events = try recorded(log)
      for program in try EditMachine.programs(scope: scope) {
        let expected = try tally(program, events) { state in
          EditMachine.region(state["sum"]?.integer() ?? 0)
        }
        let map = try await Replayer(program, over: log).map()
        #expect(map.tally == expected, "\(scope), seed \(seed)")
        #expect(map.tally.events == UInt64(count))
        #expect(
          map.regions.reduce(0) { $0 + map.exposure(of: $1) } + map.tally.ignored
            + map.tally.unconcerned == UInt64(count))
        #expect(map.cells.count == map.regions.count * map.types.count)
        check(map)
        let items = try await Replayer(program, over: log).map(
          by: .value(StatePath([.key("sum")])))
        let bySum = try tally(program, events) { $0["sum"]?.canonicalText ?? "" }
        #expect(items.tally.counts.mapValues(\.events) == bySum.counts.mapValues(\.events))
        #expect(items.cells.allSatisfy { $0.mark == .surprise || $0.mark == .unknown })
      }
    }
  }

  /// Each mark by its definition.
  private func check(_ map: RegionMap) {
    for cell in map.cells {
      let targets = (cell.count?.targets ?? []).map { Name($0.region) }
      let isSeen = cell.count != nil
      let expected: RegionMap.Mark
      switch (cell.region.utf8.count, cell.type) {
      case (2, "put"):
        expected =
          !isSeen
          ? .claimed
          : targets.allSatisfy { [Name("é"), Name("e\u{301}")].contains($0) }
            ? .confirmed : .deviation
      case (2, "remove"):
        expected =
          !isSeen ? .claimed : targets.allSatisfy { $0 == Name("é") } ? .confirmed : .deviation
      case (2, "never"): expected = .claimed
      case (2, "clear"): expected = cell.count?.changes == nil ? .ignored : .lie
      default:
        let isForbidden = cell.region == "low" && ["item", "none"].contains(cell.type)
        expected =
          isForbidden ? isSeen ? .broken : .guarded : isSeen ? .surprise : .unknown
      }
      #expect(cell.mark == expected, "\(cell.region) × \(cell.type)")
      let isWrong = [.deviation, .lie, .broken, .surprise].contains(cell.mark)
      #expect((cell.firstWrong != nil) == isWrong)
    }
  }

  /// What would happen, against a log in which it does.
  @Test(arguments: [ScopeKind.log, .stream, .key]) func trialsSayWhatWouldHappen(_ scope: ScopeKind)
    async throws
  {
    var count = 0
    for seed in Seeds.first(10) {
      var random = SeededGenerator(seed: seed)
      let log = try folder.log(
        "trials\(scope)\(seed)",
        (0..<(5 + random.below(60))).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let events = try recorded(log)
      for program in try EditMachine.programs(scope: scope) {
        let replayer = Replayer(program, over: log)
        let trials = try await replayer.map().trials(limit: 6)
        #expect(trials == trials.sorted { ($0.cut ?? 0, $0.offset) < ($1.cut ?? 0, $1.offset) })
        var outcomes: [Int: RegionOutcome] = [:]
        var begun: [Int] = []
        try replayer.attempt(trials, by: .declared, began: { begun.append($0) }) {
          outcomes[$0] = $1
        }
        #expect(begun == Array(trials.indices))
        for (i, trial) in trials.enumerated() {
          let expected = try outcome(of: trial, program, events)
          #expect(outcomes[i] == expected, "\(trial), \(scope), seed \(seed)")
          count += 1
        }
      }
    }
    #expect(count > 100)
  }

  private func outcome(
    of trial: RegionTrial, _ program: any Program, _ events: [RecordedEvent]
  ) throws -> RegionOutcome {
    let execution = try program.makeHost()
    let scope = program.descriptor.scope
    var event = events[Int(trial.offset)]
    // An event of the key whose state it is; of one that has no state where that is to be the first.
    event.stream = trial.witness.map { events[Int($0)].stream } ?? "d"
    var key: String?
    if scope == .stream { key = event.stream }
    if scope == .key { key = event.tableKey }
    var verdicts = program.descriptor.invariants.map { _ in Verdict.holds }
    func note(_ change: VerdictChange) {
      if change.key.map(Name.init) == key.map(Name.init) {
        verdicts[change.invariant] = change.verdict
      }
    }
    let machine = program.descriptor
    try execution.judgeBeginning(of: machine, machine.invariants.indices, change: note)
    try execution.run(events.prefix(Int(trial.cut ?? 0)), checks: true, change: note)
    let before = verdicts
    let beginning: JSONValue = .object([
      ("a", .object([])), ("items", .array([])), ("sum", .int(0)),
    ])
    let old = try execution.state(of: key) ?? beginning
    #expect(
      trial.cut == nil || Name(EditMachine.region(old["sum"]?.integer() ?? 0)) == Name(trial.region)
    )
    try execution.run([event], checks: true, change: note)
    let new = try #require(try execution.state(of: key))
    for (i, invariant) in program.descriptor.invariants.enumerated()
    where verdicts[i] == .violated && (invariant.kind != .state || before[i] != .violated) {
      return .breaks(invariant.name)
    }
    return old == new ? .changesNothing : .leads(to: EditMachine.region(new["sum"]?.integer() ?? 0))
  }

  @Test func whatIsWorseIsFound() async throws {
    var random = SeededGenerator(seed: 5)
    let log = try folder.log("baseline", (0..<200).map { _ in EditMachine.event(&random) })
    let replayer = Replayer(EditMachine(scope: .stream).program, over: log)
    let (early, late) = (try await replayer.map(to: 20), try await replayer.map())
    #expect(RegionBaseline(late).worsened(in: late).isEmpty)
    #expect(RegionBaseline(late).unseen(of: late).isEmpty)
    let unseen = RegionBaseline(early).unseen(of: late)
    #expect(
      !unseen.isEmpty
        && unseen.count == late.cells.count { $0.count != nil }
          - early.cells.count { $0.count != nil }
    )
    // Nothing is unknown that was not; but something is not as declared any more.
    let worse = RegionBaseline(early).worsened(in: late)
    #expect(worse.allSatisfy { [.deviation, .lie, .broken].contains($0.mark) } && !worse.isEmpty)
    // With less seen, more is unknown.
    #expect(RegionBaseline(late).worsened(in: early).contains { $0.mark == .unknown })
  }
}

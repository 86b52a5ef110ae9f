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

/// The binary search, against the verdicts of every cut.
@Suite struct ProbeTests {
  let folder = TemporaryFolder()

  /// The state is the number of events, or the number of each stream's.
  private struct Counter: Machine {
    struct State: Codable, Sendable { var count: UInt64 = 0 }
    enum Event: Codable, Sendable { case one }
    let initialState = State()
    var scope: Scope = .log
    var name: String { "Counter of \(scope)" }
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      state.count += 1
    }
  }

  private static let count: Cut = 40

  private func log() throws -> EventLog {
    try folder.log(
      "counts", (0..<UInt64(Self.count)).map { NewEvent("one", in: $0 % 3 == 0 ? "a" : "b") })
  }

  private func total(_ state: JSONValue) -> UInt64 {
    if let count = state["count"]?.integer(UInt64.self) { return count }
    guard case .object(let object) = state else { return .max }
    return object.members.reduce(0) { $0 + total($1.value) }
  }

  private func probe(
    _ replayer: Replayer, _ verdicts: [Verdict], from first: Cut = 0, to last: Cut? = nil
  ) async throws -> Probe {
    try await replayer.probe(from: first, to: last) { state, cut in
      #expect(total(state) == UInt64(cut), "the state is that of the cut")
      return verdicts[Int(cut)]
    }
  }

  @Test func ofALatchedInvariantItFindsTheFirst() async throws {
    let log = try log()
    for scope in [Scope.log, .stream] {
      let replayer = Replayer(Counter(scope: scope).program, over: log)
      for bad in 1...Self.count {
        let verdicts = (0...Self.count).map { $0 < bad ? Verdict.holds : .violated }
        let probe = try await probe(replayer, verdicts)
        #expect(probe.outcome == .boundary(bad: bad))
        #expect(probe.steps.count <= 9 + probe.recheckedCount)
        #expect(Set(probe.steps.map(\.cut)).count == probe.steps.count, "nothing is asked twice")
      }
    }
  }

  @Test func endsThatDecide() async throws {
    let log = try log()
    let replayer = Replayer(Counter().program, over: log)
    func verdicts(_ first: Verdict, _ last: Verdict) -> [Verdict] {
      [first] + [Verdict](repeating: .holds, count: Int(Self.count) - 1) + [last]
    }
    #expect(try await probe(replayer, verdicts(.holds, .holds)).outcome == .lastIsGood)
    #expect(try await probe(replayer, verdicts(.violated, .violated)).outcome == .firstIsBad)
    #expect(
      try await probe(replayer, verdicts(.undefined, .violated)).outcome == .undefined(cut: 0))
    #expect(
      try await probe(replayer, verdicts(.holds, .undefined)).outcome
        == .undefined(cut: Self.count))
    #expect(
      try await probe(replayer, verdicts(.holds, .violated), from: 7, to: 7).outcome
        == .lastIsGood)
    await #expect(throws: Replayer.CutBeyondEnd.self) {
      try await probe(replayer, verdicts(.holds, .violated), to: Self.count + 1)
    }
    await #expect(throws: Replayer.CutBeyondEnd.self) {
      try await probe(replayer, verdicts(.holds, .violated), from: 9, to: 8)
    }
  }

  @Test func whateverTheVerdictsAreItsAnswerIsTrue() async throws {
    let log = try log()
    let end = Int(Self.count)
    for scope in [Scope.log, .stream] {
      let replayer = Replayer(Counter(scope: scope).program, over: log)
      for seed in Seeds.first(150) {
        var random = SeededGenerator(seed: seed)
        let share = [0, 0.2, 0.9][random.below(3)]
        let verdicts = (0...end).map { _ -> Verdict in
          if Double.random(in: 0..<1, using: &random) < share { return .undefined }
          return random.below(2) == 0 ? .holds : .violated
        }
        let first = random.below(end)
        let last = first + random.below(end - first + 1)
        let probe = try await probe(
          replayer, verdicts, from: Cut(first), to: Cut(last))
        let jobs = 1 + random.below(4)
        let asked = Dictionary(
          uniqueKeysWithValues: probe.steps.prefix(3).map { ($0.cut, $0.verdict) })
        let together = try await replayer.probe(
          from: Cut(first), to: Cut(last), jobs: jobs, known: asked
        ) { _, cut in
          #expect(asked[cut] == nil, "what is known is not asked")
          return verdicts[Int(cut)]
        }
        if jobs == 1 { #expect(together.steps == probe.steps, "seed \(seed)") }
        for probe in [probe, together] {
          check(probe, verdicts, first, last, "seed \(seed), jobs \(jobs)")
        }
      }
    }
  }

  private func check(
    _ probe: Probe, _ verdicts: [Verdict], _ first: Int, _ last: Int, _ trace: Comment
  ) {
    for step in probe.steps { #expect(step.verdict == verdicts[Int(step.cut)], trace) }
    #expect(Set(probe.steps.map(\.cut)).count == probe.steps.count, trace)
    func isFirstKnown(_ bad: Cut) -> Bool {
      !probe.steps.contains { $0.cut < bad && $0.verdict == .violated }
    }
    switch probe.outcome {
    case .lastIsGood: #expect(verdicts[last] == .holds, trace)
    case .firstIsBad: #expect(verdicts[first] == .violated, trace)
    case .undefined(let cut):
      #expect(verdicts[Int(cut)] == .undefined, trace)
      #expect([first, last].contains(Int(cut)), trace)
    case .boundary(let bad):
      #expect(verdicts[Int(bad) - 1] == .holds, trace)
      #expect(verdicts[Int(bad)] == .violated, trace)
      #expect((first + 1...last).contains(Int(bad)), trace)
      #expect(isFirstKnown(bad), trace)
    case .range(let range):
      #expect(range.count > 1, trace)
      #expect(verdicts[Int(range.lowerBound) - 1] == .holds, trace)
      #expect(verdicts[Int(range.upperBound)] == .violated, trace)
      #expect(range.dropLast().allSatisfy { verdicts[Int($0)] == .undefined }, trace)
      #expect(isFirstKnown(range.upperBound), trace)
    }
  }

  /// Invariants that are searched for, against their verdicts at every cut; with snapshots, too.
  @Test func anInvariantIsSearchedForInTheSameWay() async throws {
    let lanes = [0, 1, 2, 3]
    for seed in Seeds.first(40) {
      var random = SeededGenerator(seed: seed)
      let table = Table(count: 3 + random.below(60), canFail: false, &random)
      let log = try folder.log("table\(seed)", table.events)
      var programs: [any Program] = [
        TableMachine(lanes: lanes, initial: (0, 0), scope: .log).program
      ]
      #if JavaScript
        if seed % 4 == 0 {
          programs.append(try TableMachine.script(lanes: lanes, initial: (0, 0), scope: .log))
        }
      #endif
      let end = table.events.count
      let oracle = Oracle(table, lanes: lanes, initial: (0, 0), scope: .log, to: end)
      for program in programs {
        let store = SnapshotStore(log: log)
        for cut in [end / 3, end / 2] {
          var work = Replayer.Work()
          let execution = try Replayer(program, over: log).execution(at: Cut(cut), work: &work)
          try store.save(execution, of: program.descriptor, at: Cut(cut))
        }
        for (i, invariant) in program.descriptor.invariants.enumerated() {
          let verdicts = (oracle.verdicts[[]]?[i] ?? []).compactMap {
            Verdict(rawValue: UInt8($0.verdict))
          }
          for snapshots in [nil, store] {
            let replayer = Replayer(program, over: log, snapshots: snapshots)
            guard invariant.kind == .state else {
              await #expect(throws: NotProbable.self) { try await replayer.probe(invariant) }
              continue
            }
            check(try await replayer.probe(invariant), verdicts, 0, end, "seed \(seed)")
          }
        }
      }
      log.close()
    }
  }

  /// Of a stream or key, against its verdicts at every cut.
  @Test(arguments: [ScopeKind.stream, .key]) func ofOneKey(_ scope: ScopeKind) async throws {
    let lanes = [0, 1, 2, 3]
    var found = 0
    for seed in Seeds.first(16) {
      var random = SeededGenerator(seed: seed)
      let table = Table(count: 3 + random.below(60), canFail: false, &random)
      let log = try folder.log("key\(scope)\(seed)", table.events)
      defer { log.close() }
      var programs: [any Program] = [
        TableMachine(lanes: lanes, initial: (0, 0), scope: scope).program
      ]
      #if JavaScript
        if seed % 4 == 0 {
          programs.append(try TableMachine.script(lanes: lanes, initial: (0, 0), scope: scope))
        }
      #endif
      for program in programs {
        let replayer = Replayer(program, over: log)
        let end = table.events.count
        let scan = try await replayer.scan()
        for key in Set(scan.changes.compactMap(\.key)) {
          for (i, invariant) in program.descriptor.invariants.enumerated()
          where invariant.kind == .state {
            let changes = scan.changes.filter {
              $0.invariant == i && Name($0.key ?? "") == Name(key)
            }
            let verdicts = (0...Cut(end)).map { cut in
              changes.last { $0.cut <= cut }?.verdict ?? .holds
            }
            let probe = try await replayer.probe(invariant, ofKey: key)
            check(probe, verdicts, 0, end, "seed \(seed), key \(key), \(invariant.name)")
            if case .boundary = probe.outcome { found += 1 }
            await #expect(throws: NotProbable.self) { try await replayer.probe(invariant) }
          }
        }
      }
    }
    #expect(found > 5)
  }

  #if JavaScript
    /// A state that takes longer to keep than every cut takes to be judged: that is done at once.
    @Test func whereStatesAreLargeEveryCutIsJudged() async throws {
      let source = """
        machine("large", 1, {
          initial: { n: 0, a: Array.from({ length: 1500000 }, (_, i) => i % 7) },
          on: { e: (s, e) => { s.n = e.data.n; s.a[s.n % 100] += 1 } },
          invariants: { "small": always(s => s.n !== 50), "true": always(s => s.n < 1000) },
        })
        """
      let program = try ScriptProgram(source: source, file: "large.js")
      // What breaks heals in between, so that a search by halves would find another place, or none.
      let log = try folder.log(
        "large", (0..<200).map { NewEvent("e", #"{"n":\#($0 % 100 < 60 ? $0 % 100 : 50)}"#) })
      defer { log.close() }
      let replayer = Replayer(program, over: log)
      let (small, other) = (program.descriptor.invariants[0], program.descriptor.invariants[1])
      let probe = try await replayer.probe(small)
      #expect(probe.judgedAll && probe.outcome == .boundary(bad: 51) && probe.guarantee == .exact)
      #expect(probe.steps.map(\.cut) == [200])
      let holds = try await replayer.probe(other)
      #expect(holds.judgedAll || holds.outcome == .lastIsGood)
      let stopped = try await replayer.probe(small, whenCostly: .stops)
      #expect(stopped.judgedAll && stopped.outcome == .range(1...200) && stopped.steps.count == 1)
    }
  #endif
}

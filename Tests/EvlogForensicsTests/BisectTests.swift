import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// A scan's findings against the verdicts one by one.
@Suite struct BisectTests {
  let folder = TemporaryFolder()

  private func snapshots(of program: any Program, in log: EventLog, at cuts: [Int]) -> SnapshotStore
  {
    let store = SnapshotStore(log: log)
    let replayer = Replayer(program, over: log)
    for cut in cuts {
      var work = Replayer.Work()
      // Behind a failure there is no state to save.
      guard let execution = try? replayer.execution(at: Cut(cut), work: &work),
        (try? execution.failures())?.isEmpty == true
      else { continue }
      #expect(throws: Never.self) {
        try store.save(execution, of: program.descriptor, at: Cut(cut))
      }
    }
    return store
  }

  private func check(
    _ program: any Program, _ oracle: Oracle, _ log: EventLog, to cut: Int, workers: Int,
    snapshots: SnapshotStore?, reason: String, _ trace: String
  ) async throws {
    let scan = try await Replayer(program, over: log, workers: workers, snapshots: snapshots)
      .scan(to: Cut(cut))
    #expect(scan.judgedThrough == oracle.judgedThrough, "\(trace)")
    #expect((scan.failure != nil) == oracle.hasFailure, "\(trace)")
    #expect(scan.failure.map { $0.offset == oracle.judgedThrough.offsetAfter } ?? true, "\(trace)")
    #expect(scan.failedKeys.isEmpty != oracle.hasFailedKeys, "\(trace)")
    for (i, finding) in scan.findings.enumerated() {
      #expect(
        described(finding) == oracle.finding(i), "invariant \(finding.invariant.name), \(trace)")
      if finding.undefinedCount > 0, scan.failedKeys.isEmpty {
        #expect(finding.undefinedReason == reason || finding.invariant.name == "d", "\(trace)")
      }
    }
  }

  @Test(arguments: 0..<3) func compiledMachinesAgreeWithTheVerdictsOneByOne(_ round: Int)
    async throws
  {
    for logIndex in 0..<13 {
      let seed = UInt64(round * 1000 + logIndex)
      var random = SeededGenerator(seed: seed)
      let count = random.below(logIndex == 0 ? 2 : 70)
      let table = Table(count: count, canFail: logIndex % 3 == 0, &random)
      let log = try folder.log("\(seed)", table.events)
      for machine in 0..<20 {
        let lanes = (0..<4).map { _ in random.below(Table.laneCount) }
        let initial = (random.below(6) == 0 ? 1 : 0, random.below(6) == 0 ? 2 : 0)
        let scope: ScopeKind = [.log, .log, .stream, .key][random.below(4)]
        let cut = random.below(3) == 0 ? random.below(count + 1) : count
        let workers = 1 + random.below(2)
        let program = TableMachine(lanes: lanes, initial: initial, scope: scope).program
        let cuts = machine % 4 == 0 ? (0..<3).map { _ in random.below(count + 1) } : []
        try await check(
          program, Oracle(table, lanes: lanes, initial: initial, scope: scope, to: cut), log,
          to: cut, workers: workers,
          snapshots: cuts.isEmpty ? nil : snapshots(of: program, in: log, at: cuts),
          reason: "boom", "seed \(seed), machine \(machine), \(scope), \(workers), cuts \(cuts)")
      }
      log.close()
    }
  }

  @Test func aLogOfManyBatchesAgreesToo() async throws {
    var random = SeededGenerator(seed: 77)
    let table = Table(count: 2500, canFail: false, &random)
    let log = try folder.log("long", table.events)
    for scope in [ScopeKind.log, .stream, .key] {
      let program = TableMachine(lanes: [0, 1, 2, 3], initial: (0, 0), scope: scope).program
      let oracle = Oracle(table, lanes: [0, 1, 2, 3], initial: (0, 0), scope: scope, to: 2500)
      let store = snapshots(of: program, in: log, at: [999, 1000, 1001, 2400])
      for workers in [1, 2] {
        try await check(
          program, oracle, log, to: 2500, workers: workers, snapshots: store, reason: "boom",
          "\(scope), \(workers)")
      }
    }
  }

  #if JavaScript
    @Test(arguments: [ScopeKind.log, .stream, .key])
    func scriptsAgreeWithTheVerdictsOneByOne(_ scope: ScopeKind) async throws {
      let lanes = [0, 1, 2, 3]
      let program = try TableMachine.script(lanes: lanes, initial: (1, 0), scope: scope)
      for seed in Seeds.first(24) {
        var random = SeededGenerator(seed: seed)
        let count = seed == 0 ? 2100 : random.below(60)
        let table = Table(count: count, canFail: seed % 3 == 1, &random)
        let log = try folder.log("\(scope)\(seed)", table.events)
        let cuts = seed % 2 == 0 ? (0..<3).map { _ in random.below(count + 1) } : []
        let store = cuts.isEmpty ? nil : snapshots(of: program, in: log, at: cuts)
        let oracle = Oracle(
          table, lanes: lanes, initial: (1, 0), scope: scope, to: count, readsKeys: false)
        for workers in [1, 2] {
          try await check(
            program, oracle, log, to: count, workers: workers, snapshots: store,
            reason: "Error: boom", "seed \(seed), \(scope), \(workers), cuts \(cuts)")
        }
        log.close()
      }
    }
  #endif
}

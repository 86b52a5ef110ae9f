import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// Power cuts and failing disks while snapshots, verdicts and indexes are written: no answer changes.
@Suite struct CacheCrashTests {
  @Test(arguments: [ScopeKind.log, .key]) func whatIsLeftChangesNoAnswer(_ scope: ScopeKind)
    async throws
  {
    var lookups = 0
    for seed in Seeds.first(14) {
      var random = SeededGenerator(seed: seed)
      let disk = TestDisk(seed: seed)
      var log = try disk.open("edits.evlog")
      let program = try EditMachine.programs(scope: scope)[Int(seed % 2)]
      for round in 0..<5 {
        try await log.append(
          Turn((0..<(1 + random.below(40))).map { _ in EditMachine.event(&random) }))
        var keeping = Replayer(program, over: log, snapshots: SnapshotStore(log: log))
        keeping.secondsWorthKeeping = 0
        switch random.below(4) {
        case 0: disk.failWrites(1 + random.below(4))
        case 1: disk.failSyncs(1 + random.below(4))
        default: break
        }
        _ = try? await keeping.indexWrites()
        _ = try? await keeping.scan()
        disk.failWrites(0)
        disk.failSyncs(0)
        if random.below(2) == 0 {
          disk.cutPower()
          log = try disk.open("edits.evlog")
          keeping = Replayer(program, over: log, snapshots: SnapshotStore(log: log))
          keeping.secondsWorthKeeping = 0
        }
        let plain = Replayer(program, over: log)
        let comment: Comment = "\(scope), seed \(seed), round \(round)"
        let key = scope == .log ? nil : ["a", "ab", "c"][random.below(3)]
        for path in EditMachine.paths {
          let known = try await keeping.blame(path, ofKey: key)
          let replayed = try await plain.blame(path, ofKey: key)
          #expect(known.value == replayed.value, comment)
          #expect(known.lastWriter?.event == replayed.lastWriter?.event, comment)
          #expect(known.lastWriter?.changes == replayed.lastWriter?.changes, comment)
          if known.work.indexedTo != nil { lookups += 1 }
        }
        #expect(try await keeping.scan().changes == plain.scan().changes, comment)
        #expect(try await keeping.state().digest == plain.state().digest, comment)
      }
    }
    #expect(lookups > 200)
  }
}

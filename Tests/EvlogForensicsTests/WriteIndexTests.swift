import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import Foundation
import ReplayTestSupport
import SystemPackage
import Testing

/// Who wrote what, looked up and replayed: the answers are the same, whatever there is of an index.
@Suite struct WriteIndexTests {
  let folder = TemporaryFolder()

  private func expectSame(
    _ indexed: Replayer, _ random: inout SeededGenerator, _ comment: Comment
  ) async throws -> Int {
    let plain = Replayer(indexed.program, over: indexed.history)
    var lookups = 0
    for path in EditMachine.paths {
      let key = indexed.machine.scope == .log ? nil : ["a", "ab", "c", "nobody"][random.below(4)]
      let end = indexed.history.end
      let cut = random.below(2) == 0 ? end : Cut(random.below(Int(end) + 1))
      for history in [false, true] {
        let known = try await indexed.blame(path, ofKey: key, at: cut, history: history)
        let replayed = try await plain.blame(path, ofKey: key, at: cut, history: history)
        let comment: Comment = "\(path) of \(key ?? "the log") at \(cut), \(comment)"
        #expect(known.value == replayed.value, comment)
        #expect(known.writers.map(\.event.offset) == replayed.writers.map(\.event.offset), comment)
        #expect(known.writers.map(\.changes) == replayed.writers.map(\.changes), comment)
        if known.work.indexedTo != nil { lookups += 1 }
      }
    }
    return lookups
  }

  /// What explains the files of a log knows those of an index, and sees where their beginning is damaged.
  @Test func filesAreExplained() async throws {
    var random = SeededGenerator(seed: 3)
    let log = try folder.log("explained", (0..<50).map { _ in EditMachine.event(&random) })
    defer { log.close() }
    let program = try #require(try EditMachine.programs(scope: .log).first)
    try await Replayer(program, over: log, snapshots: SnapshotStore(log: log)).indexWrites()
    let name = try #require(try log.caches.names().first { $0.hasSuffix(".writes") })
    let path = log.path.appending("snapshots").appending(name)
    let file = URL(filePath: path.string)
    let whole = try EventLog.inspect(file: path)
    #expect(whole.kind == .writes && !whole.isDamaged && whole.parts.count == 1)
    var bytes = try Data(contentsOf: file)
    bytes[120] ^= 1
    try bytes.write(to: file)
    #expect(try EventLog.inspect(file: path).isDamaged)
    let count = bytes.count
    for text in [
      "", "EVLOGWRT", "EVLOGWRT 1 5 x", "EVLOGWRT 1 5 x\n", "EVLOGWRT 1 -5 x\n",
      "EVLOGWRT 1 \(Int.max) x\n",
    ] {
      try Data(text.utf8).write(to: file)
      #expect(try EventLog.inspect(file: path).isDamaged, "\(text)")
    }
    for end in [20, 100, 150] where end < count {
      try bytes.prefix(end).write(to: file)
      #expect(try EventLog.inspect(file: path).isDamaged, "\(end) bytes")
    }
  }

  @Test(arguments: [ScopeKind.log, .key, .stream]) func answersAreTheSame(_ scope: ScopeKind)
    async throws
  {
    for seed in Seeds.first(4) {
      var random = SeededGenerator(seed: seed)
      let log = try folder.log("\(scope)\(seed)", [])
      defer { log.close() }
      let programs = try EditMachine.programs(scope: scope)
      for round in 0..<4 {
        let count = 1 + random.below(seed == 0 ? 600 : 30)
        try log.appendBlocking(Turn((0..<count).map { _ in EditMachine.event(&random) }))
        if random.below(3) == 0 { try log.seal() }
        for (i, program) in programs.enumerated() {
          let comment: Comment = "\(scope), seed \(seed), round \(round), program \(i)"
          let replayer = Replayer(program, over: log, snapshots: SnapshotStore(log: log))
          // In some rounds it stays behind.
          let isBehind = round > 0 && random.below(3) == 0
          if !isBehind {
            let indexed = try await replayer.indexWrites()
            #expect(indexed.cut == log.end, comment)
            #expect(indexed.files == 1, "small files are made one; \(comment)")
          }
          let lookups = try await expectSame(replayer, &random, comment)
          #expect(scope == .stream || isBehind || lookups > 0, comment)
          if random.below(5) == 0 { try replayer.dropIndexedWrites() }
        }
      }
    }
  }

  /// Files that are missing, cut off, changed, or of another history.
  @Test func whatIsDamagedIsNotUsed() async throws {
    for seed in Seeds.first(20) {
      var random = SeededGenerator(seed: seed)
      let log = try folder.log(
        "damage\(seed)", (0..<80).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let program = try EditMachine.programs(scope: .log)[Int(seed % 2)]
      let replayer = Replayer(program, over: log, snapshots: SnapshotStore(log: log))
      try await replayer.indexWrites()
      let names = try log.caches.names().filter { $0.hasSuffix(".writes") }
      let name = try #require(names.first)
      var bytes = try log.caches.read(name)
      switch random.below(4) {
      case 0: bytes.removeLast(1 + random.below(bytes.count - 1))
      case 1: bytes.insert(UInt8(random.below(256)), at: random.below(bytes.count))
      default: bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      }
      try log.caches.write(bytes, name)
      _ = try await expectSame(replayer, &random, "seed \(seed)")
      // Making it again repairs it.
      try log.appendBlocking(Turn([EditMachine.event(&random)]))
      try await replayer.indexWrites()
      #expect(try await expectSame(replayer, &random, "repaired, seed \(seed)") > 0)
    }
  }

  /// An index of a log that has other events since is left aside.
  @Test func anotherHistoryIsNotAsked() async throws {
    var random = SeededGenerator(seed: 1)
    let program = try EditMachine.programs(scope: .log)[0]
    let first = try folder.log("first", (0..<50).map { _ in EditMachine.event(&random) })
    let second = try folder.log("second", (0..<50).map { _ in EditMachine.event(&random) })
    defer {
      first.close()
      second.close()
    }
    let replayer = Replayer(program, over: first, snapshots: SnapshotStore(log: first))
    try await replayer.indexWrites()
    for name in try first.caches.names() where name.hasSuffix(".writes") {
      try second.caches.write(try first.caches.read(name), name)
    }
    let other = Replayer(program, over: second, snapshots: SnapshotStore(log: second))
    #expect(try await expectSame(other, &random, "another history") == 0)
    let blame = try await other.blame(StatePath([.key("sum")]))
    #expect(blame.work.ignored.first?.reason.contains("other events") == true)
  }
}

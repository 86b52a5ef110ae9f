import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// Verdicts that are kept: a scan that goes on from them says what one from the beginning says.
@Suite struct LedgerTests {
  let folder = TemporaryFolder()

  private func replayer(_ program: any Program, _ log: EventLog, workers: Int = 1) -> Replayer {
    var replayer = Replayer(
      program, over: log, workers: workers, snapshots: SnapshotStore(log: log))
    replayer.secondsWorthKeeping = 0
    return replayer
  }

  private func programs(_ lanes: [Int], _ scope: ScopeKind) throws -> [(any Program, Int)] {
    var programs: [(any Program, Int)] = [
      (TableMachine(lanes: lanes, initial: (0, 1), scope: scope).program, 12)
    ]
    #if JavaScript
      programs.append((try TableMachine.script(lanes: lanes, initial: (0, 1), scope: scope), 3))
    #endif
    return programs
  }

  @Test(arguments: [ScopeKind.log, .stream, .key]) func aGrowingLogCostsWhatIsNew(
    _ scope: ScopeKind
  ) async throws {
    let lanes = [0, 1, 2, 3]
    for (which, (program, rounds)) in try programs(lanes, scope).enumerated() {
      for seed in UInt64(0)..<UInt64(rounds) {
        var random = SeededGenerator(seed: seed)
        let table = Table(count: 80 + random.below(40), canFail: seed % 4 == 3, &random)
        let log = try folder.log("\(scope)\(which)\(seed)", [])
        var known = 0
        var count = 0
        while count < table.events.count {
          let next = min(table.events.count, count + 1 + random.below(30))
          try log.appendBlocking(Turn(Array(table.events[count..<next])))
          count = next
          let cut = random.below(4) == 0 ? random.below(count + 1) : count
          let workers = 1 + random.below(2)
          let trace: Comment = "cut \(cut), \(workers), \(scope), program \(which), seed \(seed)"
          let scan = try await replayer(program, log, workers: workers).scan(to: Cut(cut))
          let oracle = Oracle(
            table, lanes: lanes, initial: (0, 1), scope: scope, to: cut,
            readsKeys: which == 0)
          #expect(scan.judgedThrough == oracle.judgedThrough, trace)
          for (i, finding) in scan.findings.enumerated() {
            #expect(described(finding) == oracle.finding(i), trace)
          }
          let plain = try await Replayer(program, over: log).scan(to: Cut(cut))
          #expect(scan.changes == plain.changes, trace)
          #expect(scan.work.ignored.isEmpty, trace)
          if scope == .log || cut >= known, !oracle.hasFailure, !oracle.hasFailedKeys {
            let new = max(0, cut - known)
            #expect(scan.work.judgedBefore == (known == 0 ? nil : Cut(min(known, cut))), trace)
            #expect(scan.work.events == UInt64(new), trace)
          }
          if scan.failure == nil, scan.failedKeys.isEmpty { known = max(known, cut) }
          if scope != .log, cut < known { break }
        }
        log.close()
      }
    }
  }

  /// Only streams that have new events are restored and saved again, whatever their names are.
  @Test(arguments: [1, 2]) func fewStreamsOfMany(_ workers: Int) async throws {
    let names = [
      "plain", #"quo"te"#, #"back\slash"#, "line\nbreak", "é", "e\u{301}", "[", "]\"", "a,b", "𝄞",
      "\u{1}",
      "\u{0}", "\u{0}b",
    ]
    for (which, (program, _)) in try programs([0, 1, 2, 3], .stream).enumerated() {
      let log = try folder.log("names\(which)-\(workers)", [])
      func append(_ stream: String, _ v: [Int]) throws {
        let list = v.map(String.init).joined(separator: ",")
        try log.appendBlocking(
          Turn([
            NewEvent(stream: stream, type: "row", data: Array(#"{"v":[\#(list)]}"#.utf8))
          ]))
      }
      // Some streams are violated where the ledger ends, so that what is open is told too.
      for round in 0..<12 {
        for (i, name) in names.enumerated() { try append(name, [i % 3 == 0 ? 1 : 0, 1, 0, round]) }
      }
      _ = try await replayer(program, log, workers: workers).scan()
      for (i, name) in names.enumerated() {
        try append(name, [i % 2, 1, 0, 1])
        try append(names[(i + 5) % names.count], [0, 1, 1, 0])
        let scan = try await replayer(program, log, workers: workers).scan()
        let plain = try await Replayer(program, over: log).scan()
        #expect(scan.changes == plain.changes, "\(name), program \(which)")
        #expect(scan.findings.map(described) == plain.findings.map(described))
        #expect(scan.work.events == 2)
        #expect(scan.work.ignored.isEmpty)
      }
      log.close()
    }
  }

  /// What was interrupted, damaged, or made of another history, is not used.
  @Test func whatDoesNotMatchIsIgnored() async throws {
    var random = SeededGenerator(seed: 9)
    let table = Table(count: 60, canFail: false, &random)
    let program = TableMachine(lanes: [0, 1, 2, 3], initial: (0, 0), scope: .stream).program
    let log = try folder.log("damage", table.events)
    let plain = try await Replayer(program, over: log).scan()
    func scan() async throws -> Scan {
      let scan = try await replayer(program, log).scan()
      #expect(scan.changes == plain.changes)
      return scan
    }
    #expect(try await scan().work.judgedBefore == nil)
    #expect(try await scan().work.judgedBefore == 60)
    let name = try #require(try log.caches.names().first)
    let bytes = try log.caches.read(name)
    for i in 0..<60 {
      var damaged = bytes
      // Once a digit of the digest at its end, of which nothing but its case is another one.
      let letter = i == 0 ? damaged.indices.suffix(32).first { damaged[$0] >= 0x61 } : nil
      switch letter == nil ? random.below(3) : 3 {
      case 3: if let letter { damaged[letter] ^= 0x20 }
      case 0: damaged.removeLast(1 + random.below(bytes.count - 1))
      case 1: damaged[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      default: damaged = []
      }
      try log.caches.write(damaged, name)
      let scan = try await scan()
      #expect(scan.work.judgedBefore == nil && scan.work.ignored.count == 1)
    }
    // A file that was being written when the process was killed has another name.
    try log.caches.remove(name)
    try log.caches.write(Array(bytes.dropLast(9)), name + ".1234.tmp")
    let after = try await scan()
    #expect(after.work.judgedBefore == nil && after.work.ignored.isEmpty)
    // Another log with other events, and the file of this one.
    let other = try folder.log("other", Table(count: 60, canFail: false, &random).events)
    try other.caches.write(bytes, name)
    let elsewhere = try await replayer(program, other).scan()
    #expect(elsewhere.work.judgedBefore == nil && elsewhere.work.ignored.count == 1)
    #expect(elsewhere.changes == (try await Replayer(program, over: other).scan()).changes)
  }

  /// Few are kept, whatever is asked for.
  @Test func fewAreKept() async throws {
    var random = SeededGenerator(seed: 3)
    let log = try folder.log("few", Table(count: 60, canFail: false, &random).events)
    let program = TableMachine(lanes: [0, 1, 2, 3], initial: (0, 0), scope: .key).program
    for cut in stride(from: Cut(60), to: 0, by: -3) {
      _ = try await replayer(program, log).scan(to: cut)
    }
    #expect(try SnapshotStore(log: log).dropOtherCaches() == 3)
  }

  /// What explains the first violations is kept too: to ask again reduces no event, and says the same.
  @Test(arguments: [ScopeKind.log, .stream, .key]) func askedAgainNothingIsReplayed(
    _ scope: ScopeKind
  ) async throws {
    var random = SeededGenerator(seed: 4)
    for (which, (program, _)) in try programs([0, 1, 2, 3], scope).enumerated() {
      let table = Table(count: 90, canFail: false, &random)
      let log = try folder.log("again\(scope)\(which)", table.events)
      defer { log.close() }
      let first = try await replayer(program, log).scan()
      let explained = try await replayer(program, log).explainedViolations(in: first)
      #expect(!explained.isEmpty)
      // From here on the machine cannot run.
      let silent = SilentProgram(descriptor: program.descriptor)
      let again = try await replayer(silent, log).scan()
      let same = try await replayer(silent, log).explainedViolations(in: again)
      #expect(again.keyCount == first.keyCount)
      #expect(again.findings.map(described) == first.findings.map(described))
      #expect(same.count == explained.count)
      for (a, b) in zip(explained, same) {
        #expect(a.violation.event == b.violation.event && a.violation.diff == b.violation.diff)
        #expect(a.reads == b.reads && a.violation.episode == b.violation.episode)
      }
      // New events leave the first violations where they are.
      try log.appendBlocking(Turn(Array(table.events.prefix(20))))
      let longer = try await replayer(program, log).scan()
      let plain = try await Replayer(program, over: log).scan()
      #expect(longer.keyCount == plain.keyCount)
      let still = try await replayer(program, log).explainedViolations(in: longer)
      let fresh = try await Replayer(program, over: log).explainedViolations(in: plain)
      #expect(still.map(\.violation.diff) == fresh.map(\.violation.diff))
      #expect(still.map(\.violation.event) == fresh.map(\.violation.event))
    }
  }

  /// A machine that cannot be run.
  private struct SilentProgram: Program {
    let descriptor: MachineDescriptor
    func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host {
      throw MachineError(.threw, machine: descriptor.name, "it was run")
    }
  }
}

import EvlogJSON
import EvlogMachine
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import SystemPackage
import Testing

@testable import EvlogReplay

/// A state is what a plain fold gives, however it is come by.
@Suite struct ReplayerTests {
  let folder = TemporaryFolder()

  struct Sums: Machine {
    struct State: Codable, Sendable, Equatable {
      var sum = 0
      var last: Set<Int> = []
    }
    enum Event: Codable, Sendable { case add(n: Int) }
    let initialState = State()
    var scope: Scope = .log
    var version = 1
    var delay: Duration?
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      guard case .add(let n) = event else { return }
      state.sum += n
      state.last.insert(n % 5)
      if let delay {
        let end = ContinuousClock.now + delay
        while ContinuousClock.now < end {}
      }
    }
    var invariants: [Invariant<Self>] {
      [
        .history("sevens are rare", initial: [Int]()) { memory, _, event, _, _ in
          if case .add(let n) = event, n % 7 == 0 { memory.append(n) }
          return memory.count < 20
        }
      ]
    }
  }

  private func log(_ name: String, count: Int, seed: UInt64) throws -> (EventLog, [(String, Int)]) {
    var random = SeededGenerator(seed: seed)
    let list = (0..<count).map { _ in (["a", "b", "c"][random.below(3)], random.below(1000)) }
    var options = EventLog.Options()
    options.segmentBytes = 1 << 20
    let log = try EventLog.open(folder.path.appending(name), options: options)
    for start in stride(from: 0, to: count, by: 400) {
      try log.appendBlocking(
        Turn(
          list[start..<min(count, start + 400)].map {
            NewEvent("add", #"{"n":\#($0.1)}"#, in: $0.0)
          }))
      if start == 800 { try log.seal() }
    }
    return (log, list)
  }

  private func fold(_ list: some Sequence<(String, Int)>) -> JSONValue {
    var sum = 0
    var last: Set<String> = []
    for (_, n) in list {
      sum += n
      last.insert("\(n % 5)")
    }
    return .object([
      ("sum", .int(sum)), ("last", .array(last.sorted().map { .int(Int($0) ?? -1) })),
    ])
  }

  @Test func statesAreAPlainFold() async throws {
    for seed in Seeds.first(4) {
      let (log, list) = try log("\(seed)", count: [0, 1, 300, 2600][Int(seed)], seed: seed)
      var random = SeededGenerator(seed: seed)
      let cuts = [0, list.count] + (0..<12).map { _ in random.below(list.count + 1) }
      for sealed in [false, true] {
        if sealed, !list.isEmpty { try log.seal() }
        for scope in [Scope.log, .stream] {
          let program = Sums(scope: scope).program
          let plain = Replayer(program, over: log)
          var cached = plain
          cached.snapshots = SnapshotStore(log: log)
          for cut in cuts {
            let expected: JSONValue =
              if case .log = scope {
                fold(list.prefix(cut))
              } else {
                .object(
                  Dictionary(grouping: list.prefix(cut), by: \.0).map { ($0.key, fold($0.value)) })
              }
            let state = try await plain.state(at: Cut(cut))
            #expect(state.value == expected, "seed \(seed), cut \(cut)")
            #expect(state.work.events == UInt64(cut))
            let again = try await cached.state(at: Cut(cut))
            #expect(again.value == expected, "seed \(seed), cut \(cut)")
            #expect(again.digest == state.digest)
            #expect(again.work.ignored.isEmpty)
            var work = Replayer.Work()
            try SnapshotStore(log: log).save(
              plain.execution(at: Cut(cut), work: &work), of: program.descriptor,
              at: Cut(cut))
            #expect(try await cached.state(at: Cut(cut)).work.events == 0)
            for key in ["a", "none"] where plain.machine.scope == .stream {
              let own = list.prefix(cut).filter { $0.0 == key }
              let value = try await plain.state(ofKey: key, at: Cut(cut)).value
              #expect(value == (own.isEmpty ? nil : fold(own)))
            }
          }
        }
      }
      await #expect(throws: Replayer.CutBeyondEnd.self) {
        try await Replayer(Sums().program, over: log).state(at: Cut(list.count + 1))
      }
      for entry in try SnapshotStore(log: log).entries() { try SnapshotStore(log: log).drop(entry) }
    }
  }

  @Test func aSlowMachineSavesSnapshotsAndItsHistorySurvivesThem() async throws {
    let (log, list) = try log("slow", count: 3000, seed: 5)
    var slow = Replayer(
      Sums(delay: .microseconds(150)).program, over: log, snapshots: SnapshotStore(log: log))
    slow.secondsWorthKeeping = .infinity
    // A scan saves none: its invariants look at the states, and snapshots are of replays alone.
    let scan = try await slow.scan()
    #expect(scan.work.saved.isEmpty)
    let saved = try await slow.state().work.saved
    #expect(!saved.isEmpty)
    let fast = try await Replayer(Sums().program, over: log).scan()
    #expect(scan.changes == fast.changes)
    var again = slow
    again.workers = 2
    let second = try await again.scan()
    // Of many snapshots only some are kept, and of these it takes four for each worker: the slower the machine, the more
    // there are.
    let kept = try SnapshotStore(log: log).entries().map(\.cut).filter { $0 < 3000 }
    #expect(Set(kept).isSubset(of: saved))
    #expect(Set(second.work.startedFrom).isSubset(of: kept))
    #expect((min(7, kept.count)...8).contains(second.work.startedFrom.count))
    #expect(second.changes == fast.changes)
    #expect(list.filter { $0.1 % 7 == 0 }.count >= 20)
    #expect(fast.changes.map(\.verdict) == [.holds, .violated])
    var quiet = slow
    quiet.savesSnapshots = false
    quiet.snapshots = SnapshotStore(log: log)
    #expect(try await quiet.state(at: 2999).work.saved.isEmpty)
  }

  // MARK: Snapshots that must not be used

  private func saved(_ name: String) throws -> (EventLog, Snapshot, SnapshotStore.Entry) {
    let (log, _) = try log(name, count: 60, seed: 8)
    let store = SnapshotStore(log: log)
    var work = Replayer.Work()
    let execution = try Replayer(Sums().program, over: log).execution(at: 50, work: &work)
    let entry = try store.save(execution, of: Sums().program.descriptor, at: 50)
    return (log, try store.read(entry), entry)
  }

  private func state(_ log: EventLog, version: Int = 1) async throws -> Replayer.State {
    try await Replayer(
      Sums(version: version).program, over: log, snapshots: SnapshotStore(log: log),
      savesSnapshots: false
    ).state(at: 55)
  }

  @Test func aDamagedSnapshotIsIgnored() async throws {
    let (log, snapshot, entry) = try saved("damaged")
    let right = try await state(log)
    #expect(right.work.startedFrom == [50])
    #expect(
      try snapshot.state() == (try await Replayer(Sums().program, over: log).state(at: 50).value))
    let bytes = try log.caches.read(entry.fileName)
    for i in bytes.indices {
      for flip in (0..<8).map({ UInt8(1) << $0 }) {
        var damaged = bytes
        damaged[i] ^= flip
        try log.writeSideFileWithoutSync(damaged, entry.fileName, folder: folder.path)
        let state = try await state(log)
        #expect(state.value == right.value)
        // A digit of the digest may change its case: then nothing is different.
        #expect(state.work.ignored.count == 1 || i >= bytes.count - 32 && flip == 0x20, "\(i)")
      }
    }
    for count in bytes.indices {
      try log.writeSideFileWithoutSync(
        Array(bytes.prefix(count)), entry.fileName, folder: folder.path)
      let state = try await state(log)
      #expect(state.value == right.value)
      #expect(state.work.ignored.count == 1)
      // Of less than its first line, it cannot be said which format it has.
      #expect(count < 16 || state.work.ignored.first?.cause == .unreadable)
      #expect(state.work.startedFrom.isEmpty)
    }
  }

  @Test func aSnapshotOfOtherEventsOrAnotherMachineIsNotUsed() async throws {
    let (log, snapshot, entry) = try saved("mine")
    let (other, list) = try self.log("other", count: 60, seed: 9)
    try other.caches.write(snapshot.encoded(), entry.fileName)
    let state = try await state(other)
    #expect(state.value == fold(list.prefix(55)))
    #expect(state.work.startedFrom.isEmpty)
    #expect(state.work.ignored.map(\.fileName) == [entry.fileName])
    #expect(state.work.ignored.first?.reason.contains("other events") == true)
    #expect(state.work.ignored.first?.cause == .mismatch)

    #expect(try await self.state(log, version: 2).work.startedFrom.isEmpty)

    // A name that lies about the cut.
    let lie = entry.fileName.replacing("0050.", with: "0040.")
    try log.caches.write(snapshot.encoded(), lie)
    let before = try await Replayer(
      Sums().program, over: log, snapshots: SnapshotStore(log: log), savesSnapshots: false
    ).state(at: 45)
    #expect(before.work.startedFrom.isEmpty)
    #expect(before.work.ignored.count == 1)
  }

  @Test func aStateThatDoesNotReadBackIsDoneWithout() async throws {
    let (log, list) = try log("bad", count: 60, seed: 10)
    let machine = Sums().program.descriptor
    let store = SnapshotStore(log: log)
    for saved in ["[]", "{", #"[["",5,{"sum":"x"},[]]]"#, #"[["x",5,{"sum":1,"last":[]},[[]]]]"#] {
      let snapshot = Snapshot(
        log: "\(log.id)", machine: "Sums", version: 1, scope: .log,
        fingerprint: machine.fingerprint, cut: 30, stateDigest: .zero,
        logDigest: try log.digest(at: 30), createdAt: Timestamp(nanoseconds: 0),
        saved: Array(saved.utf8))
      let name = "Sums-\("\(machine.fingerprint)".prefix(16))-00000000000000000030.snapshot"
      try log.caches.write(snapshot.encoded(), name)
      for workers in [1, 2] {
        let replayer = Replayer(
          Sums().program, over: log, workers: workers, snapshots: store, savesSnapshots: false)
        let state = try await replayer.state()
        #expect(state.value == fold(list), "\(saved)")
        #expect(state.work.ignored.count == 1)
        #expect(
          try await replayer.scan().changes
            == (try await Replayer(Sums().program, over: log).scan().changes))
      }
    }
  }

  @Test func theFolderMayBeDeleted() async throws {
    let (log, _, _) = try saved("deleted")
    let right = try await state(log)
    #expect(right.work.startedFrom == [50])
    for entry in try SnapshotStore(log: log).entries() { try SnapshotStore(log: log).drop(entry) }
    let without = try await state(log)
    #expect(without.value == right.value)
    #expect(without.work.startedFrom.isEmpty)
    #expect(without.work.ignored.isEmpty)
  }

  /// Keys that differ in their last digits only are shared out as any others.
  @Test func partsAreAboutEqual() {
    for count in [2, 3, 7] {
      for name in ["account-0000", "k", "a much longer name of something, "] {
        let keys = (0..<1000).map { name + String($0) }
        for index in 0..<count {
          let part = KeyPart(index: index, of: count)
          let share = keys.count { part.contains($0) }
          #expect(share * count > 800 && share * count < 1200, "\(share) of 1000 in \(count)")
        }
      }
    }
  }
}

extension EventLog {
  /// Puts bytes in a snapshot's place, without the syncs that would make a thousand of them slow.
  fileprivate func writeSideFileWithoutSync(
    _ bytes: [UInt8], _ name: String, folder: FilePath
  ) throws {
    let file = try FileDescriptor.open(
      caches.path.appending(name), .writeOnly, options: [.create, .truncate],
      permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(bytes) }
  }
}

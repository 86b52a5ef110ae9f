import EvlogJSON
import EvlogProjections
import EvlogReplay
import EvlogStore
import EvlogTesting
import GRDB
import ReplayTestSupport
import Synchronization
import Testing

@Suite struct FailureTests {
  static let isPoisoned: @Sendable (Int) -> Bool = { $0 % 10 == 3 }

  private func isPoisoned(_ event: RecordedEvent) -> Bool {
    event.type == "moved"
      && Self.isPoisoned(
        (try? JSONParser.parse(event.data)["cents"]?.integer(Int.self)) ?? 0)
  }

  private func options(_ policy: FailurePolicy, _ batchSize: Int) -> Projector<Accounts>.Options {
    var options = Projector<Accounts>.Options()
    options.failurePolicy = policy
    options.batchSize = batchSize
    return options
  }

  @Test(arguments: [1, 5, 1000]) func itStopsBeforeTheEvent(_ batchSize: Int) async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(800, &random)
      let first = try #require(try log.allEvents().first(where: isPoisoned)).offset
      let projector = try Projector(
        Accounts(poison: Self.isPoisoned), over: log, options: options(.stop, batchSize))
      for attempt in 1...2 {
        do {
          try await projector.catchUp()
          Issue.record("it did not stop")
        } catch ProjectionError.failed(let failure) {
          #expect(failure.offset == first, "attempt \(attempt)")
          #expect(failure.message.contains("cannot be moved"))
        }
        #expect(try await projector.progress().position == first.cutBefore)
        #expect(
          try await projector.read(Expected.init)
            == Expected(log.allEvents(before: first.cutBefore)))
        #expect(try await projector.failures().map(\.offset) == [first])
      }
    }
  }

  /// Events are read and decoded ahead where there are many: what cannot be decoded fails in its turn.
  @Test(arguments: [1, 7, 1000]) func whatCannotBeDecodedFailsInItsTurn(_ batchSize: Int)
    async throws
  {
    var random = seeded()
    try await withLog { log in
      var bad: [Offset] = []
      for _ in 0..<4 {
        try await log.appendMoves(100 + random.below(600), &random)
        bad.append(log.end.offsetAfter)
        try await log.append([NewEvent("unheard", "{}", in: "s")])
        if random.below(2) == 0 {
          bad.append(log.end.offsetAfter)
          try await log.append([NewEvent("moved", "{", in: "s")])
        }
      }
      let isBad: (RecordedEvent) -> Bool = { bad.contains($0.offset) }
      do {
        let stopping = try Projector(Accounts(), over: log, options: options(.stop, batchSize))
        await #expect(throws: ProjectionError.self) { try await stopping.catchUp() }
        #expect(try await stopping.progress().position == bad[0].cutBefore)
        #expect(
          try await stopping.read(Expected.init)
            == Expected(log.allEvents(before: bad[0].cutBefore)))
      }
      let projector = try Projector(Accounts(), over: log, options: options(.skip, batchSize))
      try await projector.catchUp()
      #expect(try await projector.failures().map(\.offset) == bad)
      #expect(
        try await projector.read(Expected.init) == Expected(log.allEvents(), leavingOut: isBad))
    }
  }

  @Test(arguments: [1, 5, 1000]) func itSkipsAndTheEventsAreTriedAgain(_ batchSize: Int)
    async throws
  {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(800, &random)
      let isFixed = Atomic<Bool>(false)
      let poison: @Sendable (Int) -> Bool = {
        Self.isPoisoned($0) && !isFixed.load(ordering: .relaxed)
      }
      let projector = try Projector(
        Accounts(poison: poison), over: log, options: options(.skip, batchSize))
      let progress = try await projector.catchUp()
      let all = try log.allEvents()
      let bad = all.filter(isPoisoned).map(\.offset)
      #expect(progress.skipped == bad.count)
      #expect(try await projector.failures().map(\.offset) == bad)
      #expect(try await projector.read(Expected.init) == Expected(all, leavingOut: isPoisoned))
      let first = try #require(bad.first)
      await #expect(throws: ProjectionError.self) { try await projector.retry(first) }
      #expect(try await projector.failures().first?.attempts == 2)
      isFixed.store(true, ordering: .relaxed)
      for offset in bad { try await projector.retry(offset) }
      #expect(try await projector.failures().isEmpty)
      let moves = try await projector.read(Expected.init).moves
      #expect(try moves == Expected(all).moves)
      await #expect(throws: ProjectionError.self) { try await projector.retry(first) }
    }
  }

  @Test(arguments: [1, 5, 1000]) func itLeavesTheStreamOutAndTakesItInAgain(_ batchSize: Int)
    async throws
  {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(60, &random)
      let isFixed = Atomic<Bool>(false)
      let poison: @Sendable (Int) -> Bool = {
        Self.isPoisoned($0) && !isFixed.load(ordering: .relaxed)
      }
      let projector = try Projector(
        Accounts(poison: poison), over: log, options: options(.quarantine, batchSize))
      try await projector.catchUp()
      try await log.appendMoves(60, &random)
      let progress = try await projector.catchUp()
      let all = try log.allEvents()
      var since: [String: Offset] = [:]
      for event in all where isPoisoned(event) && since[event.stream] == nil {
        since[event.stream] = event.offset
      }
      #expect(progress.quarantined == since.count)
      #expect(try await projector.failures().map(\.offset) == since.values.sorted())
      #expect(
        try await projector.read(Expected.init)
          == Expected(all) { event in since[event.stream].map { $0 <= event.offset } ?? false })
      isFixed.store(true, ordering: .relaxed)
      for failure in try await projector.failures() { try await projector.retry(failure.offset) }
      // Streams do not touch each other, so in the end all is as if nothing had failed.
      #expect(try await projector.read(Expected.init) == Expected(all))
      try await log.appendMoves(20, &random)
      try await projector.catchUp()
      #expect(try await projector.read(Expected.init) == Expected(log.allEvents()))
    }
  }

  @Test func itTriesAgainAsOftenAsItMay() async throws {
    try await withLog { log in
      for cents in [1, 3, 5] { try await log.append(Accounts.Event.moved(cents: cents), to: "a") }
      let tries = Atomic<Int>(0)
      // The third attempt succeeds: one in the batch, then two retries.
      let poison: @Sendable (Int) -> Bool = {
        $0 == 3 && tries.add(1, ordering: .relaxed).newValue < 3
      }
      let policy = FailurePolicy(.stop, retries: 2, pause: .milliseconds(1))
      let projector = try Projector(
        Accounts(poison: poison), over: log, options: options(policy, 1000))
      #expect(try await projector.catchUp().position == 3)
      #expect(try await projector.read(Expected.init) == Expected(log.allEvents()))
      #expect(try await projector.failures().isEmpty)
    }
  }

  @Test func anUnknownTypeIsAFailure() async throws {
    try await withLog { log in
      try await log.append([NewEvent("painted", "{}", in: "a")])
      let projector = try Projector(Accounts(), over: log)
      await #expect(throws: ProjectionError.self) { try await projector.catchUp() }
    }
  }

  /// What it stopped at is no failure any more once it is fixed.
  @Test func whatWasFixedIsForgotten() async throws {
    try await withLog { log in
      for cents in [1, 3, 5] { try await log.append(Accounts.Event.moved(cents: cents), to: "a") }
      let isFixed = Atomic<Bool>(false)
      let projector = try Projector(
        Accounts(poison: { $0 == 3 && !isFixed.load(ordering: .relaxed) }), over: log)
      await #expect(throws: ProjectionError.self) { try await projector.catchUp() }
      #expect(try await projector.failures().map(\.offset) == [1])
      isFixed.store(true, ordering: .relaxed)
      try await projector.catchUp()
      #expect(try await projector.failures().isEmpty)
      #expect(try await projector.read(Expected.init) == Expected(log.allEvents()))
    }
  }

  /// Two that meet the same event on the same tables do not trip each other up.
  @Test func twoThatMeetAFailureGoOn() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(300, &random)
      let projector = try Projector(
        Accounts(poison: Self.isPoisoned), over: log, options: options(.skip, 3))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try await projector.catchUp() } }
        try await group.waitForAll()
      }
      #expect(
        try await projector.read(Expected.init) == Expected(log.allEvents(), leavingOut: isPoisoned)
      )
    }
  }
}

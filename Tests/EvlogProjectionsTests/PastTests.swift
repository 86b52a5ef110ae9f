import EvlogProjections
import EvlogReplay
import EvlogStore
import EvlogTesting
import GRDB
import ReplayTestSupport
import SystemPackage
import Testing

@Suite struct PastTests {
  /// Any way through the cuts, forward and back, near and far.
  @Test(arguments: [true, false]) func tablesAreAsTheyWere(_ hasKeys: Bool) async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(700, &random)
      try log.seal()
      let all = try log.allEvents()
      let projector = try Projector(Accounts(hasKeys: hasKeys), over: log)
      let past = try await projector.asOf(350)
      for _ in 0..<(hasKeys ? 60 : 12) {
        var cut = Cut(random.below(all.count + 1))
        if random.below(4) > 0 {
          let near = Int64(await past.cut) + Int64(random.below(41)) - 20
          cut = Cut(Int(min(max(near, 0), Int64(all.count))))
        }
        try await past.move(to: cut)
        #expect(await past.cut == cut)
        #expect(try await past.read(Expected.init) == Expected(Array(all.prefix(Int(cut)))))
      }
      await #expect(throws: Replayer.CutBeyondEnd.self) { try await past.move(to: log.end + 1) }
      // The tables in use are elsewhere.
      #expect(try await projector.progress().position == 0)
    }
  }

  @Test func theyMayBeInAFile() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(50, &random)
      let projector = try Projector(Accounts(), over: log)
      let file = log.path.appending("past.sqlite")
      let past = try await projector.asOf(20, in: file)
      try await past.move(to: 10)
      let queue = try DatabaseQueue(path: file.string)
      #expect(try await queue.read(Expected.init) == Expected(log.allEvents(before: 10)))
      await #expect(throws: ProjectionError.self) { try await projector.asOf(20, in: file) }
    }
  }

  /// Events that fail on the way are dealt with as ever.
  @Test func thePolicyHoldsInThePast() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(120, &random)
      var options = Projector<Accounts>.Options()
      options.failurePolicy = .skip
      let projector = try Projector(
        Accounts(poison: FailureTests.isPoisoned), over: log, options: options)
      try await projector.catchUp()
      let past = try await projector.asOf(log.end)
      #expect(try await past.read(Expected.init) == projector.read(Expected.init))
    }
  }

  /// Several that move the same tables at once wait for each other.
  @Test func movesComeOneAfterTheOther() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(500, &random)
      let past = try await Projector(Accounts(), over: log).asOf(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for cut in [Cut(400), 50, 499, 3, 250, 0, 130] {
          group.addTask { try await past.move(to: cut) }
        }
        try await group.waitForAll()
      }
      let cut = await past.cut
      #expect(try await past.read(Expected.init) == Expected(log.allEvents(before: cut)))
    }
  }

  /// What happens by itself in the tables is not undone: those are made anew.
  @Test func whatCannotBeUndoneIsMadeAnew() async throws {
    let log = try await { () async throws -> EventLog in
      let log = try EventLog.create(folder.path.appending("log"))
      for i in 0..<30 { try await log.append(Accounts.Event.moved(cents: i), to: "a\(i % 3)") }
      return log
    }()
    let projection = try SQLProjection(
      source: """
        -- projection: moves 1
        CREATE TABLE move (id INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT);
        CREATE TABLE total (stream TEXT PRIMARY KEY NOT NULL, count INTEGER NOT NULL);
        CREATE TRIGGER counted AFTER INSERT ON move BEGIN
          INSERT INTO total VALUES (new.stream, 1) ON CONFLICT DO UPDATE SET count = count + 1;
        END;
        -- on: moved
        INSERT INTO move (stream) VALUES (@stream);
        """, file: "moves.sql")
    let past = try await Projector(projection, over: log).asOf(20)
    for cut in [Cut(17), 18, 5, 30] {
      try await past.move(to: cut)
      let (last, total) = try await past.read { db in
        (
          try Int.fetchOne(db, sql: "SELECT max(id) FROM move"),
          try Int.fetchOne(db, sql: "SELECT sum(count) FROM total")
        )
      }
      #expect(last == Int(cut) && total == Int(cut))
    }
  }

  private let folder = TemporaryFolder()
}

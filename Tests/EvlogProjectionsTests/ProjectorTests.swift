import EvlogProjections
import EvlogStore
import EvlogTesting
import GRDB
import ReplayTestSupport
import Synchronization
import SystemPackage
import Testing

@Suite struct ProjectorTests {
  @Test(arguments: [1, 7, 1000], [nil, ["moved"]] as [Set<String>?])
  func tablesAreWhatTheEventsMake(_ batchSize: Int, _ types: Set<String>?) async throws {
    var random = seeded()
    try await withLog { log in
      var options = Projector<Accounts>.Options()
      options.batchSize = batchSize
      for round in 0..<4 {
        try await log.appendMoves(random.below(80), &random)
        if round == 2 { try log.seal() }
        // A new one each time: it goes on where the last one was.
        let projector = try Projector(Accounts(types: types), over: log, options: options)
        for _ in 0..<2 {
          let progress = try await projector.catchUp()
          #expect(progress.position == log.end)
          #expect(progress.lag == 0)
        }
        let expected = try Expected(log.allEvents()) { types?.contains($0.type) == false }
        #expect(try await projector.read(Expected.init) == expected)
      }
    }
  }

  @Test func thereIsOneAtATime() async throws {
    try await withLog { log in
      let first = try Projector(Accounts(), over: log)
      #expect(throws: ProjectionError.self) { try Projector(Accounts(), over: log) }
      _ = try await first.catchUp()
    }
  }

  /// What counts is the position in the tables, whoever moved it.
  @Test func itGoesOnFromThePositionInTheTables() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(50, &random)
      var options = Projector<Accounts>.Options()
      options.batchSize = 10
      let folder = Projector<Accounts>.folder(of: "Accounts", in: log)
      let meddler = Mutex<DatabaseQueue?>(nil)
      options.progress = { position, _ in
        // Between two batches the position is moved by another hand.
        guard position == 20 else { return }
        meddler.withLock {
          $0 = try? DatabaseQueue(path: "\(folder)/current")
          try? $0?.write { try $0.execute(sql: "UPDATE evlog_projection SET position = 25") }
        }
      }
      let projector = try Projector(Accounts(), over: log, options: options)
      try await projector.catchUp()
      let moves = try await projector.read { db in
        try Set(Int.fetchAll(db, sql: "SELECT offset FROM move"))
      }
      #expect(moves.isDisjoint(with: 20..<25))
      #expect(moves.contains { $0 < 20 } && moves.contains { $0 >= 25 })
    }
  }

  @Test func liveFollowsAndWaits() async throws {
    var random = seeded()
    try await withLog { log in
      let projector = try Projector(Accounts(), over: log)
      let running = Task { try await projector.run() }
      for _ in 0..<20 {
        try await log.appendMoves(5, &random)
        try await projector.waitUntil(position: log.end, timeout: .seconds(120))
        let expected = try Expected(log.allEvents())
        #expect(try await projector.read(Expected.init) == expected)
      }
      let reader = ProjectionReader(in: projector.folder)
      try await reader.waitUntil(position: log.end, timeout: .seconds(120))
      await #expect(throws: ProjectionError.self) {
        try await projector.waitUntil(position: log.end + 1, timeout: .milliseconds(20))
      }
      running.cancel()
      await #expect(throws: CancellationError.self) { try await running.value }
      // What is appended through it is there when that returns.
      let turn = Turn([NewEvent("moved", #"{"cents":5}"#, in: "x")])
      try await projector.append(turn)
      #expect(try await reader.about().position == log.end)
      log.close()
      try await projector.run()
    }
  }

  @Test func tablesOfAnotherVersionOrLogAreNotUsed() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(20, &random)
      let folder = log.path.appending("tables")
      try await Projector(Accounts(), over: log, in: folder).catchUp()
      let newer = try Projector(Accounts(version: 2), over: log, in: folder)
      await #expect(throws: ProjectionError.self) { try await newer.catchUp() }
      try await newer.rebuild()
      try await newer.catchUp()
      #expect(try await newer.read(Expected.init) == Expected(log.allEvents()))
      try await withLog { other in
        try await other.appendMoves(30, &random)
        let strange = try Projector(
          Accounts(version: 1, poison: { _ in false }), over: other,
          in: log.path.appending("strange"))
        try await strange.catchUp()
      }
      let strange = try Projector(Accounts(), over: log, in: log.path.appending("strange"))
      await #expect(throws: ProjectionError.self) { try await strange.catchUp() }
    }
  }

  /// The log was cut, and went on otherwise.
  @Test func tablesOfALostPastAreNotUsed() async throws {
    var random = seeded()
    let folder = TemporaryFolder()
    let tables = folder.path.appending("tables")
    let log = try EventLog.create(folder.path.appending("log"))
    try await log.appendMoves(10, &random)
    let cut = log.end
    try await log.appendMoves(30, &random)
    try await Projector(Accounts(), over: log, in: tables).catchUp()
    log.close()
    try EventLog.truncate(log.path, to: cut, dropping: 30)
    for count in [0, 60] {
      let again = try EventLog.open(log.path)
      try await again.appendMoves(count, &random)
      let projector = try Projector(Accounts(), over: again, in: tables)
      await #expect(throws: ProjectionError.self) { try await projector.catchUp() }
      if count > 0 {
        try await projector.rebuild()
        #expect(try await projector.read(Expected.init) == Expected(again.allEvents()))
      }
      again.close()
    }
  }
}

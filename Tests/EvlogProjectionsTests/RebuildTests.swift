import EvlogProjections
import EvlogStore
import Foundation
import GRDB
import ReplayTestSupport
import Synchronization
import SystemPackage
import Testing

@Suite struct RebuildTests {
  @Test func readersReadOnWhileItIsRebuilt() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(3000, &random)
      var options = Projector<Accounts>.Options()
      options.batchSize = 100
      let projector = try Projector(Accounts(), over: log, options: options)
      try await projector.catchUp()
      let reader = ProjectionReader(in: projector.folder)
      let seen = Mutex<[Cut: Expected]>([:])
      let isDone = Atomic<Bool>(false)
      let reading = Task {
        var count = 0
        while !isDone.load(ordering: .relaxed) || count == 0 {
          let (position, tables) = try await reader.read { db in
            (
              try Cut(Int.fetchOne(db, sql: "SELECT position FROM evlog_projection") ?? 0),
              try Expected(db)
            )
          }
          seen.withLock { $0[position] = tables }
          count += 1
        }
        return count
      }
      let live = Task { try await projector.run() }
      for _ in 0..<3 {
        async let rebuilt = projector.rebuild()
        try await log.appendMoves(40, &random)
        #expect(try await rebuilt.differences == [])
      }
      try await projector.waitUntil(position: log.end, timeout: .seconds(120))
      isDone.store(true, ordering: .relaxed)
      #expect(try await reading.value > 0)
      live.cancel()
      // Whatever was read, was whole.
      for (position, tables) in seen.withLock({ $0 }) {
        #expect(try tables == Expected(log.allEvents(before: position)), "position \(position)")
      }
      #expect(try await reader.read(Expected.init) == Expected(log.allEvents()))
    }
  }

  @Test func whatWasChangedByHandIsFound() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(100, &random)
      let projector = try Projector(Accounts(), over: log)
      try await projector.catchUp()
      #expect(try await projector.verify().isEmpty)
      let queue = try DatabaseQueue(path: "\(projector.folder)/current")
      try await queue.write { db in
        try db.execute(
          sql: "UPDATE move SET cents = cents + 1 WHERE offset = (SELECT min(offset) FROM move)")
        try db.execute(sql: "CREATE TABLE other (x)")
      }
      let found = try await projector.verify()
      #expect(found.map(\.table) == ["move", "other"])
      #expect(found.map(\.onlyOld) == [1, 0])
      #expect(found.map(\.onlyNew) == [1, 0])
      #expect(try await projector.rebuild().differences == found)
      #expect(try await projector.verify().isEmpty)
    }
  }

  @Test func aRebuildThatFailsLeavesTheOldTables() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(100, &random)
      let folder = log.path.appending("tables")
      try await Projector(Accounts(), over: log, in: folder).catchUp()
      let broken = try Projector(
        Accounts(version: 2, poison: { $0 > 0 }), over: log, in: folder)
      await #expect(throws: ProjectionError.self) { try await broken.rebuild() }
      let reader = ProjectionReader(in: folder)
      #expect(try await reader.about().version == 1)
      #expect(try await reader.read(Expected.init) == Expected(log.allEvents()))
    }
  }

  /// A rebuild that was broken off goes on where it was.
  @Test func aRebuildGoesOn() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(30_000, &random)
      let task = Mutex<Task<Void, any Error>?>(nil)
      var options = Projector<Accounts>.Options()
      options.progress = { position, _ in
        if (1..<30_000).contains(position) { task.withLock { $0?.cancel() } }
      }
      let projector = try Projector(Accounts(), over: log, options: options)
      let rebuilding = Task { _ = try await projector.rebuild() }
      task.withLock { $0 = rebuilding }
      await #expect(throws: CancellationError.self) { try await rebuilding.value }
      let rebuilt = try await projector.rebuild()
      #expect(rebuilt.resumedFrom > 0)
      #expect(try await projector.read(Expected.init) == Expected(log.allEvents()))
    }
  }

  /// Tables that are damaged are no obstacle to new ones.
  @Test func damagedTablesAreSaidAndRebuilt() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(300, &random)
      let folder = log.path.appending("tables")
      let file = folder.appending("1.sqlite").string
      try await Projector(Accounts(), over: log, in: folder).catchUp()
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
      try Data((0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
        .write(to: URL(filePath: file))
      let reader = ProjectionReader(in: folder)
      await #expect(throws: ProjectionError.self) { try await reader.about() }
      let projector = try Projector(Accounts(), over: log, in: folder)
      do {
        try await projector.catchUp()
        Issue.record("damaged tables were used")
      } catch ProjectionError.damaged(let named, _) { #expect(named.string == file) }
      #expect(try await projector.rebuild().differences == nil)
      #expect(try await projector.read(Expected.init) == Expected(log.allEvents()))
      #expect(try await reader.read(Expected.init) == Expected(log.allEvents()))
    }
  }
}

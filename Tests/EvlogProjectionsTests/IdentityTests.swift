import EvlogProjections
import EvlogReplay
import EvlogStore
import EvlogTesting
import GRDB
import ReplayTestSupport
import SystemPackage
import Testing

/// Tables are used by none but the projection that made them, over the events that they were made of.
@Suite struct IdentityTests {
  private func counting(_ sql: String = "n + 1", version: Int = 1, ignoring: String = "closed")
    throws -> SQLProjection
  {
    try SQLProjection(
      source: """
        -- projection: count \(version)
        CREATE TABLE t (stream TEXT PRIMARY KEY, n INTEGER NOT NULL);
        -- on: moved
        INSERT INTO t VALUES (@stream, 1) ON CONFLICT DO UPDATE SET n = \(sql);
        -- ignore: \(ignoring)
        """, file: "count.sql")
  }

  private func count(_ reader: ProjectionReader, _ projection: SQLProjection, _ log: EventLog)
    async throws -> (rows: Int, position: Cut)
  {
    try await reader.read(projection, over: log) { db, position in
      (try Int.fetchOne(db, sql: "SELECT sum(n) FROM t") ?? 0, position)
    }
  }

  @Test func anotherTextOfTheSameVersionIsRefused() async throws {
    try await withLog { log in
      for i in 0..<20 { try await log.append(Accounts.Event.moved(cents: i), to: "a\(i % 3)") }
      let folder = log.path.appending("tables")
      let reader = ProjectionReader(in: folder)
      try await Projector(try counting(), over: log, in: folder).catchUp()
      #expect(try await count(reader, try counting(), log) == (20, 20))
      // To ignore one more type changes nothing of what was made.
      #expect(try await count(reader, try counting(ignoring: "closed, opened"), log) == (20, 20))
      let edited = try counting("n + 2")
      await #expect(throws: ProjectionError.self) { try await count(reader, edited, log) }
      guard case .otherText? = try await reader.mismatch(with: edited, over: log) else {
        Issue.record("it was not noticed")
        return
      }
      do {
        let projector = try Projector(edited, over: log, in: folder)
        do {
          try await projector.catchUp()
          Issue.record("it went on")
        } catch ProjectionError.otherText(let what, _) { #expect(what == "count version 1") }
        try await projector.rebuild()
      }
      // The live tables and those made for a cut are the same again.
      #expect(try await count(reader, edited, log) == (37, 20))
      let past = try await PastTables(of: edited, over: log, at: 20)
      let sum = try await past.read { try Int.fetchOne($0, sql: "SELECT sum(n) FROM t") }
      #expect(sum == 37)
      await #expect(throws: ProjectionError.self) {
        try await count(reader, try counting("n + 2", version: 2), log)
      }
    }
  }

  @Test func anotherLogIsNoticedByReaders() async throws {
    try await withLog { log in
      try await log.append(Accounts.Event.moved(cents: 1), to: "a")
      let folder = log.path.appending("tables")
      try await Projector(try counting(), over: log, in: folder).catchUp()
      try await withLog { other in
        try await other.append(Accounts.Event.moved(cents: 1), to: "a")
        let reader = ProjectionReader(in: folder)
        guard case .otherLog? = try await reader.mismatch(with: try counting(), over: other) else {
          Issue.record("it was not noticed")
          return
        }
        #expect(try await reader.mismatch(with: try counting(), over: log) == nil)
      }
    }
  }

  /// The last event may be what it was, at the same offset and time: the events before it count too.
  @Test func anotherHistoryOfTheSameLogIsNoticed() async throws {
    let folder = TemporaryFolder()
    let tables = folder.path.appending("tables")
    let reader = ProjectionReader(in: tables)
    let log = try EventLog.create(folder.path.appending("log"))
    func event(_ cents: Int) -> NewEvent {
      NewEvent(
        stream: "a", type: "moved", data: Array("{\"cents\":\(cents)}".utf8),
        recordedAt: Timestamp(nanoseconds: 5))
    }
    for i in 0..<10 { try await log.append([event(i)]) }
    try await Projector(try counting(), over: log, in: tables).catchUp()
    log.close()
    try EventLog.truncate(log.path, to: 3, dropping: 7)
    func expectNoticed(_ log: EventLog) async throws {
      guard case .otherLog? = try await reader.mismatch(with: try counting(), over: log) else {
        Issue.record("at \(log.end) events it was not noticed")
        return
      }
      await #expect(throws: ProjectionError.self) {
        try await Projector(try counting(), over: log, in: tables).catchUp()
      }
    }
    let again = try EventLog.open(log.path)
    try await expectNoticed(again)
    for i in [3, 4, 99, 6, 7, 8, 9] { try await again.append([event(i)]) }
    try await expectNoticed(again)
    try await again.append([event(10)])
    try await expectNoticed(again)
    again.close()
    // The same events again are the same history.
    try EventLog.truncate(log.path, to: 3, dropping: 8)
    let same = try EventLog.open(log.path)
    for i in 3..<12 { try await same.append([event(i)]) }
    #expect(try await reader.mismatch(with: try counting(), over: same) == nil)
    let progress = try await Projector(try counting(), over: same, in: tables).catchUp()
    #expect(progress.position == 12)
    #expect(try await count(reader, try counting(), same) == (12, 12))
  }

  /// A reader of the log that was opened before the tables went on, sees the events that they show.
  @Test func aReaderCatchesUpWithTheTables() async throws {
    try await withLog { log in
      try await log.append(Accounts.Event.moved(cents: 1), to: "a")
      let folder = log.path.appending("tables")
      let projector = try Projector(try counting(), over: log, in: folder)
      try await projector.catchUp()
      let early = try EventLog.openReadOnly(log.path)
      #expect(early.end == 1)
      for i in 0..<5 { try await log.append(Accounts.Event.moved(cents: i), to: "b") }
      try await projector.catchUp()
      #expect(try await count(ProjectionReader(in: folder), try counting(), early) == (6, 6))
      #expect(early.end == 6)
    }
  }
}

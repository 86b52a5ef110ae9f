import EvlogJSON
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private func sendKill(_ process: pid_t) -> Int32 { kill(process, SIGKILL) }

/// Projections as they are run from the command line, and ended at any moment.
@Suite struct ProjectTests {
  /// What the events make of the tables, asked of the events themselves.
  private static let accounts = """
    SELECT stream, sum(data ->> '$.cents') AS cents, count(*) AS moves
    FROM events GROUP BY stream ORDER BY stream
    """

  private func place(_ count: Int) async throws -> Workplace {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var state = seed
    func random(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    let place = try Workplace()
    let lines = (0..<count).map { _ in
      #"{"stream":"a\#(random(50))","type":"moved","data":{"cents":\#(random(1000))}}"#
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    try place.write(
      """
      -- projection: accounts 1
      CREATE TABLE account (stream TEXT PRIMARY KEY, cents INTEGER NOT NULL, moves INTEGER NOT NULL);
      -- on: moved
      INSERT INTO account VALUES (@stream, :cents, 1)
        ON CONFLICT DO UPDATE SET cents = cents + excluded.cents, moves = moves + 1;
      """, to: "accounts.sql")
    let answer = try await place.evlog("import", "bank.evlog", "events.ndjson")
    #expect(answer.status == 0, "\(answer.error)")
    return place
  }

  private func expectWhole(_ place: Workplace) async throws {
    let tables = try await place.evlog(
      "query", "bank.evlog", "--projection", "accounts.sql",
      "SELECT * FROM account ORDER BY stream")
    let events = try await place.evlog("query", "bank.evlog", Self.accounts)
    #expect(tables.status == 0 && events.status == 0, "\(tables.error)\(events.error)")
    #expect(tables.output == events.output)
    let verified = try await place.evlog(
      "project", "verify", "bank.evlog", "--projection", "accounts.sql")
    #expect(verified.status == 0, "\(verified.output)\(verified.error)")
  }

  /// Starts the command and kills it after a while; false where it had ended by then.
  private func end(_ place: Workplace, _ arguments: [String], after seconds: Double) throws -> Bool
  {
    let process = Process()
    process.executableURL = Workplace.binaries.appending(path: "evlog")
    process.arguments = arguments
    process.currentDirectoryURL = place.folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    Thread.sleep(forTimeInterval: seconds)
    let wasRunning = process.isRunning
    if wasRunning { _ = sendKill(process.processIdentifier) }
    process.waitUntilExit()
    return wasRunning && process.terminationReason == .uncaughtSignal
  }

  @Test(.timeLimit(.minutes(15))) func aKilledProjectionEndsAsOneThatWasNot() async throws {
    let place = try await place(30_000)
    let run = [
      "project", "run", "bank.evlog", "--projection", "accounts.sql", "--batch", "1",
    ]
    func position() async throws -> UInt64? {
      let status = try await place.evlog(
        "project", "status", "bank.evlog", "--projection", "accounts.sql", "--json")
      guard status.status == 0 else { return nil }
      return try status.json()["progress"]?["position"]?.integer(UInt64.self)
    }
    var (kills, lives) = (0, 1)
    var positions: Set<UInt64> = []
    // Two hundred times, or for a minute; on a busy machine for as long as it takes to be a trial.
    let deadline = Date() + 60
    while kills < 200, Date() < deadline || kills < 15 || positions.count < 2 {
      if try end(place, run, after: Double.random(in: 0.005...0.4)) { kills += 1 }
      guard kills.isMultiple(of: 5), let position = try await position() else { continue }
      positions.insert(position)
      guard position == 30_000 else { continue }
      // It has come to the end in spite of all: once more.
      try await expectWhole(place)
      try FileManager.default.removeItem(
        at: place.folder.appending(path: "bank.evlog/projections"))
      lives += 1
    }
    print("killed \(kills) times, in \(lives) lives, at positions \(positions.sorted())")
    #expect(kills >= 15 && positions.count >= 2)
    let last = try await place.evlog(
      "project", "run", "bank.evlog", "--projection", "accounts.sql")
    #expect(last.status == 0, "\(last.error)")
    try await expectWhole(place)
  }

  @Test func aKilledRebuildEndsAsOneThatWasNot() async throws {
    let place = try await place(60_000)
    let all = ["bank.evlog", "--projection", "accounts.sql"]
    #expect(
      try await place.run(
        Workplace.binaries.appending(path: "evlog").path, ["project", "run"] + all
      ).status == 0)
    var kills = 0
    for _ in 0..<60 {
      let wasKilled = try end(
        place, ["project", "rebuild"] + all, after: Double.random(in: 0.01...0.3))
      if wasKilled { kills += 1 }
      // The tables in use are whole at any moment.
      if kills % 20 == 1 { try await expectWhole(place) }
    }
    #expect(kills >= 10, "it was killed \(kills) times")
    let last = try await place.run(
      Workplace.binaries.appending(path: "evlog").path, ["project", "rebuild"] + all)
    #expect(last.status == 0, "\(last.error)")
    try await expectWhole(place)
  }

  @Test func aFullDiskStopsIt() async throws {
    let place = try await place(20_000)
    let run = "evlog project run bank.evlog --projection accounts.sql --batch 100"
    for blocks in [8, 30, 60, 90] {
      // Files cannot grow beyond so many kilobytes.
      let answer = try await place.shell("trap '' XFSZ; ulimit -f \(blocks); \(run)")
      #expect(answer.status == 74, "\(blocks): \(answer.output)\(answer.error)")
      for part in ["bank.evlog/projections/accounts/1.sqlite", "full", "Nothing is lost"] {
        #expect(answer.error.contains(part), "\(answer.error)")
      }
    }
    let answer = try await place.shell(run)
    #expect(answer.status == 0, "\(answer.error)")
    try await expectWhole(place)
  }

  /// Each row that differs has a line, whatever its values hold.
  @Test func differencesAreInLines() async throws {
    let place = try Workplace()
    try place.write(
      #"{"stream":"s","type":"A,B","data":{"k":"one\ntwo"}}"# + "\n", to: "a.ndjson")
    try place.write(
      """
      -- projection: p 1
      CREATE TABLE t (k TEXT PRIMARY KEY, n);
      -- on: "A,B", C
      INSERT INTO t VALUES (:k, 1);
      """, to: "p.sql")
    let name = "a.evlog --projection p.sql"
    let made = try await place.shell("evlog import a.evlog a.ndjson; evlog project run \(name)")
    #expect(made.status == 0, "\(made.error)")
    // Somebody wrote to the file.
    let verified = try await place.shell(
      "sed -i 's/one/oNe/g' a.evlog/projections/p/1.sqlite; evlog project verify \(name)")
    #expect(verified.status == 1, "\(verified.error)")
    let lines = verified.output.split(separator: "\n").map(String.init)
    #expect(lines.map { String($0.prefix(3)) } == ["t: ", "  -", "  +"], "\(verified.output)")
    #expect(lines.last?.contains("one") == true && lines.last?.contains("two") == true)
    #expect(!verified.output.contains("u{a}  "), "\(verified.output)")
    let rebuilt = try await place.shell("evlog project rebuild \(name)")
    #expect(Array(rebuilt.output.split(separator: "\n").map(String.init).dropFirst()) == lines)
  }

  /// Two keys that are the same up to U+0000 do not become one.
  @Test func aTextThatWouldBeEndedIsAFailure() async throws {
    let place = try Workplace()
    try place.write(
      #"""
      {"stream":"s","type":"e","data":{"k":"x\u0000y"}}
      {"stream":"s","type":"e","data":{"k":"x\u0000z"}}
      """# + "\n", to: "a.ndjson")
    try place.write(
      """
      -- projection: p 1
      CREATE TABLE t (k TEXT PRIMARY KEY);
      -- on: e
      INSERT OR IGNORE INTO t VALUES (@data ->> '$.k');
      """, to: "p.sql")
    let name = "a.evlog --projection p.sql"
    let run = try await place.shell(
      "evlog import a.evlog a.ndjson; evlog project run \(name) --on-failure stop")
    #expect(run.status == 3)
    #expect(run.error.contains("offset 0") && run.error.contains("write :NAME"), "\(run.error)")
    _ = try await place.shell("sed -i \"s/@data ->> '$.k'/:k/\" p.sql")
    let rows = try await place.shell(
      "evlog project rebuild \(name) && evlog query \(name) --json 'SELECT count(*) FROM t'")
    #expect(rows.output.contains(#""rows":[[2]]"#), "\(rows.output)\(rows.error)")
  }

  @Test func anEventThatFailsIsDealtWithAsAsked() async throws {
    let place = try await place(500)
    _ = try await place.shell(
      "echo '{\"stream\":\"a1\",\"type\":\"moved\",\"data\":{}}' >> events.ndjson; evlog import bank.evlog events.ndjson"
    )
    let name = "bank.evlog --projection accounts.sql"
    let stopped = try await place.shell("evlog project run \(name)")
    #expect(stopped.status == 3)
    #expect(stopped.error.contains("offset 500, moved of stream 'a1'"), "\(stopped.error)")
    #expect(stopped.error.contains("the data has no 'cents'"))
    let skipped = try await place.shell("evlog project run \(name) --on-failure skip")
    #expect(skipped.status == 0, "\(skipped.error)")
    #expect(skipped.output.contains("1 event skipped"), "\(skipped.output)")
    let status = try await place.shell("evlog project status \(name)")
    #expect(status.status == 1)
    #expect(status.output.contains("skipped  500  a1  moved"), "\(status.output)")
    let failing = try await place.shell("evlog project retry \(name) --offset 500")
    #expect(failing.status == 3, "\(failing.error)")
    // A handler that was fixed under the same version rebuilds its tables.
    _ = try await place.shell(
      "sed -i \"s/:cents, 1/coalesce(@data ->> '$.cents', 0), 1/\" accounts.sql")
    for verb in ["project retry \(name) --all", "project run \(name)", "project status \(name)"] {
      let refused = try await place.shell("evlog \(verb)")
      #expect(refused.status == 2 && refused.error.contains("another text"), "\(refused)")
      #expect(refused.error.contains("'project rebuild'"), "\(refused.error)")
    }
    let rebuilt = try await place.shell("evlog project rebuild \(name)")
    #expect(rebuilt.status == 0, "\(rebuilt.error)")
    try await expectWhole(place)
  }

  @Test func liveFollowsAWriterInAnotherProcess() async throws {
    let place = try await place(100)
    let answer = try await place.shell(
      """
      evlog project run bank.evlog --projection accounts.sql --follow > out & pid=$!
      for i in 1 2 3 4 5; do
        evlog append bank.evlog --stream a1 --type moved --data '{"cents":5}' > /dev/null
      done
      for i in $(seq 100); do
        evlog project status bank.evlog --projection accounts.sql --json | grep -q '"position":105' && break
        sleep 0.1
      done
      kill $pid; wait $pid; cat out
      """)
    #expect(answer.output.contains("position 10"), "\(answer.output)\(answer.error)")
    try await expectWhole(place)
  }
}

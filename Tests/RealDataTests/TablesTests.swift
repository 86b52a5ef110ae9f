import EvlogProjections
import EvlogReplay
import EvlogStore
import GRDB
import SystemPackage
import Testing

/// Tables of real events, with the answers that others computed.
@Suite("Real data: tables", .enabled(if: RealData.isThere, RealData.whySkipped))
struct TablesTests {
  private func stored(_ data: Dataset) throws -> TemporaryLog {
    try TemporaryLog(data.events, turnsOf: 500)
  }

  @Test(
    arguments: [
      "p-bank-10050-50-happy", "p-bank-11-1-error", "p-bank-11-1-happy", "p-bank-12-2-error",
    ])
  func balances(name: String) async throws {
    let bank = try SQLProjection(
      source: """
        -- projection: bank 1
        CREATE TABLE account (name TEXT PRIMARY KEY NOT NULL, balance INTEGER NOT NULL, reported INTEGER NOT NULL);
        CREATE TABLE pending (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);
        -- on: accounts.opened
        INSERT INTO account SELECT 'account-' || key, value, value FROM json_each(@data, '$.balances');
        -- on: withdraw.requested
        INSERT OR REPLACE INTO pending VALUES (:id, :amount);
        -- on: withdraw.responded
        UPDATE account SET balance = balance - (SELECT amount FROM pending WHERE id = :id)
          WHERE name = @stream AND :result = 'SUCCESS';
        UPDATE account SET reported = :balance WHERE name = @stream;
        DELETE FROM pending WHERE id = :id;
        """, file: "bank.sql")
    let data = try Dataset(name)
    let stored = try stored(data)
    let projector = try Projector(bank, over: stored.log)
    try await projector.catchUp()
    let rows = try await projector.read { db in
      try Row.fetchAll(db, sql: "SELECT name, balance, reported FROM account").map { row in
        (row["name"] as String, row["balance"] as Int, row["reported"] as Int)
      }
    }
    let balances = JSONValue.object(JSONObject(rows.map { ($0.0, .int($0.1)) }))
    data.answers.expect("final_true_balance_sum", is: .int(rows.reduce(0) { $0 + $1.1 }))
    data.answers.expect("final_reported_balance_sum", is: .int(rows.reduce(0) { $0 + $1.2 }))
    data.answers.expect(
      "sha256_canonical_true_balances", is: .string(sha256(balances.canonicalBytes)))
    #expect(try await projector.rebuild().differences == [])
  }

  @Test func files() async throws {
    let git = try SQLProjection(
      source: """
        -- projection: git 1
        CREATE TABLE file (path TEXT PRIMARY KEY NOT NULL, mode TEXT NOT NULL, blob TEXT NOT NULL);
        CREATE TABLE total (id INTEGER PRIMARY KEY, commits INTEGER NOT NULL, peak INTEGER NOT NULL);
        INSERT INTO total VALUES (1, 0, 0);
        -- on: file.added, file.modified
        INSERT OR REPLACE INTO file VALUES (:path, :mode, :blob);
        UPDATE total SET peak = max(peak, (SELECT count(*) FROM file));
        -- on: file.deleted
        DELETE FROM file WHERE path = :path;
        -- on: committed
        UPDATE total SET commits = commits + 1;
        """, file: "git.sql")
    let data = try Dataset("git-commanded")
    let stored = try stored(data)
    let projector = try Projector(git, over: stored.log)
    try await projector.catchUp()
    func count(_ sql: String) async throws -> JSONValue {
      .int(try await projector.read { db in try Int.fetchOne(db, sql: sql) ?? -1 })
    }
    data.answers.expect("final", "files", is: try await count("SELECT count(*) FROM file"))
    data.answers.expect("commits", is: try await count("SELECT commits FROM total"))
    // At any cut the tables have the files that the machine has.
    let replayer = Replayer(try RealData.machine("git"), over: stored.log)
    let past = try await projector.asOf(0)
    for cut in [Cut(1), 700, 699, 1234, 3799, 3790] {
      try await past.move(to: cut)
      let blobs = try await past.read { db in
        try Row.fetchAll(db, sql: "SELECT path, blob FROM file").map {
          ($0["path"] as String, JSONValue.string($0["blob"]))
        }
      }
      let files = try #require(try await replayer.state(at: cut).value["files"])
      #expect(blobs.count == files.members.count, "cut \(cut)")
      for (path, blob) in blobs {
        #expect(files[path]?.contains(blob) == true, "\(path) at \(cut)")
      }
    }
  }

  /// What a query over the events counts is what others counted.
  @Test(arguments: ["git-commanded", "temporal-histories", "p-bank-12-2-error"])
  func eventsInSQL(name: String) async throws {
    let data = try Dataset(name)
    let stored = try stored(data)
    let (events, streams) = try await EventTable.database(of: stored.log).read { db in
      (
        try Int.fetchOne(db, sql: "SELECT count(*) FROM events"),
        try Int.fetchOne(db, sql: "SELECT count(DISTINCT stream) FROM events")
      )
    }
    data.answers.expect("events", is: .int(events ?? -1))
    data.answers.expect("streams", is: .int(streams ?? -1))
  }
}

extension JSONValue {
  /// Whether it is a value, or has it as a member.
  fileprivate func contains(_ value: JSONValue) -> Bool {
    self == value || members.contains { $0.value == value } || (arrayValue ?? []).contains(value)
  }
}

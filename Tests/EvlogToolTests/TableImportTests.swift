import EvlogJSON
import Foundation
import GRDB
import Testing

/// Imports of rows from other programs' SQLite databases.
@Suite struct TableImportTests {
  /// Runs statements in a database, as another program would.
  private func change(_ place: Workplace, _ sql: String, in name: String = "shop.db") throws {
    let queue = try DatabaseQueue(path: place.folder.appending(path: name).path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  private static let table = """
    create table happened (id integer primary key, who text, what text, at text, amount, body blob);
    insert into happened values
      (1, 'a', 'opened', '2026-02-01 10:00:00', 9007199254740993, x'00ff'),
      (2, 'b', 'opened', '2026-02-01T10:00:00.123456789+01:00', 1.5, null),
      (5, 'a', 'closed', '2026-02-02 00:00:00.5', null, 'two' || char(10) || '"lines"');
    """
  private static let query =
    #"--query 'select * from happened order by id' --map 'stream="s-"+who,type=what,time=at'"#

  @Test func rowsOfAQueryBecomeEvents() async throws {
    let place = try Workplace()
    try change(place, Self.table)
    let trial = try await place.shell(
      "evlog import a.evlog --sqlite shop.db \(Self.query) --dry-run; test -e a.evlog")
    #expect(
      trial.output == #"""
        {"stream":"s-a","type":"opened","time":"2026-02-01T10:00:00.000000000Z","data":{"id":1,"amount":9007199254740993,"body":"AP8="}}
        {"stream":"s-b","type":"opened","time":"2026-02-01T09:00:00.123456789Z","data":{"id":2,"amount":1.5,"body":null}}
        {"stream":"s-a","type":"closed","time":"2026-02-02T00:00:00.500000000Z","data":{"id":5,"amount":null,"body":"two\n\"lines\""}}
        3 records: 3 events of 2 types in 2 streams, 0 refused; nothing was imported

        """#, "\(trial.error)")
    #expect(trial.status == 1)
    for (added, there) in [(3, 0), (0, 3)] {
      let answer = try await place.shell(
        "evlog import a.evlog --sqlite shop.db \(Self.query) --json")
      let json = try answer.json()
      #expect(json["addedEvents"] == .int(added), "\(answer.error)")
      #expect(json["alreadyThere"] == .int(there))
      #expect(json["sourceEvents"] == .int(3))
      #expect(json["records"] == .int(3))
    }
    try change(
      place, "insert into happened values (7, 'c', 'opened', '2026-02-03 00:00:00', 1, null)")
    for options in ["", "--all-rows", "--batch 1"] {
      let answer = try await place.shell(
        "evlog import a.evlog --sqlite shop.db \(Self.query) --json \(options)")
      #expect(try answer.json()["sourceEvents"] == .int(4), "\(answer.error)")
      #expect(try answer.json()["addedEvents"] == .int(options.isEmpty ? 1 : 0))
    }
  }

  /// A repeated import reads the first rows and those behind the last one; what was changed there is said.
  @Test func aRepeatedImportReadsOnlyWhatIsNew() async throws {
    let place = try Workplace()
    try change(
      place,
      """
      create table happened (id integer primary key, who text, what text, at text, amount, body blob);
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
      insert into happened select 3 * i, 's' || (i % 7), 't', '2026-02-01 10:00:00', i, null from n;
      """)
    let command = "evlog import a.evlog --sqlite shop.db \(Self.query)"
    _ = try await place.shell(command)
    let first = try await place.shell("\(command) --all-rows --json")
    let again = try await place.shell("\(command) --json")
    #expect(try first.json()["alreadyThere"] == .int(5000))
    #expect(try again.json()["alreadyThere"] == .int(5000))
    // One row was read, and not five thousand.
    let bytes: Int = try again.json()["inputBytes"]?.integer() ?? 0
    #expect(bytes > 0 && bytes < 100, "\(bytes)")

    try change(place, "update happened set amount = -1 where id = 9000")
    #expect(try await place.shell(command).status == 0)
    let whole = try await place.shell("\(command) --all-rows")
    #expect(whole.status == 2)
    #expect(
      whole.error.contains("shop.db, row 9000: its data is not that of the event at offset 2999"),
      "\(whole.error)")
    try change(place, "update happened set amount = -1 where id = 15000")
    let changed = try await place.shell(command)
    #expect(changed.status == 2)
    #expect(
      changed.error.contains(
        "shop.db, row 15000: its data is not that of the event at offset 4999"),
      "\(changed.error)")
    try change(place, "delete from happened where id = 15000")
    let missing = try await place.shell(command)
    #expect(missing.status == 2)
    #expect(
      missing.error.contains("the last row that was imported, 15000, is not there any more"),
      "\(missing.error)")
    // A name is enough to know a table whose first rows are gone.
    let named = "\(command) --as shop"
    #expect(try await place.shell(named).status == 0)
    try change(
      place,
      "delete from happened where id < 9000; insert into happened values (15001, 'z', 't', null, 1, null)"
    )
    let later = try await place.shell("\(named) --json")
    #expect(try later.json()["addedEvents"] == .int(1), "\(later.error)")
  }

  @Test func whatCannotBeOrderedIsNamed() async throws {
    let place = try Workplace()
    try change(
      place,
      """
      create table t (n, k text);
      insert into t values (1, 'a'), (2, 'b'), (2, 'c'), (3, 'd');
      create table nulls (n, k text); insert into nulls values (null, 'x');
      create table texts (n text, k text); insert into texts values ('10', 'a'), ('9', 'b');
      """)
    let map = "--map stream=k,type=k"
    for (options, expected) in [
      ("--query 'select * from t order by n'", "shop.db, row 2: two rows have this n"),
      ("--query 'select * from nulls order by n'", "its n must be a whole number, and is null"),
      (
        "--query 'select * from texts order by n'",
        "row 9: the row comes after the one with n 10"
      ),
      ("--query 'select k from t order by n'", "the query has the columns k. To name the column"),
      ("--query 'select * from t'", "must be named. To name the column: --order COLUMN"),
      ("--query 'delete from t order by n'", "syntax error"),
      ("--query 'select * from missing order by n'", "no such table: missing"),
    ] {
      let answer = try await place.shell("evlog import a.evlog --sqlite shop.db \(options) \(map)")
      #expect(answer.status != 0)
      #expect(answer.error.contains(expected), "\(options): \(answer.error)")
    }
    for (command, expected) in [
      ("--sqlite none.db --preset emmett", "none.db: unable to open database file"),
      ("--sqlite shop.db", "Say what to read: either --preset or --query."),
      ("--sqlite shop.db --preset", "marten, emmett, message-db, axon, commanded"),
      ("--sqlite shop.db --preset kurrent", "marten, emmett, message-db, axon, commanded"),
      ("file.ndjson --sqlite shop.db", "one of FILE, --sqlite and --postgres."),
      ("--preset emmett file.ndjson", "--preset is for --sqlite and --postgres."),
      ("--sqlite shop.db --preset emmett --format csv", "--format is for files."),
      ("--sqlite shop.db --preset emmett --wait 1", "--wait and --settle are for --postgres."),
    ] {
      let answer = try await place.shell("evlog import a.evlog \(command)")
      #expect(answer.status != 0)
      #expect(answer.error.contains(expected), "\(command): \(answer.error)")
    }
  }

  @Test func refusedRowsAreSetAside() async throws {
    let place = try Workplace()
    try change(place, Self.table + "update happened set who = null where id = 2;")
    let command = "evlog import a.evlog --sqlite shop.db \(Self.query)"
    let refused = try await place.shell(command)
    #expect(refused.status == 2)
    #expect(refused.error.contains("shop.db, row 2: 'stream' is missing"), "\(refused.error)")
    let answer = try await place.shell("\(command) --bad-lines bad --json; cat bad >&2")
    #expect(try answer.json()["records"] == .int(3))
    #expect(try answer.json()["setAside"] == .int(1))
    #expect(
      answer.error.contains(
        #"{"row":2,"reason":"'stream' is missing: there is no value for who.","text":"{\"id\":2,\"#),
      "\(answer.error)")
    let trial = try await place.shell("\(command) --dry-run --json")
    #expect(try trial.json()["refusals"]?.arrayValue?.first?["row"] == .int(2))
    #expect(try await place.shell("\(command) --bad-lines bad").status == 0)
  }

  /// A store that the library itself has written: `Fixtures/imports/dogs.py` says how.
  @Test func eventsOfThePythonLibrary() async throws {
    let place = try Workplace()
    let fixture = packageFolder.appending(path: "Fixtures/imports/dogs.db").path
    let answer = try await place.shell(
      """
      evlog import a.evlog --sqlite \(fixture) --preset eventsourcing >/dev/null
      evlog read a.evlog --ndjson | jq -c '[.stream[0:4], .type, .data.trick, .metadata.originator_version, .time[0:10]]'
      evlog import a.evlog --sqlite \(fixture) --preset eventsourcing | sed 's/, [^,]* on disk.*//'
      """)
    #expect(
      answer.output == """
        ["a1bc","__main__:Dog.Registered",null,1,"2026-11-30"]
        ["a1bc","__main__:Dog.TrickAdded","roll over",2,"2026-11-30"]
        ["b438","__main__:Dog.Registered",null,1,"2026-11-30"]
        ["a1bc","__main__:Dog.TrickAdded","play dead",3,"2026-11-30"]
        0 events in 0 turns, 4 were there already

        """, "\(answer.error)")
  }

  @Test func messagesOfEmmett() async throws {
    let place = try Workplace()
    try change(
      place,
      """
      create table emt_messages (
        stream_id text not null, stream_position bigint not null, partition text not null default 'global',
        message_kind char(1) not null default 'E', message_data jsonb not null, message_metadata jsonb not null,
        message_schema_version text not null, message_type text not null, message_id text not null,
        is_archived boolean not null default false, global_position integer primary key,
        created datetime default current_timestamp,
        unique (stream_id, stream_position, partition, is_archived));
      insert into emt_messages (stream_id, stream_position, message_kind, message_data, message_metadata,
        message_schema_version, message_type, message_id, created) values
        ('cart-1', 1, 'E', '{"price": 12345678901234567890.10}', '{"user":"u"}', '1', 'ItemAdded', 'm1', '2026-03-01 08:00:00'),
        ('cart-1', 2, 'C', '{}', '{}', '1', 'AddItem', 'm2', '2026-03-01 08:00:01'),
        ('cart-2', 1, 'E', '{"a":[1]}', '{}', '1', 'ItemAdded', 'm3', '2026-03-01 08:00:02');
      """, in: "emmett.db")
    let answer = try await place.shell(
      """
      evlog import a.evlog --sqlite emmett.db --preset emmett >/dev/null
      evlog read a.evlog --ndjson | sed 's/"turn":"[^"]*",//'
      """)
    #expect(
      answer.output == #"""
        {"offset":0,"stream":"cart-1","revision":0,"type":"ItemAdded","time":"2026-03-01T08:00:00.000000000Z","id":"m1","data":{"price": 12345678901234567890.10},"metadata":{"stream_position":1,"partition":"global","message_kind":"E","message_metadata":{"user":"u"},"message_schema_version":"1","global_position":1}}
        {"offset":1,"stream":"cart-2","revision":0,"type":"ItemAdded","time":"2026-03-01T08:00:02.000000000Z","id":"m3","data":{"a":[1]},"metadata":{"stream_position":1,"partition":"global","message_kind":"E","message_metadata":{},"message_schema_version":"1","global_position":3}}

        """#, "\(answer.error)")
  }
}

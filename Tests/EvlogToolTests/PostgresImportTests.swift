import EvlogJSON
import Foundation
import Testing

/// Imports from a real PostgreSQL server, which each test starts. They are skipped where none is installed.
@Suite(
  .serialized,
  .enabled(if: PostgresServer.programs != nil, "PostgreSQL's server is not installed."))
struct PostgresImportTests {
  private static let table = """
    create table happened (id bigserial primary key, who text not null, what text not null,
      at timestamptz not null default now(), body jsonb);
    """
  private static let query =
    #"--query 'select * from happened order by id' --map 'stream=who,type=what,time=at,data=body'"#

  /// What every type of column becomes.
  @Test func columnsOfEveryType() async throws {
    let server = try await PostgresServer()
    try await server.run(
      #"""
      create type mood as enum ('calm');
      create table t (id int primary key, small smallint, large numeric, exact float8, odd float8, yes boolean,
        j json, b jsonb, name varchar(20), raw bytea, zoned timestamptz, plain timestamp, day date, span interval,
        key uuid, list int[], mood mood, none text);
      insert into t values (1, -7, 123456789012345678901234567890.0123456789, 0.1, 'NaN', true, '{"z": 1, "a": [1.10]}',
        '{"z": 1, "a": [1.10]}', E'tab\tand "quotes" é', '\x00ff7b', '2026-02-01 12:00:00.123456+02',
        '2026-02-01 12:00:00', '2026-02-01', '1 day 2 hours', '6f9619ff-8b86-d011-b42d-00c04fc964ff', '{1,2}', 'calm', null);
      """#)
    let options = "--query 'select * from t order by id' --map 'stream=key,type=mood,time=zoned'"
    let answer = try await server.place.shell(
      """
      evlog import a.evlog --postgres '\(server.url)' \(options) >/dev/null
      evlog read a.evlog --ndjson | sed 's/"turn":"[^"]*",//'
      """)
    #expect(
      answer.output == #"""
        {"offset":0,"stream":"6f9619ff-8b86-d011-b42d-00c04fc964ff","revision":0,"type":"calm","time":"2026-02-01T10:00:00.123456000Z","data":{"id":1,"small":-7,"large":123456789012345678901234567890.0123456789,"exact":0.1,"odd":"NaN","yes":true,"j":{"z": 1, "a": [1.10]},"b":{"a": [1.10], "z": 1},"name":"tab\tand \"quotes\" é","raw":"AP97","plain":"2026-02-01T12:00:00Z","day":"2026-02-01","span":"P1DT2H","list":"{1,2}","none":null}}

        """#, "\(answer.error)")
    let raw = try await server.place.shell(
      """
      evlog import b.evlog --postgres '\(server.url)' --query 'select * from t order by id' \
        --map 'stream=key,type=mood,data=raw' >/dev/null
      evlog read b.evlog --ndjson | jq -c '[.data64, .contentType]'
      """)
    #expect(raw.output == #"["AP97","application/octet-stream"]"# + "\n", "\(raw.error)")
  }

  /// The tables of event stores, as their own scripts make them.
  @Test func presetsReadTheTablesOfEventStores() async throws {
    let server = try await PostgresServer()
    try await server.run(Self.stores)
    let events: [(preset: String, expected: String)] = [
      (
        "marten",
        #"["11111111-1111-1111-1111-111111111111","opened",{"a": 1},"2026-01-01","e0000000-0000-0000-0000-000000000001",{"seq_id":7,"version":1,"tenant_id":"*DEFAULT*","mt_dotnet_type":"Shop.Opened, Shop"}]"#
      ),
      (
        "emmett",
        #"["cart-1","ItemAdded",{"n":1},"2026-01-01","m1",{"stream_position":1,"partition":"global","message_kind":"E","message_metadata":{},"message_schema_version":"1","global_position":1,"transaction_id":42}]"#
      ),
      (
        "message-db",
        #"["account-1","Deposited",{"n":1},"2026-01-01","e0000000-0000-0000-0000-000000000002",{"global_position":1,"position":0,"metadata":{"user":"u"}}]"#
      ),
      (
        "axon",
        #"["order-1","com.example.Placed","<placed/>","2026-01-01","e3",{"global_index":1,"meta_data":{"trace":1},"payload_revision":"1.0","sequence_number":0,"type":"Order"}]"#
      ),
      (
        "commanded",
        #"["account-9","Opened",{"n":2},"2026-01-01","e0000000-0000-0000-0000-000000000004",{"event_number":1,"original_stream_version":1,"metadata":{"u":1}}]"#
      ),
      (
        "eventsourcing",
        #"["e0000000-0000-0000-0000-000000000005","shop:Dog.Registered",{"timestamp":{"_type_":"datetime_iso","_data_":"2026-01-01T00:00:00+00:00"}},"2026-01-01",null,{"originator_version":1,"notification_id":1}]"#
      ),
      (
        "rails-event-store",
        #"["Order$1","OrderPlaced",{"n":3},"2026-01-01","e0000000-0000-0000-0000-000000000006",{"id":1,"metadata":{"ip":"::1"},"valid_at":null}]"#
      ),
    ]
    for (preset, expected) in events {
      let answer = try await server.place.shell(
        """
        evlog import \(preset).evlog --postgres '\(server.url)' --preset \(preset) --settle 0 >/dev/null
        evlog read \(preset).evlog --ndjson \
          | jq -c '[.stream, .type, .data // .text // (.data64 | @base64d), .time[0:10], .id, .metadata]'
        evlog import \(preset).evlog --postgres '\(server.url)' --preset \(preset) --settle 0 --json \
          | jq -c '[.addedEvents, .alreadyThere, .records]'
        """)
      let lines = answer.output.split(separator: "\n").map(String.init)
      #expect(lines.count == 2, "\(preset): \(answer.output)\(answer.error)")
      #expect(
        try lines.first.map { try JSONParser.parse($0) } == JSONParser.parse(expected),
        "\(preset): \(lines)")
      #expect(lines.last == "[0,1,1]", "\(preset)")
    }
  }

  /// Axon's payloads are large objects where Hibernate maps them so: the column has only their numbers.
  @Test func largeObjectsAreTheirBytes() async throws {
    let server = try await PostgresServer()
    try await server.run(
      Self.stores
        + """
        create table axon_events (globalindex bigint primary key, eventidentifier varchar(255), metadata oid,
          payload oid not null, payloadrevision varchar(255), payloadtype varchar(255),
          time_stamp varchar(255), aggregateidentifier varchar(255), sequencenumber bigint, type varchar(255));
        insert into axon_events values (3, 'e1', lo_from_bytea(0, '{"trace":1}'), lo_from_bytea(0, '\\x00ff'), null,
          'Placed', '2026-01-01T00:00:00.123Z', 'order-1', 0, 'Order');
        """)
    let answer = try await server.place.shell(
      """
      evlog import a.evlog --postgres '\(server.url)' --preset axon --table axon_events --settle 0 >/dev/null
      evlog read a.evlog --ndjson | jq -c '[.stream, .type, .data64, .id, .contentType]'
      """)
    #expect(
      answer.output == #"["order-1","Placed","AP8=","e1","application/octet-stream"]"# + "\n",
      "\(answer.error)")
  }

  /// A killed import is run again until it is whole: every row is there once.
  @Test func aKilledImportGoesOn() async throws {
    let server = try await PostgresServer()
    try await server.run(
      Self.table
        + """
        insert into happened (who, what, body)
          select 's' || i % 100, 't', jsonb_build_object('n', i) from generate_series(1, 60000) i;
        delete from happened where id % 1000 = 7;
        """)
    let command = "evlog import a.evlog --postgres '\(server.url)' \(Self.query) --batch 100"
    var killed = 0
    for i in 1...12 {
      let answer = try await server.place.shell(
        "timeout -s KILL 0.\(i + 10) \(command) >/dev/null 2>&1")
      if answer.status != 0 { killed += 1 }
    }
    let last = try await server.place.shell("\(command) --json")
    #expect(killed > 0)
    #expect(try last.json()["sourceEvents"] == .int(59940), "\(last.error)")
    #expect(try last.json()["records"] == .int(59940))
    let expected = try await server.run("select body->>'n' from happened order by id")
    let read = try await server.place.shell("evlog read a.evlog --ndjson | jq -r .data.n")
    #expect(read.output == expected)
  }

  /// Writers whose transactions end in another order than they drew their numbers, and some of which are undone.
  @Test func nothingIsLostWhileOthersWrite() async throws {
    let server = try await PostgresServer()
    try await server.run(Self.table)
    let seed = UInt64.random(in: .min ... .max)
    var random = SplitMix(state: seed)
    for writer in 0..<6 {
      var script = ""
      for turn in 0..<60 {
        let pause = Double.random(in: 0...0.03, using: &random)
        // The number is drawn by itself in some, long before the row and the transaction's id are there.
        let isDrawn = Bool.random(using: &random)
        let number = isDrawn ? ":number" : "nextval('happened_id_seq')"
        script += "begin;\n"
        if isDrawn { script += "select nextval('happened_id_seq') as number \\gset\n" }
        script += "select pg_sleep(\(pause));\n"
        script += """
          insert into happened (id, who, what, body) values (\(number), 'w\(writer)', 't', '{"n":\(turn)}');
          insert into happened (who, what, body) values ('w\(writer)', 't', '{"n":\(turn).5}');
          select pg_sleep(\(pause / 2));

          """
        script += Int.random(in: 0..<8, using: &random) == 0 ? "rollback;\n" : "commit;\n"
      }
      try server.place.write(script, to: "writer-\(writer).sql")
    }
    let command = "evlog import a.evlog --postgres '\(server.url)' \(Self.query) --json"
    let imports = try await server.place.shell(
      """
      psql="psql -h $PWD -U evlog -d postgres -Xqt -v ON_ERROR_STOP=1"
      for i in 0 1 2 3 4 5; do $psql -f writer-$i.sql >/dev/null & writers="$writers $!"; done
      while kill -0 $writers 2>/dev/null; do \(command) >> answers || exit 9; done 2>/dev/null
      wait
      \(command) >> answers
      jq -s '[.[].addedEvents] | [map(select(. > 0)) | length, add]' -c answers
      """)
    let rows = try await server.run(
      "select id || ' ' || who || ' ' || (body->>'n') from happened order by id")
    let events = try await server.place.shell(
      "evlog read a.evlog --ndjson | jq -r '\"\\(.stream) \\(.data.n)\"'")
    let expected = rows.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1)[1] }
    #expect(
      events.output.split(separator: "\n") == expected,
      "seed \(seed): \(imports.output)\(imports.error)")
    // Rows were taken while there were writers.
    let taken = try #require(try JSONParser.parse(imports.output).arrayValue, "\(imports.error)")
    #expect(taken.last == .int(UInt64(expected.count)), "seed \(seed): \(imports.output)")
    #expect((taken.first?.integer() ?? 0) > 3, "seed \(seed): \(imports.output)")
  }

  /// A writer that does not end keeps only what may still come behind it.
  @Test func aWriterThatDoesNotEnd() async throws {
    let server = try await PostgresServer()
    try await server.run(
      Self.table
        + """
        insert into happened (who, what) select 'a', 't' from generate_series(1, 10);
        """)
    let command = "evlog import a.evlog --postgres '\(server.url)' \(Self.query) --wait 0.1"
    #expect(try await server.place.shell(command).status == 0)
    // It has inserted row 11, and others have added 12 and 13 since; its transaction is only prepared.
    try await server.run(
      """
      begin; insert into happened (who, what) values ('slow', 't'); prepare transaction 'slow';
      insert into happened (who, what) select 'b', 't' from generate_series(1, 2);
      """)
    let waiting = try await server.place.shell("\(command) --json")
    #expect(try waiting.json()["addedEvents"] == .int(0), "\(waiting.error)")
    #expect(try waiting.json()["waiting"] == .int(2))
    #expect(
      waiting.error.contains("2 rows are left for the next import: writers that have not ended"),
      "\(waiting.error)")
    // It is unknown what may come before the first row of a table that was never imported.
    let first = try await server.place.shell(
      "evlog import b.evlog --postgres '\(server.url)' \(Self.query) --wait 0.1")
    #expect(first.status == 2)
    #expect(first.error.contains("To wait longer: --wait SECONDS"), "\(first.error)")
    // Who only reads is not waited for.
    try await server.run("commit prepared 'slow'")
    let after = try await server.place.shell("\(command) --json")
    #expect(try after.json()["addedEvents"] == .int(3), "\(after.error)")
    let read = try await server.place.shell("evlog read a.evlog --from 10 --ndjson | jq -r .stream")
    #expect(read.output == "slow\nb\nb\n")
  }

  @Test func whatTheServerRefusesIsSaid() async throws {
    let server = try await PostgresServer()
    try await server.run(Self.table + "create sequence s;")
    for (options, expected) in [
      ("--query 'select * from nothing order by id'", "relation \"nothing\" does not exist"),
      (
        "--query 'select id, id from happened order by id'",
        "Two columns of the query have the name 'id'."
      ),
      ("--query 'select nextval($$s$$) as id order by id'", "read-only transaction"),
      ("--query 'select who, what from happened order by who'", "there is no"),
      ("--preset marten", "relation \"mt_events\" does not exist"),
    ] {
      let answer = try await server.place.shell(
        "evlog import a.evlog --postgres '\(server.url)' \(options) --settle 0")
      #expect(answer.status != 0)
      if options.contains("who, what") { continue }
      #expect(answer.error.contains(expected), "\(options): \(answer.error)")
    }
    let none = try await server.place.shell(
      "evlog import a.evlog --postgres 'postgresql:///x?host=/nowhere&password=secret' --preset emmett"
    )
    #expect(none.status != 0)
    #expect(!none.error.contains("secret"))
    #expect(none.error.contains("/nowhere"), "\(none.error)")
  }

  private static let stores = #"""
    create table mt_events (seq_id bigint primary key, id uuid not null, stream_id uuid, version bigint not null,
      data jsonb not null, type varchar(500) not null, timestamp timestamptz not null default now(),
      tenant_id varchar default '*DEFAULT*', mt_dotnet_type varchar, is_archived bool default false);
    insert into mt_events values (7, 'e0000000-0000-0000-0000-000000000001', '11111111-1111-1111-1111-111111111111',
      1, '{"a":1}', 'opened', '2026-01-01Z', '*DEFAULT*', 'Shop.Opened, Shop', false);
    create table emt_messages (stream_id text not null, stream_position bigint not null,
      partition text not null default 'global', message_kind char(1) not null default 'E',
      message_data jsonb not null, message_metadata jsonb not null, message_schema_version text not null,
      message_type text not null, message_id text not null, is_archived boolean not null default false,
      global_position bigserial, transaction_id xid8 not null, created timestamptz not null default now(),
      primary key (stream_id, stream_position, partition, is_archived)) partition by list (partition);
    create table emt_messages_global partition of emt_messages for values in ('global');
    insert into emt_messages (stream_id, stream_position, message_data, message_metadata, message_schema_version,
      message_type, message_id, transaction_id, created)
      values ('cart-1', 1, '{"n":1}', '{}', '1', 'ItemAdded', 'm1', '42', '2026-01-01Z');
    create schema message_store;
    create table message_store.messages (global_position bigserial primary key, position bigint not null,
      time timestamp without time zone default (now() at time zone 'utc') not null, stream_name text not null,
      type text not null, data jsonb, metadata jsonb, id uuid not null default gen_random_uuid());
    insert into message_store.messages values (1, 0, '2026-01-01', 'account-1', 'Deposited', '{"n":1}', '{"user":"u"}',
      'e0000000-0000-0000-0000-000000000002');
    create table domain_event_entry (global_index bigserial primary key, event_identifier varchar(255) not null,
      meta_data bytea, payload bytea not null, payload_revision varchar(255), payload_type varchar(255) not null,
      time_stamp varchar(255) not null, aggregate_identifier varchar(255) not null, sequence_number bigint not null,
      type varchar(255));
    insert into domain_event_entry values (1, 'e3', '{"trace":1}', '<placed/>', '1.0', 'com.example.Placed',
      '2026-01-01T00:00:00.123Z', 'order-1', 0, 'Order');
    create table streams (stream_id bigserial primary key, stream_uuid text not null, stream_version bigint not null,
      created_at timestamptz default now(), deleted_at timestamptz);
    create table events (event_id uuid primary key, event_type text not null, causation_id uuid, correlation_id uuid,
      data bytea not null, metadata bytea, created_at timestamptz default now());
    create table stream_events (event_id uuid references events, stream_id bigint references streams,
      stream_version bigint not null, original_stream_id bigint references streams, original_stream_version bigint,
      primary key (event_id, stream_id));
    insert into streams values (0, '$all', 1), (1, 'account-9', 1);
    insert into events values ('e0000000-0000-0000-0000-000000000004', 'Opened', null, null, '{"n":2}', '{"u":1}',
      '2026-01-01Z');
    insert into stream_events values ('e0000000-0000-0000-0000-000000000004', 1, 1, 1, 1),
      ('e0000000-0000-0000-0000-000000000004', 0, 1, 1, 1);
    create table stored_events (originator_id uuid not null, originator_version bigint not null, topic text,
      state bytea, notification_id bigserial, primary key (originator_id, originator_version));
    insert into stored_events values ('e0000000-0000-0000-0000-000000000005', 1, 'shop:Dog.Registered',
      '{"timestamp":{"_type_":"datetime_iso","_data_":"2026-01-01T00:00:00+00:00"}}', 1);
    create table event_store_events (id bigserial primary key, event_id uuid not null, event_type varchar not null,
      metadata jsonb, data jsonb not null, created_at timestamp not null, valid_at timestamp);
    create table event_store_events_in_streams (id bigserial primary key, stream varchar not null, position integer,
      event_id uuid not null, created_at timestamp not null);
    insert into event_store_events values (1, 'e0000000-0000-0000-0000-000000000006', 'OrderPlaced', '{"ip":"::1"}',
      '{"n":3}', '2026-01-01', null);
    insert into event_store_events_in_streams (stream, event_id, created_at) values
      ('Order$1', 'e0000000-0000-0000-0000-000000000006', '2026-01-01'),
      ('linked', 'e0000000-0000-0000-0000-000000000006', '2026-01-02');
    """#
}

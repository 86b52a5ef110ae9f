#include "peers.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* SQLite: a table with an index of streams, a write-ahead log, every commit synced. */

struct store {
  sqlite3 *database;
  sqlite3_stmt *begin, *insert, *commit, *stream, *event;
};

static void check(struct store *store, int code, const char *what) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
    bench_fail("SQLite, %s: %s", what, sqlite3_errmsg(store->database));
}

static void run(struct store *store, const char *sql) {
  check(store, sqlite3_exec(store->database, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *prepare(struct store *store, const char *sql) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v3(
      store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  check(store, code, sql);
  return statement;
}

static struct store open_store(const char *folder) {
  struct store store = {0};
  char path[4096];
  snprintf(path, sizeof path, "%s/events.db", folder);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path, &store.database, flags, NULL) != SQLITE_OK)
    bench_fail("SQLite cannot open %s", path);
  run(&store, "PRAGMA cache_size = -262144");
  run(&store, "PRAGMA mmap_size = 17179869184");
  run(&store, "PRAGMA journal_mode = WAL");
  run(&store, "PRAGMA wal_autocheckpoint = 10000");
  run(&store, "PRAGMA synchronous = FULL");
  return store;
}

static struct store make_store(const struct bench_task *task) {
  struct store store = open_store(task->folder);
  run(&store,
      "CREATE TABLE events(offset INTEGER PRIMARY KEY, stream TEXT NOT NULL, type TEXT NOT NULL,"
      " time INTEGER NOT NULL, id TEXT, data BLOB NOT NULL)");
  if (!task->is_plain) run(&store, "CREATE INDEX events_by_stream ON events(stream)");
  store.begin = prepare(&store, "BEGIN IMMEDIATE");
  store.insert = prepare(&store, "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
  store.commit = prepare(&store, "COMMIT");
  return store;
}

static void close_store(struct store *store) {
  sqlite3_stmt *statement;
  while ((statement = sqlite3_next_stmt(store->database, NULL))) sqlite3_finalize(statement);
  if (sqlite3_close(store->database) != SQLITE_OK) bench_fail("SQLite does not close");
}

static void step(struct store *store, sqlite3_stmt *statement) {
  check(store, sqlite3_step(statement), "step");
  sqlite3_reset(statement);
}

static void append_events(void *context, const struct bench_event *events, uint64_t count) {
  struct store *store = context;
  step(store, store->begin);
  for (const struct bench_event *event = events; event < events + count; event++) {
    sqlite3_stmt *insert = store->insert;
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)event->offset);
    sqlite3_bind_text(insert, 2, event->stream, event->stream_count, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, event->type, event->type_count, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, event->time);
    if (event->id_count)
      sqlite3_bind_text(insert, 5, event->id, event->id_count, SQLITE_STATIC);
    else
      sqlite3_bind_null(insert, 5);
    sqlite3_bind_blob(insert, 6, event->data, (int)event->data_count, SQLITE_STATIC);
    step(store, insert);
  }
  step(store, store->commit);
}

static struct bench_result append(const struct bench_task *task) {
  struct store store = make_store(task);
  struct bench_result result = time_appends(task, append_events, &store);
  close_store(&store);
  return result;
}

static struct bench_result make(const struct bench_task *task) {
  struct store store = make_store(task);
  run(&store, "PRAGMA synchronous = OFF");
  struct bench_result result = make_in_turns(task, append_events, &store);
  run(&store, "ANALYZE");
  run(&store, "PRAGMA wal_checkpoint(TRUNCATE)");
  close_store(&store);
  return result;
}

/// Adds the event of a row: offset, stream, type, time, data.
static void add_row(sqlite3_stmt *row, struct bench_result *result) {
  struct bench_event event = {
      .offset = (uint64_t)sqlite3_column_int64(row, 0),
      .time = sqlite3_column_int64(row, 3),
      .stream = (const char *)sqlite3_column_text(row, 1),
      .type = (const char *)sqlite3_column_text(row, 2),
      .data = sqlite3_column_blob(row, 4)};
  event.stream_count = (uint16_t)sqlite3_column_bytes(row, 1);
  event.type_count = (uint8_t)sqlite3_column_bytes(row, 2);
  event.data_count = (uint32_t)sqlite3_column_bytes(row, 4);
  add_event(result, &event);
}

static void add_rows(struct store *store, sqlite3_stmt *rows, struct bench_result *result) {
  int code;
  while ((code = sqlite3_step(rows)) == SQLITE_ROW) add_row(rows, result);
  check(store, code, "select");
  sqlite3_reset(rows);
}

static struct bench_result scan(const struct bench_task *task) {
  bench_folder_warm(task->folder);
  struct bench_result result = {0};
  uint64_t start = bench_clock();
  struct store store = open_store(task->folder);
  add_rows(
      &store,
      prepare(&store, "SELECT offset, stream, type, time, data FROM events ORDER BY offset"),
      &result);
  result.seconds = seconds_since(start);
  close_store(&store);
  return result;
}

static struct bench_result count(const struct bench_task *task) {
  bench_folder_warm(task->folder);
  struct bench_result result = {0};
  uint64_t start = bench_clock();
  struct store store = open_store(task->folder);
  static const char *const questions[2] = {
      "SELECT type, count(*) FROM events GROUP BY type",
      "SELECT stream, count(*) FROM events GROUP BY stream"};
  for (int i = 0; i < 2; i++) {
    sqlite3_stmt *rows = prepare(&store, questions[i]);
    int code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
      uint64_t events = (uint64_t)sqlite3_column_int64(rows, 1);
      const unsigned char *name = sqlite3_column_text(rows, 0);
      result.checksum += bench_count_term(name, (size_t)sqlite3_column_bytes(rows, 0), events);
      if (i == 0) result.events += events;
    }
    check(&store, code, questions[i]);
  }
  result.seconds = seconds_since(start);
  close_store(&store);
  return result;
}

static void read_stream(
    void *context, const struct bench_task *task, uint64_t n, struct bench_result *result) {
  struct store *store = context;
  char name[32];
  size_t bytes = bench_stream_name(bench_random_stream(task, n), name);
  sqlite3_bind_text(store->stream, 1, name, (int)bytes, SQLITE_STATIC);
  add_rows(store, store->stream, result);
}

static void read_event(
    void *context, const struct bench_task *task, uint64_t n, struct bench_result *result) {
  struct store *store = context;
  sqlite3_bind_int64(store->event, 1, (sqlite3_int64)bench_random_offset(task, n));
  add_rows(store, store->event, result);
}

static struct bench_result reads(const struct bench_task *task, read_one *read) {
  bench_folder_warm(task->folder);
  struct store store = open_store(task->folder);
  store.stream = prepare(
      &store,
      "SELECT offset, stream, type, time, data FROM events WHERE stream = ? ORDER BY offset");
  store.event =
      prepare(&store, "SELECT offset, stream, type, time, data FROM events WHERE offset = ?");
  struct bench_result result = time_reads(task, read, &store);
  close_store(&store);
  return result;
}

static struct bench_result streams(const struct bench_task *task) {
  return reads(task, read_stream);
}

static struct bench_result random_events(const struct bench_task *task) {
  return reads(task, read_event);
}

const struct bench_peer bench_sqlite = {
    .name = "sqlite", .append = append, .make = make, .scan = scan, .count = count,
    .streams = streams, .random = random_events};

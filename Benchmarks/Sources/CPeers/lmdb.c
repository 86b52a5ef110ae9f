#include "peers.h"
#include <lmdb.h>
#include <string.h>

/* LMDB: records by offset, and offsets by stream; every commit synced. */

struct store {
  MDB_env *environment;
  MDB_dbi events, streams;
  bool is_plain;
  /// What the readers share.
  MDB_txn *reading;
  MDB_cursor *stream_cursor;
};

static void check(int code, const char *what) {
  if (code != MDB_SUCCESS) bench_fail("LMDB, %s: %s", what, mdb_strerror(code));
}

static MDB_txn *begin(struct store *store, unsigned flags) {
  MDB_txn *transaction;
  check(mdb_txn_begin(store->environment, NULL, flags, &transaction), "begin");
  return transaction;
}

static struct store open_store(const struct bench_task *task, unsigned flags) {
  struct store store = {.is_plain = task->is_plain};
  check(mdb_env_create(&store.environment), "create");
  check(mdb_env_set_maxdbs(store.environment, 2), "databases");
  check(mdb_env_set_mapsize(store.environment, (size_t)64 << 30), "map");
  check(mdb_env_open(store.environment, task->folder, flags, 0644), "open");
  unsigned create = flags & MDB_RDONLY ? 0 : MDB_CREATE;
  MDB_txn *transaction = begin(&store, flags & MDB_RDONLY);
  check(mdb_dbi_open(transaction, "events", create, &store.events), "events");
  check(
      mdb_dbi_open(transaction, "streams", create | MDB_DUPSORT | MDB_DUPFIXED, &store.streams),
      "streams");
  check(mdb_txn_commit(transaction), "commit");
  return store;
}

static void append_events(void *context, const struct bench_event *events, uint64_t count) {
  struct store *store = context;
  MDB_txn *transaction = begin(store, 0);
  MDB_cursor *cursor;
  check(mdb_cursor_open(transaction, store->events, &cursor), "cursor");
  for (const struct bench_event *event = events; event < events + count; event++) {
    uint64_t offset = offset_key(event->offset);
    MDB_val key = {sizeof offset, &offset}, value = {bench_record_count(event), NULL};
    check(mdb_cursor_put(cursor, &key, &value, MDB_APPEND | MDB_RESERVE), "put");
    bench_record_pack(event, value.mv_data);
    if (store->is_plain) continue;
    MDB_val stream = {event->stream_count, (void *)event->stream}, place = {sizeof offset, &offset};
    check(mdb_put(transaction, store->streams, &stream, &place, 0), "put");
  }
  mdb_cursor_close(cursor);
  check(mdb_txn_commit(transaction), "commit");
}

static struct bench_result append(const struct bench_task *task) {
  struct store store = open_store(task, 0);
  struct bench_result result = time_appends(task, append_events, &store);
  mdb_env_close(store.environment);
  return result;
}

static struct bench_result make(const struct bench_task *task) {
  struct store store = open_store(task, MDB_NOSYNC);
  struct bench_result result = make_in_turns(task, append_events, &store);
  check(mdb_env_sync(store.environment, 1), "sync");
  mdb_env_close(store.environment);
  return result;
}

static void add_record(struct bench_result *result, const MDB_val *key, const MDB_val *value) {
  struct bench_event event;
  memcpy(&event.offset, key->mv_data, sizeof event.offset);
  event.offset = offset_key(event.offset);
  bench_record_read(value->mv_data, &event);
  add_event(result, &event);
}

static struct bench_result scan(const struct bench_task *task) {
  bench_folder_warm(task->folder);
  struct bench_result result = {0};
  uint64_t start = bench_clock();
  struct store store = open_store(task, MDB_RDONLY);
  MDB_txn *transaction = begin(&store, MDB_RDONLY);
  MDB_cursor *cursor;
  check(mdb_cursor_open(transaction, store.events, &cursor), "cursor");
  MDB_val key, value;
  int code;
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS)
    add_record(&result, &key, &value);
  if (code != MDB_NOTFOUND) check(code, "next");
  result.seconds = seconds_since(start);
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  mdb_env_close(store.environment);
  return result;
}

static void add_event_at(struct store *store, MDB_val *key, struct bench_result *result) {
  MDB_val value;
  check(mdb_get(store->reading, store->events, key, &value), "get");
  add_record(result, key, &value);
}

static void read_stream(
    void *context, const struct bench_task *task, uint64_t n, struct bench_result *result) {
  struct store *store = context;
  char name[32];
  MDB_val stream = {bench_stream_name(bench_random_stream(task, n), name), name}, offset;
  int code = mdb_cursor_get(store->stream_cursor, &stream, &offset, MDB_SET);
  while (code == MDB_SUCCESS) {
    add_event_at(store, &offset, result);
    code = mdb_cursor_get(store->stream_cursor, &stream, &offset, MDB_NEXT_DUP);
  }
  if (code != MDB_NOTFOUND) check(code, "stream");
}

static void read_event(
    void *context, const struct bench_task *task, uint64_t n, struct bench_result *result) {
  uint64_t offset = offset_key(bench_random_offset(task, n));
  MDB_val key = {sizeof offset, &offset};
  add_event_at(context, &key, result);
}

static struct bench_result reads(const struct bench_task *task, read_one *read) {
  bench_folder_warm(task->folder);
  struct store store = open_store(task, MDB_RDONLY);
  store.reading = begin(&store, MDB_RDONLY);
  check(mdb_cursor_open(store.reading, store.streams, &store.stream_cursor), "cursor");
  struct bench_result result = time_reads(task, read, &store);
  mdb_cursor_close(store.stream_cursor);
  mdb_txn_abort(store.reading);
  mdb_env_close(store.environment);
  return result;
}

static struct bench_result streams(const struct bench_task *task) {
  return reads(task, read_stream);
}

static struct bench_result random_events(const struct bench_task *task) {
  return reads(task, read_event);
}

const struct bench_peer bench_lmdb = {
    .name = "lmdb", .append = append, .make = make, .scan = scan, .streams = streams,
    .random = random_events};

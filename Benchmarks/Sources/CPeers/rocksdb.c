#include "peers.h"
#include <rocksdb/c.h>
#include <stdlib.h>
#include <string.h>

/* RocksDB: records by offset, and a column family of streams; LZ4; every batch synced. */

enum { MOST_RECORD = 4096, OFFSET = sizeof(uint64_t) };

struct store {
  rocksdb_t *database;
  rocksdb_options_t *options;
  rocksdb_column_family_handle_t *families[2];
  rocksdb_writeoptions_t *writing;
  rocksdb_readoptions_t *reading;
  rocksdb_writebatch_t *batch;
  bool is_plain;
};

static void check(char *error) {
  if (error) bench_fail("RocksDB: %s", error);
}

static rocksdb_options_t *make_options(void) {
  rocksdb_options_t *options = rocksdb_options_create();
  rocksdb_options_set_create_if_missing(options, 1);
  rocksdb_options_set_create_missing_column_families(options, 1);
  rocksdb_options_increase_parallelism(options, 2);
  rocksdb_options_set_compression(options, rocksdb_lz4_compression);
  rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
  rocksdb_block_based_options_set_block_size(table, 16 << 10);
  rocksdb_block_based_options_set_format_version(table, 5);
  rocksdb_block_based_options_set_block_cache(table, rocksdb_cache_create_lru(256 << 20));
  rocksdb_options_set_block_based_table_factory(options, table);
  return options;
}

static struct store open_store(const struct bench_task *task, bool for_reading) {
  struct store store = {.options = make_options(), .is_plain = task->is_plain};
  static const char *const names[2] = {"default", "streams"};
  const rocksdb_options_t *options[2] = {store.options, store.options};
  char *error = NULL;
  store.database =
      for_reading
          ? rocksdb_open_for_read_only_column_families(
                store.options, task->folder, 2, names, options, store.families, 0, &error)
          : rocksdb_open_column_families(
                store.options, task->folder, 2, names, options, store.families, &error);
  check(error);
  store.writing = rocksdb_writeoptions_create();
  rocksdb_writeoptions_set_sync(store.writing, 1);
  store.reading = rocksdb_readoptions_create();
  store.batch = rocksdb_writebatch_create();
  return store;
}

static void close_store(struct store *store) {
  rocksdb_writebatch_destroy(store->batch);
  rocksdb_readoptions_destroy(store->reading);
  rocksdb_writeoptions_destroy(store->writing);
  for (int i = 0; i < 2; i++) rocksdb_column_family_handle_destroy(store->families[i]);
  rocksdb_close(store->database);
  rocksdb_options_destroy(store->options);
}

static void append_events(void *context, const struct bench_event *events, uint64_t count) {
  struct store *store = context;
  rocksdb_writebatch_clear(store->batch);
  for (const struct bench_event *event = events; event < events + count; event++) {
    uint64_t offset = offset_key(event->offset);
    uint8_t record[MOST_RECORD];
    size_t bytes = (size_t)(bench_record_pack(event, record) - record);
    rocksdb_writebatch_put(
        store->batch, (const char *)&offset, OFFSET, (const char *)record, bytes);
    if (store->is_plain) continue;
    char key[64];
    memcpy(key, event->stream, event->stream_count);
    memcpy(key + event->stream_count, &offset, OFFSET);
    rocksdb_writebatch_put_cf(
        store->batch, store->families[1], key, event->stream_count + OFFSET, "", 0);
  }
  char *error = NULL;
  rocksdb_write(store->database, store->writing, store->batch, &error);
  check(error);
}

static struct bench_result append(const struct bench_task *task) {
  struct store store = open_store(task, false);
  struct bench_result result = time_appends(task, append_events, &store);
  close_store(&store);
  return result;
}

static struct bench_result make(const struct bench_task *task) {
  struct store store = open_store(task, false);
  rocksdb_writeoptions_set_sync(store.writing, 0);
  rocksdb_writeoptions_disable_WAL(store.writing, 1);
  struct bench_result result = make_in_turns(task, append_events, &store);
  rocksdb_flushoptions_t *flushing = rocksdb_flushoptions_create();
  for (int i = 0; i < 2; i++) {
    char *error = NULL;
    rocksdb_flush_cf(store.database, flushing, store.families[i], &error);
    check(error);
    rocksdb_compact_range_cf(store.database, store.families[i], NULL, 0, NULL, 0);
  }
  rocksdb_flushoptions_destroy(flushing);
  close_store(&store);
  return result;
}

static void add_record(
    struct bench_result *result, const char *key, const char *record, size_t key_count) {
  if (key_count != OFFSET) bench_fail("RocksDB: a key of %zu bytes", key_count);
  struct bench_event event;
  memcpy(&event.offset, key, OFFSET);
  event.offset = offset_key(event.offset);
  bench_record_read((const uint8_t *)record, &event);
  add_event(result, &event);
}

static struct bench_result scan(const struct bench_task *task) {
  bench_folder_warm(task->folder);
  struct bench_result result = {0};
  uint64_t start = bench_clock();
  struct store store = open_store(task, true);
  rocksdb_readoptions_set_fill_cache(store.reading, 0);
  rocksdb_readoptions_set_readahead_size(store.reading, 2 << 20);
  rocksdb_iterator_t *events = rocksdb_create_iterator(store.database, store.reading);
  for (rocksdb_iter_seek_to_first(events); rocksdb_iter_valid(events); rocksdb_iter_next(events)) {
    size_t key_count, count;
    const char *key = rocksdb_iter_key(events, &key_count);
    add_record(&result, key, rocksdb_iter_value(events, &count), key_count);
  }
  char *error = NULL;
  rocksdb_iter_get_error(events, &error);
  check(error);
  rocksdb_iter_destroy(events);
  result.seconds = seconds_since(start);
  close_store(&store);
  return result;
}

static void add_event_at(struct store *store, const char *key, struct bench_result *result) {
  char *error = NULL;
  rocksdb_pinnableslice_t *slice =
      rocksdb_get_pinned(store->database, store->reading, key, OFFSET, &error);
  check(error);
  if (!slice) bench_fail("RocksDB: an event is missing");
  size_t count;
  add_record(result, key, rocksdb_pinnableslice_value(slice, &count), OFFSET);
  rocksdb_pinnableslice_destroy(slice);
}

static void read_stream(
    void *context, const struct bench_task *task, uint64_t n, struct bench_result *result) {
  struct store *store = context;
  char name[32];
  size_t name_count = bench_stream_name(bench_random_stream(task, n), name);
  rocksdb_iterator_t *places =
      rocksdb_create_iterator_cf(store->database, store->reading, store->families[1]);
  for (rocksdb_iter_seek(places, name, name_count); rocksdb_iter_valid(places);
       rocksdb_iter_next(places)) {
    size_t count;
    const char *key = rocksdb_iter_key(places, &count);
    if (count != name_count + OFFSET || memcmp(key, name, name_count) != 0) break;
    add_event_at(store, key + name_count, result);
  }
  char *error = NULL;
  rocksdb_iter_get_error(places, &error);
  check(error);
  rocksdb_iter_destroy(places);
}

static void read_event(
    void *context, const struct bench_task *task, uint64_t n, struct bench_result *result) {
  uint64_t offset = offset_key(bench_random_offset(task, n));
  add_event_at(context, (const char *)&offset, result);
}

static struct bench_result reads(const struct bench_task *task, read_one *read) {
  bench_folder_warm(task->folder);
  struct store store = open_store(task, true);
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

const struct bench_peer bench_rocksdb = {
    .name = "rocksdb", .append = append, .make = make, .scan = scan, .streams = streams,
    .random = random_events};

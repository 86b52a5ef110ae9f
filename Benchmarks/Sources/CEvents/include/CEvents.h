#ifndef CEVENTS_H
#define CEVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The events: the same bytes in every run, for every contestant. */

enum bench_variant { BENCH_SEQ, BENCH_RND, BENCH_BIN };

/// Which events a work is about.
struct bench_task {
  enum bench_variant variant;
  /// How many events there are, in how many streams.
  uint64_t events;
  uint64_t streams;
  /// Events in a turn, where the work appends.
  uint64_t turn;
  /// How many reads, where the work reads at random.
  uint64_t reads;
  /// Threads, where the work can use them.
  int threads;
  /// Leaves out the index of streams.
  bool is_plain;
  /// The contestant's own folder.
  const char *folder;
};

/// An event, its texts and bytes in memory that `struct bench_events` owns.
struct bench_event {
  uint64_t offset;
  int64_t time;
  const char *stream;
  const char *type;
  const char *id;
  const uint8_t *data;
  uint32_t data_count;
  uint16_t stream_count;
  uint8_t type_count;
  /// 0 where there is no id.
  uint8_t id_count;
};

/// A stretch of events in memory.
struct bench_events {
  struct bench_event *events;
  uint64_t count;
  uint8_t *bytes;
  uint64_t capacity;
};

/// Makes `count` events from offset `first` on, in the place of those that were there.
void bench_events_fill(
    struct bench_events *events, const struct bench_task *task, uint64_t first, uint64_t count);
void bench_events_free(struct bench_events *events);

/// The name of a stream by its number; returns its length. `name` has room for 32 bytes.
size_t bench_stream_name(uint64_t number, char *name);
/// The number of the stream of the n-th read at random, and the offset of the n-th random event.
uint64_t bench_random_stream(const struct bench_task *task, uint64_t n);
uint64_t bench_random_offset(const struct bench_task *task, uint64_t n);

/// Reads at random begin with so many that are not counted, so that all is warm: those after the
/// ones that are.
enum { BENCH_WARM_READS = 20 };

/// A cause and its effect, by line and position. The events of a task are in as many lines as it has
/// streams, one of each line in turn.
struct bench_edge {
  uint32_t effect_line, effect, cause_line, cause;
};

/// Events with an edge, of a thousand.
enum { BENCH_SPARSE = 50, BENCH_DENSE = 600 };

/// Makes edges in causal order; returns how many. `out` may be null.
uint64_t bench_edges(const struct bench_task *task, uint32_t per_thousand, struct bench_edge *out);

/// What a reader adds up for each event, so that it cannot leave anything out.
static inline uint64_t bench_term(
    uint64_t offset, int64_t time, const void *stream, size_t stream_count, const void *type,
    size_t type_count, const void *data, size_t data_count) {
  return (offset * 0x9E3779B97F4A7C15u ^ (uint64_t)time) +
         3 * (stream_count + ((const uint8_t *)stream)[stream_count - 1]) +
         5 * (type_count + ((const uint8_t *)type)[0]) +
         7 * (data_count + ((const uint8_t *)data)[data_count / 2]);
}

/// What a counter adds up for each type and for each stream.
static inline uint64_t bench_count_term(const void *name, size_t name_count, uint64_t events) {
  return events * (31 * name_count + ((const uint8_t *)name)[name_count - 1]);
}

/* A record: an event packed into bytes, without its offset. */

enum { BENCH_RECORD_HEADER = 16 };

static inline size_t bench_record_count(const struct bench_event *event) {
  return BENCH_RECORD_HEADER + event->stream_count + event->type_count + event->id_count +
         event->data_count;
}

/// Packs an event; returns the byte after it.
static inline uint8_t *bench_record_pack(const struct bench_event *event, uint8_t *out) {
  __builtin_memcpy(out, &event->time, 8);
  __builtin_memcpy(out + 8, &event->data_count, 4);
  __builtin_memcpy(out + 12, &event->stream_count, 2);
  out[14] = event->type_count;
  out[15] = event->id_count;
  out += BENCH_RECORD_HEADER;
  __builtin_memcpy(out, event->stream, event->stream_count);
  out += event->stream_count;
  __builtin_memcpy(out, event->type, event->type_count);
  out += event->type_count;
  if (event->id_count) __builtin_memcpy(out, event->id, event->id_count);
  out += event->id_count;
  __builtin_memcpy(out, event->data, event->data_count);
  return out + event->data_count;
}

/// Reads a record in place; returns the byte after it.
static inline const uint8_t *bench_record_read(const uint8_t *in, struct bench_event *event) {
  __builtin_memcpy(&event->time, in, 8);
  __builtin_memcpy(&event->data_count, in + 8, 4);
  __builtin_memcpy(&event->stream_count, in + 12, 2);
  event->type_count = in[14];
  event->id_count = in[15];
  in += BENCH_RECORD_HEADER;
  event->stream = (const char *)in;
  in += event->stream_count;
  event->type = (const char *)in;
  in += event->type_count;
  event->id = (const char *)in;
  in += event->id_count;
  event->data = in;
  return in + event->data_count;
}

static inline uint64_t bench_event_term(const struct bench_event *event) {
  return bench_term(
      event->offset, event->time, event->stream, event->stream_count, event->type,
      event->type_count, event->data, event->data_count);
}

/* Results. */

/// Times of single operations, in nanoseconds.
struct bench_latencies {
  uint64_t count;
  double mean, median, p99, max;
};

struct bench_result {
  double seconds;
  uint64_t events;
  uint64_t checksum;
  /// As far as the contestant knows.
  uint64_t syncs;
  struct bench_latencies latencies;
};

/// Sorts the times.
struct bench_latencies bench_summary(uint64_t *times, uint64_t count);

/// The monotonic clock, in nanoseconds.
uint64_t bench_clock(void);

/// Says why on the standard error and ends the process.
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Works that are nobody's. */

/// 200 times 256 bytes with `pwrite` and `fdatasync` into a file of zeros.
struct bench_latencies bench_sync_probe(const char *folder);
/// The bytes of all files below a folder.
uint64_t bench_folder_bytes(const char *folder);
/// Reads all files below a folder, so that they are in memory.
void bench_folder_warm(const char *folder);
/// The most memory that this process has had at once, in bytes.
uint64_t bench_peak_memory(void);

/// Writes events as lines of NDJSON that `evlog import` takes; returns how many bytes.
uint64_t bench_ndjson_write(const struct bench_task *task, int descriptor);
/// What those lines take in LZ4 blocks of 256 KiB; `level` 0 is the fast one, others are LZ4 HC.
uint64_t bench_ndjson_lz4(const struct bench_task *task, int level);

/// CRC-32C.
uint32_t bench_crc32c(const void *bytes, size_t count);

/// malloc, open, pwrite and fdatasync that end the process where they fail.
void *bench_alloc(size_t count);
int bench_open(const char *folder, const char *name, int flags);
void bench_write(int file, const void *bytes, size_t count, uint64_t position);
void bench_sync(int file);
/// Fills a new file with zeros, and syncs it.
void bench_fill_zeros(int file, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif

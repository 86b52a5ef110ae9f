#include "peers.h"
#include <stdlib.h>
#include <string.h>

const struct bench_peer *bench_peer_named(const char *name) {
  static const struct bench_peer *const peers[] = {&bench_sqlite, &bench_lmdb, &bench_rocksdb};
  for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
    if (strcmp(peers[i]->name, name) == 0) return peers[i];
  return NULL;
}

struct bench_result time_appends(
    const struct bench_task *task, append_turn *append, void *store) {
  struct bench_events events = {0};
  bench_events_fill(&events, task, 0, task->events);
  uint64_t *times = bench_alloc((events.count / task->turn + 1) * sizeof *times);
  uint64_t turns = 0, start = bench_clock(), before = start;
  for (uint64_t i = 0; i < events.count; i += task->turn) {
    uint64_t left = events.count - i;
    append(store, events.events + i, left < task->turn ? left : task->turn);
    uint64_t now = bench_clock();
    times[turns++] = now - before;
    before = now;
  }
  struct bench_result result = {.seconds = (double)(before - start) / 1e9, .events = events.count};
  result.latencies = bench_summary(times, turns);
  free(times);
  bench_events_free(&events);
  return result;
}

struct bench_result make_in_turns(
    const struct bench_task *task, append_turn *append, void *store) {
  enum { TURN = 20000 };
  struct bench_events events = {0};
  uint64_t start = bench_clock();
  for (uint64_t first = 0; first < task->events; first += TURN) {
    uint64_t left = task->events - first;
    bench_events_fill(&events, task, first, left < TURN ? left : TURN);
    append(store, events.events, events.count);
  }
  bench_events_free(&events);
  return (struct bench_result){.seconds = seconds_since(start), .events = task->events};
}

struct bench_result time_reads(const struct bench_task *task, read_one *read, void *store) {
  struct bench_result result = {0}, unused = {0};
  uint64_t *times = bench_alloc(task->reads * sizeof *times);
  for (uint64_t n = 0; n < BENCH_WARM_READS; n++) read(store, task, task->reads + n, &unused);
  uint64_t start = bench_clock(), before = start;
  for (uint64_t n = 0; n < task->reads; n++) {
    read(store, task, n, &result);
    uint64_t now = bench_clock();
    times[n] = now - before;
    before = now;
  }
  result.seconds = (double)(before - start) / 1e9;
  result.latencies = bench_summary(times, task->reads);
  free(times);
  return result;
}

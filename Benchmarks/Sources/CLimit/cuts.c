#include "CLimit.h"
#include <stdlib.h>
#include <string.h>

/* Vector clocks and consistent cuts, without checks: edges come in causal order, and nothing is said
   about a cut but that it is there. */

static struct bench_edge *edges(const struct bench_task *task, uint32_t share, uint64_t *count) {
  *count = bench_edges(task, share, NULL);
  struct bench_edge *edges = bench_alloc((*count + 1) * sizeof *edges);
  bench_edges(task, share, edges);
  return edges;
}

struct line {
  /// The clocks of those events that have an edge, and their offsets.
  uint32_t *clocks, *offsets;
  size_t count;
};

/// Raises a clock by that of an event, if one is kept for it or for one before it.
static void join(uint32_t *clock, const struct line *line, size_t index, uint32_t offset, size_t n) {
  size_t low = 0, high = line->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (line->offsets[middle] <= offset) low = middle + 1;
    else high = middle;
  }
  if (low > 0)
    for (size_t i = 0; i < n; i++) {
      uint32_t known = line->clocks[(low - 1) * n + i];
      if (known > clock[i]) clock[i] = known;
    }
  if (offset + 1 > clock[index]) clock[index] = offset + 1;
}

struct bench_result limit_clocks(const struct bench_task *task) {
  size_t n = task->streams, count;
  struct bench_edge *all = edges(task, BENCH_SPARSE, &count);
  struct line *lines = bench_alloc(n * sizeof *lines);
  uint64_t start = bench_clock();
  for (size_t i = 0; i < n; i++) {
    lines[i].clocks = bench_alloc((count / n * 2 + 64) * n * 4);
    lines[i].offsets = bench_alloc((count / n * 2 + 64) * 4);
    lines[i].count = 0;
  }
  for (size_t e = 0; e < count; e++) {
    struct line *line = &lines[all[e].effect_line];
    uint32_t *clock = line->clocks + line->count * n;
    if (line->count > 0) memcpy(clock, clock - n, n * 4);
    else memset(clock, 0, n * 4);
    clock[all[e].effect_line] = all[e].effect + 1;
    if (clock[all[e].cause_line] > all[e].cause) continue;
    join(clock, &lines[all[e].cause_line], all[e].cause_line, all[e].cause, n);
    line->offsets[line->count++] = all[e].effect;
  }
  struct bench_result result = {.seconds = (double)(bench_clock() - start) / 1e9};
  result.events = task->events;
  for (size_t i = 0; i < n; i++) result.checksum += lines[i].count;
  return result;
}

/// Lexical order, a clock for each event, and the join of the clocks of each line and those before it.
struct bench_result limit_cuts(const struct bench_task *task) {
  size_t n = task->streams, m = task->events / n, count;
  struct bench_edge *all = edges(task, BENCH_DENSE, &count);
  uint32_t *clocks = bench_alloc(n * m * n * 4);
  size_t next = 0;
  for (size_t i = 0; i < n * m; i++) {
    size_t line = i % n, offset = i / n;
    uint32_t *clock = clocks + (line * m + offset) * n;
    if (offset > 0) memcpy(clock, clock - n, n * 4);
    else memset(clock, 0, n * 4);
    clock[line] = (uint32_t)offset + 1;
    for (; next < count && all[next].effect_line == line && all[next].effect == offset; next++) {
      const uint32_t *cause = clocks + (all[next].cause_line * m + all[next].cause) * n;
      for (size_t j = 0; j < n; j++)
        if (cause[j] > clock[j]) clock[j] = cause[j];
    }
  }
  uint32_t *cut = bench_alloc(n * 4), *joins = bench_alloc((n + 1) * n * 4);
  size_t *sources = bench_alloc((n + 1) * sizeof *sources);
  memset(cut, 0, n * 4);
  memset(joins, 0, (n + 1) * n * 4);
  memset(sources, 0, (n + 1) * sizeof *sources);
  uint64_t cuts = 1, start = bench_clock();
  for (;;) {
    size_t k = n;
    while (k-- > 0) {
      if (cut[k] == m) continue;
      const uint32_t *clock = clocks + (k * m + cut[k]) * n;
      size_t j = 0;
      while (j < k && clock[j] <= cut[j]) j++;
      if (j < k) continue;
      const uint32_t *before = joins + sources[k] * n;
      uint32_t *after = joins + (k + 1) * n;
      cut[k]++;
      if (k + 1 < n) {
        for (size_t i = 0; i < n; i++) after[i] = before[i] > clock[i] ? before[i] : clock[i];
        sources[k + 1] = k + 1;
        for (size_t i = k + 1; i < n; i++) {
          cut[i] = after[i];
          sources[i + 1] = k + 1;
        }
      }
      break;
    }
    if (k == SIZE_MAX) break;
    cuts++;
  }
  struct bench_result result = {.seconds = (double)(bench_clock() - start) / 1e9};
  result.events = result.checksum = cuts;
  return result;
}

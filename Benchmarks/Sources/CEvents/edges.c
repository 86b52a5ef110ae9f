#include "CEvents.h"

static uint64_t scramble(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

uint64_t bench_edges(const struct bench_task *task, uint32_t per_thousand, struct bench_edge *out) {
  uint64_t lines = task->streams, count = 0;
  for (uint64_t i = lines; i < task->events; i++) {
    uint64_t random = scramble(i * 0x9E3779B97F4A7C15u + 1);
    if (random % 1000 >= per_thousand) continue;
    // One of the last events of another line.
    uint64_t line = (i % lines + 1 + (random >> 10) % (lines - 1)) % lines;
    uint64_t last = (i - 1 - line) / lines, back = (random >> 30) % 3;
    if (i < 1 + line) continue;
    struct bench_edge edge = {
        (uint32_t)(i % lines), (uint32_t)(i / lines), (uint32_t)line,
        (uint32_t)(last > back ? last - back : 0)};
    if (out) out[count] = edge;
    count++;
  }
  return count;
}

#include "CLimit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct frame_header {
  uint32_t byte_count, checksum;
  uint64_t first_offset;
};

struct bench_result limit_append(const struct bench_task *task) {
  struct bench_events events = {0};
  bench_events_fill(&events, task, 0, task->events);
  uint64_t total = 0, largest = 0;
  for (uint64_t i = 0; i < events.count; i += task->turn) {
    uint64_t bytes = sizeof(struct frame_header);
    for (uint64_t j = i; j < i + task->turn && j < events.count; j++)
      bytes += bench_record_count(&events.events[j]);
    total += bytes;
    if (bytes > largest) largest = bytes;
  }
  uint8_t *frame = bench_alloc(largest);
  uint64_t *times = bench_alloc((events.count / task->turn + 1) * sizeof *times);
  int file = bench_open(task->folder, "frames", O_CREAT | O_RDWR | O_TRUNC);
  bench_fill_zeros(file, total);

  uint64_t position = 0, turns = 0, start = bench_clock(), before = start;
  for (uint64_t i = 0; i < events.count; i += task->turn) {
    uint8_t *body = frame + sizeof(struct frame_header), *out = body;
    for (uint64_t j = i; j < i + task->turn && j < events.count; j++)
      out = bench_record_pack(&events.events[j], out);
    struct frame_header header = {
        .byte_count = (uint32_t)(out - body),
        .checksum = bench_crc32c(body, (size_t)(out - body)),
        .first_offset = i};
    __builtin_memcpy(frame, &header, sizeof header);
    bench_write(file, frame, (size_t)(out - frame), position);
    bench_sync(file);
    position += (uint64_t)(out - frame);
    uint64_t now = bench_clock();
    times[turns++] = now - before;
    before = now;
  }
  struct bench_result result = {
      .seconds = (double)(before - start) / 1e9, .events = events.count, .syncs = turns};
  result.latencies = bench_summary(times, turns);
  close(file);
  free(times);
  free(frame);
  bench_events_free(&events);
  return result;
}

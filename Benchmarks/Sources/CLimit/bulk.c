#include "CLimit.h"
#include <fcntl.h>
#include <lz4.h>
#include <stdlib.h>
#include <unistd.h>

/// Writes the file of blocks, and where each block begins into a file beside it.
struct writer {
  int file;
  uint64_t position, syncs;
  uint8_t *block;
  size_t block_used;
  struct limit_block_header header;
  uint8_t *out;
  size_t out_used;
  uint64_t *places;
  uint64_t place_count, place_capacity;
};

/// The most that one event may take.
enum { MOST_RECORD = 4096 };

static size_t most_packed(void) {
  return sizeof(struct limit_block_header) + (size_t)LZ4_compressBound(LIMIT_BLOCK);
}

static struct writer begin(const char *folder) {
  return (struct writer){
      .file = bench_open(folder, "blocks", O_CREAT | O_RDWR | O_TRUNC),
      .block = bench_alloc(LIMIT_BLOCK + MOST_RECORD),
      .out = bench_alloc(LIMIT_SYNC + most_packed())};
}

static void sync_out(struct writer *writer) {
  if (writer->out_used == 0) return;
  bench_write(writer->file, writer->out, writer->out_used, writer->position);
  bench_sync(writer->file);
  writer->syncs++;
  writer->position += writer->out_used;
  writer->out_used = 0;
}

static void end_block(struct writer *writer) {
  if (writer->header.event_count == 0) return;
  if (writer->place_count == writer->place_capacity) {
    writer->place_capacity = writer->place_capacity ? 2 * writer->place_capacity : 1024;
    writer->places = realloc(writer->places, writer->place_capacity * sizeof *writer->places);
    if (!writer->places) bench_fail("no memory");
  }
  writer->places[writer->place_count++] = writer->position + writer->out_used;
  uint8_t *place = writer->out + writer->out_used;
  uint8_t *body = place + sizeof writer->header;
  int stored = LZ4_compress_default(
      (const char *)writer->block, (char *)body, (int)writer->block_used,
      LZ4_compressBound(LIMIT_BLOCK));
  if (stored <= 0) bench_fail("LZ4 failed");
  writer->header.stored_count = (uint32_t)stored;
  writer->header.raw_count = (uint32_t)writer->block_used;
  writer->header.checksum = bench_crc32c(body, (size_t)stored);
  __builtin_memcpy(place, &writer->header, sizeof writer->header);
  writer->out_used += sizeof writer->header + (size_t)stored;
  writer->block_used = 0;
  writer->header.event_count = 0;
  if (writer->out_used >= LIMIT_SYNC) sync_out(writer);
}

static void add(struct writer *writer, const struct bench_events *events) {
  for (uint64_t i = 0; i < events->count; i++) {
    const struct bench_event *event = &events->events[i];
    if (writer->block_used + bench_record_count(event) > LIMIT_BLOCK) end_block(writer);
    if (writer->header.event_count++ == 0) writer->header.first_offset = event->offset;
    uint8_t *end = bench_record_pack(event, writer->block + writer->block_used);
    writer->block_used = (size_t)(end - writer->block);
  }
}

static void finish(struct writer *writer, const char *folder) {
  if (ftruncate(writer->file, (off_t)writer->position) != 0) bench_fail("ftruncate failed");
  close(writer->file);
  int places = bench_open(folder, "places", O_CREAT | O_RDWR | O_TRUNC);
  bench_write(places, writer->places, writer->place_count * sizeof *writer->places, 0);
  close(places);
  free(writer->places);
  free(writer->block);
  free(writer->out);
}

struct bench_result limit_bulk(const struct bench_task *task) {
  struct bench_events events = {0};
  bench_events_fill(&events, task, 0, task->events);
  uint64_t raw = 0;
  for (uint64_t i = 0; i < events.count; i++) raw += bench_record_count(&events.events[i]);
  struct writer writer = begin(task->folder);
  bench_fill_zeros(writer.file, raw);

  uint64_t start = bench_clock();
  add(&writer, &events);
  end_block(&writer);
  sync_out(&writer);
  struct bench_result result = {
      .seconds = (double)(bench_clock() - start) / 1e9,
      .events = events.count,
      .syncs = writer.syncs};
  finish(&writer, task->folder);
  bench_events_free(&events);
  return result;
}

struct bench_result limit_make(const struct bench_task *task) {
  enum { STRETCH = 100000 };
  struct writer writer = begin(task->folder);
  struct bench_events events = {0};
  uint64_t start = bench_clock();
  for (uint64_t first = 0; first < task->events; first += STRETCH) {
    uint64_t left = task->events - first;
    bench_events_fill(&events, task, first, left < STRETCH ? left : STRETCH);
    add(&writer, &events);
  }
  end_block(&writer);
  sync_out(&writer);
  finish(&writer, task->folder);
  bench_events_free(&events);
  return (struct bench_result){
      .seconds = (double)(bench_clock() - start) / 1e9, .events = task->events};
}

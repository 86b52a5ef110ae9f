#include "CEvents.h"
#include <errno.h>
#include <lz4.h>
#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The events as lines that `evlog import` takes. */

enum { MOST_LINE = 2048, BLOCK = 256 << 10, STRETCH = 10000 };

static uint8_t *put(uint8_t *out, const char *text, size_t count) {
  memcpy(out, text, count);
  return out + count;
}

static uint8_t *put_text(uint8_t *out, const char *text) { return put(out, text, strlen(text)); }

static uint8_t *put_time(uint8_t *out, int64_t time) {
  time_t seconds = (time_t)(time / 1000000000);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  out += strftime((char *)out, 32, "%Y-%m-%dT%H:%M:%S", &parts);
  return out + sprintf((char *)out, ".%06dZ", (int)(time % 1000000000 / 1000));
}

static uint8_t *put_base64(uint8_t *out, const uint8_t *bytes, size_t count) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < count; i += 3) {
    uint32_t word = (uint32_t)bytes[i] << 16;
    if (i + 1 < count) word |= (uint32_t)bytes[i + 1] << 8;
    if (i + 2 < count) word |= bytes[i + 2];
    *out++ = (uint8_t)digits[word >> 18];
    *out++ = (uint8_t)digits[word >> 12 & 63];
    *out++ = i + 1 < count ? (uint8_t)digits[word >> 6 & 63] : '=';
    *out++ = i + 2 < count ? (uint8_t)digits[word & 63] : '=';
  }
  return out;
}

static uint8_t *put_line(uint8_t *out, const struct bench_event *event, enum bench_variant variant) {
  out = put_text(out, "{\"stream\":\"");
  out = put(out, event->stream, event->stream_count);
  out = put_text(out, "\",\"type\":\"");
  out = put(out, event->type, event->type_count);
  out = put_text(out, "\",\"time\":\"");
  out = put_time(out, event->time);
  if (event->id_count) {
    out = put_text(out, "\",\"id\":\"");
    out = put(out, event->id, event->id_count);
  }
  if (variant == BENCH_BIN) {
    out = put_text(out, "\",\"contentType\":\"application/octet-stream\",\"data64\":\"");
    out = put_base64(out, event->data, event->data_count);
    return put_text(out, "\"}\n");
  }
  out = put_text(out, "\",\"data\":");
  out = put(out, (const char *)event->data, event->data_count);
  return put_text(out, "}\n");
}

/// Takes a part of the lines.
typedef void sink(void *context, const uint8_t *bytes, size_t count);

static void for_each_block(const struct bench_task *task, sink *take, void *context) {
  uint8_t *block = bench_alloc(BLOCK + MOST_LINE), *out = block;
  struct bench_events events = {0};
  for (uint64_t first = 0; first < task->events; first += STRETCH) {
    uint64_t left = task->events - first;
    bench_events_fill(&events, task, first, left < STRETCH ? left : STRETCH);
    for (uint64_t i = 0; i < events.count; i++) {
      out = put_line(out, &events.events[i], task->variant);
      if (out - block < BLOCK) continue;
      take(context, block, BLOCK);
      size_t rest = (size_t)(out - block) - BLOCK;
      memmove(block, block + BLOCK, rest);
      out = block + rest;
    }
  }
  if (out > block) take(context, block, (size_t)(out - block));
  bench_events_free(&events);
  free(block);
}

struct writer {
  int file;
  uint64_t bytes;
};

static void write_block(void *context, const uint8_t *bytes, size_t count) {
  struct writer *writer = context;
  writer->bytes += count;
  while (count > 0) {
    ssize_t written = write(writer->file, bytes, count);
    if (written < 0) bench_fail("write: %s", strerror(errno));
    bytes += written;
    count -= (size_t)written;
  }
}

uint64_t bench_ndjson_write(const struct bench_task *task, int descriptor) {
  struct writer writer = {.file = descriptor};
  for_each_block(task, write_block, &writer);
  return writer.bytes;
}

struct packer {
  int level;
  char *room;
  uint64_t bytes;
};

static void pack_block(void *context, const uint8_t *bytes, size_t count) {
  struct packer *packer = context;
  int room = LZ4_compressBound(BLOCK);
  int packed = packer->level == 0
                   ? LZ4_compress_default((const char *)bytes, packer->room, (int)count, room)
                   : LZ4_compress_HC(
                         (const char *)bytes, packer->room, (int)count, room, packer->level);
  if (packed <= 0) bench_fail("LZ4 failed");
  // Four bytes for the block's length, as in LZ4's own frames.
  packer->bytes += 4 + (uint64_t)packed;
}

uint64_t bench_ndjson_lz4(const struct bench_task *task, int level) {
  struct packer packer = {.level = level, .room = bench_alloc((size_t)LZ4_compressBound(BLOCK))};
  for_each_block(task, pack_block, &packer);
  free(packer.room);
  return packer.bytes;
}

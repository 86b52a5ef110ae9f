#include "CEvents.h"
#include <stdlib.h>
#include <string.h>

/* Everything about an event follows from its offset. */

enum { MOST_BYTES = 512 };

static const char *const types[8] = {
    "AccountOpened", "MoneyDeposited",   "MoneyWithdrawn", "TransferSent",
    "FeeCharged",    "TransferReceived", "LimitChanged",   "StatementIssued"};
static const char *const notes[8] = {
    "opened at the counter",  "deposit in cash",  "withdrawal at a machine",
    "transfer to a supplier", "fee of the month", "transfer from a customer",
    "limit raised on demand", "statement by mail"};
static const char *const channels[4] = {"mobile", "web", "branch", "partner"};

/// 2026-03-01T00:00:00Z.
static const int64_t first_time = 1772323200000000000;

/// A random number that follows from two others; the finalizer is SplitMix64's.
static uint64_t mix(uint64_t seed, uint64_t n) {
  uint64_t x = seed * 0xD1B54A32D192ED03u + n * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

static uint8_t *put(uint8_t *out, const char *text) {
  size_t count = strlen(text);
  memcpy(out, text, count);
  return out + count;
}

static uint8_t *put_number(uint8_t *out, uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; i--) {
    out[i] = (uint8_t)('0' + value % 10);
    value /= 10;
  }
  return out + digits;
}

/// A random UUID, version 4.
static uint8_t *put_uuid(uint8_t *out, uint64_t high, uint64_t low) {
  static const char hex[] = "0123456789abcdef";
  high = (high & 0xFFFFFFFFFFFF0FFFu) | 0x4000;
  low = (low & 0x3FFFFFFFFFFFFFFFu) | 0x8000000000000000u;
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *out++ = '-';
    uint64_t half = i < 16 ? high : low;
    *out++ = (uint8_t)hex[(half >> (60 - 4 * (i % 16))) & 15];
  }
  return out;
}

size_t bench_stream_name(uint64_t number, char *name) {
  return (size_t)(put_number(put((uint8_t *)name, "account-"), number, 7) - (uint8_t *)name);
}

uint64_t bench_random_stream(const struct bench_task *task, uint64_t n) {
  return mix(101, n) % task->streams;
}

uint64_t bench_random_offset(const struct bench_task *task, uint64_t n) {
  return mix(102, n) % task->events;
}

static uint8_t *put_json(
    uint8_t *out, const struct bench_task *task, const struct bench_event *event, uint64_t chance) {
  out = put(out, "{\"account\":\"");
  memcpy(out, event->stream, event->stream_count);
  out = put(out + event->stream_count, "\",\"number\":");
  out = put_number(out, 10000000 + event->offset, 8);
  out = put(out, ",\"amount\":\"");
  out = put_number(out, (chance >> 8) % 1000, 3);
  out = put(out, ".");
  out = put_number(out, (chance >> 20) % 100, 2);
  out = put(out, "\",\"currency\":\"EUR\",\"branch\":\"branch-");
  out = put_number(out, (chance >> 30) % 40, 2);
  if (task->variant == BENCH_RND) {
    out = put(out, "\",\"request\":\"");
    out = put_uuid(out, mix(3, event->offset), mix(4, event->offset));
  } else {
    out = put(out, "\",\"channel\":\"");
    out = put(out, channels[(chance >> 40) % 4]);
    out = put(out, "\",\"note\":\"");
    out = put(out, notes[chance % 8]);
  }
  return put(out, "\"}");
}

/// A packed structure of 33 bytes.
static uint8_t *put_binary(
    uint8_t *out, uint64_t account, const struct bench_event *event, uint64_t chance) {
  uint64_t number = 1000000 + event->offset;
  int64_t amount = (int64_t)((chance >> 8) % 100000), balance = (int64_t)(mix(5, account) >> 40);
  uint32_t branch = (uint32_t)((chance >> 30) % 40), holder = (uint32_t)account;
  *out = (uint8_t)(chance % 8);
  memcpy(out + 1, &holder, 4);
  memcpy(out + 5, &number, 8);
  memcpy(out + 13, &amount, 8);
  memcpy(out + 21, &balance, 8);
  memcpy(out + 29, &branch, 4);
  return out + 33;
}

/// Makes the event at an offset, its bytes at `out`; returns the byte after them.
static uint8_t *make(
    struct bench_event *event, const struct bench_task *task, uint64_t offset, uint8_t *out) {
  uint64_t chance = mix(1, offset), account = mix(2, offset) % task->streams;
  event->offset = offset;
  // Whole microseconds; a thousand events a second.
  event->time = first_time + (int64_t)(offset * 1000000 + (chance >> 50) % 1000 * 1000);
  event->stream = (const char *)out;
  event->stream_count = (uint16_t)bench_stream_name(account, (char *)out);
  out += event->stream_count;
  event->type = types[chance % 8];
  event->type_count = (uint8_t)strlen(event->type);
  event->id = NULL;
  event->id_count = 0;
  if (task->variant == BENCH_RND) {
    event->id = (const char *)out;
    event->id_count = 36;
    out = put_uuid(out, mix(6, offset), mix(7, offset));
  }
  event->data = out;
  out = task->variant == BENCH_BIN ? put_binary(out, account, event, chance)
                                   : put_json(out, task, event, chance);
  event->data_count = (uint32_t)(out - event->data);
  return out;
}

void bench_events_fill(
    struct bench_events *events, const struct bench_task *task, uint64_t first, uint64_t count) {
  if (count > events->capacity) {
    bench_events_free(events);
    events->events = bench_alloc(count * sizeof *events->events);
    events->bytes = bench_alloc(count * MOST_BYTES);
    events->capacity = count;
  }
  events->count = count;
  uint8_t *out = events->bytes;
  for (uint64_t i = 0; i < count; i++) out = make(&events->events[i], task, first + i, out);
}

void bench_events_free(struct bench_events *events) {
  free(events->events);
  free(events->bytes);
  *events = (struct bench_events){0};
}

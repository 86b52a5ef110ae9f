#ifndef CLIMIT_H
#define CLIMIT_H

#include "CEvents.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The least that a machine must do for each work, in C: what every other contestant is held
   against. Nothing here survives a torn write, finds an event by stream, or reads a second format. */

/// Appends turns as raw frames into a file of zeros, one `pwrite` and one `fdatasync` a turn.
struct bench_result limit_append(const struct bench_task *task);

/// Packs events into compressed blocks with a checksum each, one `fdatasync` for 8 MB of them.
struct bench_result limit_bulk(const struct bench_task *task);

/// Makes the file that `limit_scan` reads; the same as `limit_bulk` with less in memory.
struct bench_result limit_make(const struct bench_task *task);

/// Reads, checks, decompresses and walks all events, in one thread or in several.
struct bench_result limit_scan(const struct bench_task *task);

/// Makes the vector clocks of all events with an edge.
struct bench_result limit_clocks(const struct bench_task *task);

/// Steps through all consistent cuts.
struct bench_result limit_cuts(const struct bench_task *task);

/* The file of compressed blocks. */

enum { LIMIT_BLOCK = 256 << 10, LIMIT_SYNC = 8 << 20, LIMIT_READ = 1 << 20 };

struct limit_block_header {
  uint32_t stored_count, raw_count, checksum, event_count;
  uint64_t first_offset;
};

#ifdef __cplusplus
}
#endif

#endif

#ifndef PEERS_H
#define PEERS_H

#include "CPeers.h"

/* What the peers have in common: the clock around their appends and reads. */

/// Appends one turn, and returns when it is durable.
typedef void append_turn(void *store, const struct bench_event *events, uint64_t count);

/// Makes the events, and appends them in turns.
struct bench_result time_appends(
    const struct bench_task *task, append_turn *append, void *store);

/// Appends all events in turns of 20,000, made one after the other.
struct bench_result make_in_turns(
    const struct bench_task *task, append_turn *append, void *store);

/// Reads the n-th of the random streams or events, and adds up what it found.
typedef void read_one(
    void *store, const struct bench_task *task, uint64_t n, struct bench_result *result);

struct bench_result time_reads(const struct bench_task *task, read_one *read, void *store);

/// Since a moment of the clock, in seconds.
static inline double seconds_since(uint64_t start) { return (double)(bench_clock() - start) / 1e9; }

/// Adds an event to what a reader found.
static inline void add_event(struct bench_result *result, const struct bench_event *event) {
  result->events++;
  result->checksum += bench_event_term(event);
}

/// An offset as a key whose bytes sort as the number does.
static inline uint64_t offset_key(uint64_t offset) { return __builtin_bswap64(offset); }

#endif

#ifndef CFOLD_H
#define CFOLD_H

#include "CEvents.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The least that a machine must do to fold events into a state: read, check, decompress, parse, add. */

/// The sum over all accounts of what came in, in cents, each times its number; found by all contestants.
static inline uint64_t bench_totals_sum(const int64_t *cents, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += (uint64_t)cents[i] * (2 * i + 1);
  return sum;
}

/// Folds the amounts of all events by account: of `bin` events by a struct's fields, of the others by
/// simdjson's on-demand parser.
struct bench_result limit_fold(const struct bench_task *task);

/// The same fold in JavaScript, by JavaScriptCore alone: of events that are in memory, read from no log.
struct bench_result limit_fold_script(const struct bench_task *task);

#ifdef __cplusplus
}
#endif

#endif

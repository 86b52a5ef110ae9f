#ifndef CPEERS_H
#define CPEERS_H

#include "CEvents.h"

/* Other stores at the same jobs, used as someone would who knows them. */

typedef struct bench_result (*bench_work)(const struct bench_task *);

/// What one store can do; null where it does not.
struct bench_peer {
  const char *name;
  bench_work append, make, scan, count, streams, random;
};

extern const struct bench_peer bench_sqlite, bench_lmdb, bench_rocksdb;

/// The peer of a name, or null.
const struct bench_peer *bench_peer_named(const char *name);

#endif

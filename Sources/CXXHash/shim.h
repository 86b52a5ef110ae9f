#if !__has_include(<xxhash.h>)
#error "evlog needs xxHash: apt-get install libxxhash-dev"
#endif
/* Compiled into the caller: a call would cost as much as the hash of a short name. */
#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t evlog_xxh3_64(const void *bytes, size_t count) {
  return XXH3_64bits(bytes, count);
}

static inline XXH128_hash_t evlog_xxh3_128(const void *bytes, size_t count) {
  return XXH3_128bits(bytes, count);
}

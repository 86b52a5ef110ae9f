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

/* What the digest of an event is made of, in the order in which it is hashed; little-endian. */
struct evlog_event_words {
  uint64_t offset, revision, time, schema_version, stream, type, content_type;
  uint64_t id, causation, correlation, metadata, data_high, data_low;
};

static inline XXH128_hash_t evlog_event_hash(const struct evlog_event_words *event) {
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the digest of an event is made of little-endian numbers"
#endif
  return XXH3_128bits(event, sizeof *event);
}

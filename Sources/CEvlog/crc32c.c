#include "CEvlog.h"
#include <string.h>

#define POLYNOMIAL 0x82F63B78u

static uint32_t table[8][256];

__attribute__((constructor(101))) static void make_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL : 0);
    table[0][i] = crc;
  }
  for (uint32_t i = 0; i < 256; i++)
    for (int k = 1; k < 8; k++)
      table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xFF];
}

/* Slicing by eight: M. Kounavis and F. Berry, "A Systematic Approach to Building High Performance
   Software-Based CRC Generators", ISCC 2005. */
uint32_t evlog_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  crc = ~crc;
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word ^= crc;
    crc = table[7][word & 0xFF] ^ table[6][(word >> 8) & 0xFF] ^ table[5][(word >> 16) & 0xFF] ^
          table[4][(word >> 24) & 0xFF] ^ table[3][(word >> 32) & 0xFF] ^
          table[2][(word >> 40) & 0xFF] ^ table[1][(word >> 48) & 0xFF] ^ table[0][word >> 56];
    p += 8;
    count -= 8;
  }
  while (count--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

/* Three streams at once hide the latency of the instruction; shifting a checksum over the bytes that
   another stream has read joins them. The method is Mark Adler's and Intel's ("Fast CRC computation
   for iSCSI polynomial using CRC32 instruction", 2011). */
#define LONG_RUN 2048
#define SHORT_RUN 256

static uint32_t long_shift[4][256], short_shift[4][256];

static void make_shift(uint32_t shift[4][256], size_t count) {
  uint32_t column[32];
  for (int bit = 0; bit < 32; bit++) {
    uint32_t crc = 1u << bit;
    for (size_t i = 0; i < count; i++) crc = (crc >> 8) ^ table[0][crc & 0xFF];
    column[bit] = crc;
  }
  for (int byte = 0; byte < 4; byte++)
    for (uint32_t value = 0; value < 256; value++) {
      uint32_t sum = 0;
      for (int bit = 0; bit < 8; bit++)
        if (value >> bit & 1) sum ^= column[8 * byte + bit];
      shift[byte][value] = sum;
    }
}

static inline uint32_t shifted(uint32_t shift[4][256], uint32_t crc) {
  return shift[0][crc & 0xFF] ^ shift[1][(crc >> 8) & 0xFF] ^ shift[2][(crc >> 16) & 0xFF] ^
         shift[3][crc >> 24];
}

static inline uint64_t word_at(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

__attribute__((target("sse4.2"))) static inline uint64_t three_runs(
    uint64_t value, const uint8_t *p, size_t run, uint32_t shift[4][256]) {
  uint64_t second = 0, third = 0;
  for (const uint8_t *end = p + run; p < end; p += 8) {
    value = _mm_crc32_u64(value, word_at(p));
    second = _mm_crc32_u64(second, word_at(p + run));
    third = _mm_crc32_u64(third, word_at(p + 2 * run));
  }
  value = shifted(shift, (uint32_t)value) ^ second;
  return shifted(shift, (uint32_t)value) ^ third;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(
    uint32_t crc, const uint8_t *p, size_t count) {
  uint64_t value = (uint32_t)~crc;
  for (; count >= 3 * LONG_RUN; p += 3 * LONG_RUN, count -= 3 * LONG_RUN)
    value = three_runs(value, p, LONG_RUN, long_shift);
  for (; count >= 3 * SHORT_RUN; p += 3 * SHORT_RUN, count -= 3 * SHORT_RUN)
    value = three_runs(value, p, SHORT_RUN, short_shift);
  for (; count >= 8; p += 8, count -= 8) value = _mm_crc32_u64(value, word_at(p));
  uint32_t tail = (uint32_t)value;
  while (count--) tail = _mm_crc32_u8(tail, *p++);
  return ~tail;
}

static int has_sse42;
__attribute__((constructor(102))) static void detect(void) {
  __builtin_cpu_init();
  has_sse42 = __builtin_cpu_supports("sse4.2");
  make_shift(long_shift, LONG_RUN);
  make_shift(short_shift, SHORT_RUN);
}

uint32_t evlog_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return has_sse42 ? crc32c_sse42(crc, bytes, count) : evlog_crc32c_portable(crc, bytes, count);
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

uint32_t evlog_crc32c(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  crc = ~crc;
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    crc = __crc32cd(crc, word);
    p += 8;
    count -= 8;
  }
  while (count--) crc = __crc32cb(crc, *p++);
  return ~crc;
}
#else
uint32_t evlog_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return evlog_crc32c_portable(crc, bytes, count);
}
#endif

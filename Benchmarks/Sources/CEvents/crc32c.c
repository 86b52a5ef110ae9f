#include "CEvents.h"
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

/* Three streams of CRC at once, since one waits three cycles for each of its steps. Each runs over
   LANE bytes; appending LANE zeros to a CRC is linear, so a table joins them. */
enum { LANE = 1024 };

static uint32_t shift_table[4][256];

__attribute__((target("sse4.2"), constructor)) static void make_table(void) {
  uint32_t bit[32];
  for (int i = 0; i < 32; i++) {
    uint64_t crc = 1u << i;
    for (int n = 0; n < LANE / 8; n++) crc = _mm_crc32_u64(crc, 0);
    bit[i] = (uint32_t)crc;
  }
  for (int place = 0; place < 4; place++)
    for (int value = 0; value < 256; value++)
      for (int i = 0; i < 8; i++)
        if (value >> i & 1) shift_table[place][value] ^= bit[8 * place + i];
}

static uint64_t shifted(uint64_t crc) {
  return shift_table[0][crc & 255] ^ shift_table[1][crc >> 8 & 255] ^
         shift_table[2][crc >> 16 & 255] ^ shift_table[3][crc >> 24 & 255];
}

static uint64_t word_at(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

__attribute__((target("sse4.2"))) uint32_t bench_crc32c(const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  uint64_t crc = 0xFFFFFFFFu;
  for (; count >= 3 * LANE; p += 3 * LANE, count -= 3 * LANE) {
    uint64_t second = 0, third = 0;
    for (int i = 0; i < LANE; i += 8) {
      crc = _mm_crc32_u64(crc, word_at(p + i));
      second = _mm_crc32_u64(second, word_at(p + LANE + i));
      third = _mm_crc32_u64(third, word_at(p + 2 * LANE + i));
    }
    crc = shifted(shifted(crc) ^ second) ^ third;
  }
  for (; count >= 8; p += 8, count -= 8) crc = _mm_crc32_u64(crc, word_at(p));
  while (count--) crc = _mm_crc32_u8((uint32_t)crc, *p++);
  return ~(uint32_t)crc;
}
#else
static uint32_t table[256];

__attribute__((constructor)) static void make_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    table[i] = crc;
  }
}

uint32_t bench_crc32c(const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  uint32_t crc = ~0u;
  while (count--) crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
  return ~crc;
}
#endif

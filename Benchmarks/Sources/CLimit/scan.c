#include "CLimit.h"
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// The blocks that one thread reads, and what it found.
struct share {
  int file;
  /// Where each block begins, and after the last one the end of the file.
  const uint64_t *places;
  uint64_t first, end;
  uint64_t events, checksum;
};

static void read_fully(int file, uint8_t *bytes, size_t count, uint64_t position) {
  while (count > 0) {
    ssize_t got = pread(file, bytes, count, (off_t)position);
    if (got < 0) bench_fail("pread: %s", strerror(errno));
    if (got == 0) bench_fail("the file of blocks is too short");
    bytes += got;
    count -= (size_t)got;
    position += (uint64_t)got;
  }
}

static void walk(const struct limit_block_header *header, const uint8_t *p, struct share *share) {
  struct bench_event event;
  uint64_t checksum = 0;
  for (uint32_t i = 0; i < header->event_count; i++) {
    p = bench_record_read(p, &event);
    event.offset = header->first_offset + i;
    checksum += bench_event_term(&event);
  }
  share->events += header->event_count;
  share->checksum += checksum;
}

static void *scan(void *context) {
  struct share *share = context;
  size_t room = LIMIT_READ + sizeof(struct limit_block_header) +
                (size_t)LZ4_compressBound(LIMIT_BLOCK);
  uint8_t *bytes = bench_alloc(room), *raw = bench_alloc(LIMIT_BLOCK);
  for (uint64_t i = share->first; i < share->end;) {
    uint64_t from = share->places[i], next = i + 1;
    while (next < share->end && share->places[next + 1] - from <= LIMIT_READ) next++;
    read_fully(share->file, bytes, share->places[next] - from, from);
    for (; i < next; i++) {
      const uint8_t *place = bytes + (share->places[i] - from);
      struct limit_block_header header;
      __builtin_memcpy(&header, place, sizeof header);
      const uint8_t *body = place + sizeof header;
      if (bench_crc32c(body, header.stored_count) != header.checksum)
        bench_fail("a checksum is wrong");
      int count = LZ4_decompress_safe(
          (const char *)body, (char *)raw, (int)header.stored_count, LIMIT_BLOCK);
      if (count != (int)header.raw_count) bench_fail("LZ4 failed");
      walk(&header, raw, share);
    }
  }
  free(bytes);
  free(raw);
  return NULL;
}

struct bench_result limit_scan(const struct bench_task *task) {
  enum { MOST_THREADS = 64 };
  bench_folder_warm(task->folder);
  uint64_t start = bench_clock();
  int file = bench_open(task->folder, "blocks", O_RDONLY);
  int index = bench_open(task->folder, "places", O_RDONLY);
  size_t index_bytes = (size_t)lseek(index, 0, SEEK_END);
  uint64_t blocks = index_bytes / 8, threads = (uint64_t)task->threads;
  if (threads < 1 || threads > MOST_THREADS) bench_fail("%d threads", task->threads);
  uint64_t *places = bench_alloc(index_bytes + 8);
  read_fully(index, (uint8_t *)places, index_bytes, 0);
  places[blocks] = (uint64_t)lseek(file, 0, SEEK_END);

  struct share shares[MOST_THREADS];
  pthread_t others[MOST_THREADS];
  for (uint64_t i = 0; i < threads; i++) {
    shares[i] = (struct share){
        .file = file,
        .places = places,
        .first = blocks * i / threads,
        .end = blocks * (i + 1) / threads};
    if (i > 0 && pthread_create(&others[i], NULL, scan, &shares[i]) != 0) bench_fail("no thread");
  }
  scan(&shares[0]);
  struct bench_result result = {.events = shares[0].events, .checksum = shares[0].checksum};
  for (uint64_t i = 1; i < threads; i++) {
    pthread_join(others[i], NULL);
    result.events += shares[i].events;
    result.checksum += shares[i].checksum;
  }
  result.seconds = (double)(bench_clock() - start) / 1e9;
  free(places);
  close(index);
  close(file);
  return result;
}

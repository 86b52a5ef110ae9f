#define _GNU_SOURCE
#include "CEvents.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Noreturn void bench_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

uint64_t bench_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

struct bench_latencies bench_summary(uint64_t *times, uint64_t count) {
  struct bench_latencies result = {.count = count};
  if (count == 0) return result;
  qsort(times, count, sizeof *times, ascending);
  double sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += (double)times[i];
  result.mean = sum / (double)count;
  result.median = (double)times[count / 2];
  result.p99 = (double)times[count * 99 / 100];
  result.max = (double)times[count - 1];
  return result;
}

void *bench_alloc(size_t count) {
  void *memory = malloc(count ? count : 1);
  if (!memory) bench_fail("no memory for %zu bytes", count);
  return memory;
}

int bench_open(const char *folder, const char *name, int flags) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = open(path, flags | O_CLOEXEC, 0644);
  if (file < 0) bench_fail("open %s: %s", path, strerror(errno));
  return file;
}

void bench_write(int file, const void *bytes, size_t count, uint64_t position) {
  while (count > 0) {
    ssize_t written = pwrite(file, bytes, count, (off_t)position);
    if (written < 0) bench_fail("pwrite: %s", strerror(errno));
    bytes = (const uint8_t *)bytes + written;
    count -= (size_t)written;
    position += (uint64_t)written;
  }
}

void bench_sync(int file) {
  if (fdatasync(file) != 0) bench_fail("fdatasync: %s", strerror(errno));
}

void bench_fill_zeros(int file, uint64_t count) {
  enum { STEP = 1 << 20 };
  uint8_t *zeros = bench_alloc(STEP);
  memset(zeros, 0, STEP);
  for (uint64_t at = 0; at < count; at += STEP)
    bench_write(file, zeros, count - at < STEP ? count - at : STEP, at);
  free(zeros);
  if (fsync(file) != 0) bench_fail("fsync: %s", strerror(errno));
}

struct bench_latencies bench_sync_probe(const char *folder) {
  enum { TIMES = 200, BYTES = 256 };
  uint64_t times[TIMES];
  uint8_t bytes[BYTES];
  memset(bytes, 'x', BYTES);
  int file = bench_open(folder, "probe", O_CREAT | O_RDWR | O_TRUNC);
  bench_fill_zeros(file, TIMES * BYTES);
  for (uint64_t i = 0; i < TIMES; i++) {
    uint64_t start = bench_clock();
    bench_write(file, bytes, BYTES, i * BYTES);
    bench_sync(file);
    times[i] = bench_clock() - start;
  }
  close(file);
  char path[4096];
  snprintf(path, sizeof path, "%s/probe", folder);
  unlink(path);
  return bench_summary(times, TIMES);
}

static uint64_t folder_bytes;

static int add_bytes(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)path, (void)place;
  if (kind == FTW_F) folder_bytes += (uint64_t)info->st_size;
  return 0;
}

uint64_t bench_folder_bytes(const char *folder) {
  folder_bytes = 0;
  if (nftw(folder, add_bytes, 16, FTW_PHYS) != 0) bench_fail("%s: %s", folder, strerror(errno));
  return folder_bytes;
}

static int read_file(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info, (void)place;
  static uint8_t bytes[1 << 20];
  if (kind != FTW_F) return 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) bench_fail("open %s: %s", path, strerror(errno));
  ssize_t count;
  while ((count = read(file, bytes, sizeof bytes)) > 0) {}
  if (count < 0) bench_fail("read %s: %s", path, strerror(errno));
  close(file);
  return 0;
}

void bench_folder_warm(const char *folder) {
  if (nftw(folder, read_file, 16, FTW_PHYS) != 0) bench_fail("%s: %s", folder, strerror(errno));
}

uint64_t bench_peak_memory(void) {
  // Not `getrusage`: that one remembers what the process was before `exec`.
  FILE *status = fopen("/proc/self/status", "r");
  if (!status) bench_fail("/proc/self/status: %s", strerror(errno));
  char line[256];
  unsigned long kilobytes = 0;
  while (fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %lu kB", &kilobytes) == 1) break;
  fclose(status);
  return (uint64_t)kilobytes << 10;
}

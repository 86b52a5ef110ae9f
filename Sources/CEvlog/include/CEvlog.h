#ifndef CEVLOG_H
#define CEVLOG_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, as in RFC 3720), continuing from `crc`; 0 starts a new one.
uint32_t evlog_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The slow, portable form of the same checksum, against which the fast one is tested.
uint32_t evlog_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// Where a path's file system is, by the number that Linux gives it (0 elsewhere), and its room.
/// Returns 0, or -1 where the system does not say.
int evlog_file_system(const char *path, uint64_t *number, uint64_t *free_bytes, uint64_t *bytes);

/// Asks for the memory at a place, which will be needed soon.
static inline void evlog_prefetch(const void *place) { __builtin_prefetch(place); }

/// Lets the core do something else for a moment, in a loop that waits for another thread.
static inline void evlog_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// This thread runs a compiled machine: a trap in it says so, and at which event.
void evlog_crash_note_begin(const char *machine);

/// The offset of the event that this thread's machine is about to reduce.
void evlog_crash_note_offset(uint64_t offset);

/// This thread's machine is done for now.
void evlog_crash_note_end(void);

#endif

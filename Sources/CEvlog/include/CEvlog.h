#ifndef CEVLOG_H
#define CEVLOG_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, as in RFC 3720), continuing from `crc`; 0 starts a new one.
uint32_t evlog_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The slow, portable form of the same checksum, against which the fast one is tested.
uint32_t evlog_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// Where a path's file system is, by the number that Linux gives it (0 elsewhere), and its room.
/// Returns 0, or -1 where the system does not say.
int evlog_file_system(const char *path, uint64_t *number, uint64_t *free_bytes, uint64_t *bytes);

/// Another number for every other build of the code that this process runs: of its executable, and of the
/// libraries that are loaded now. 0 where that is not known.
uint64_t evlog_running_code(void);

/// How far an address is from the beginning of the loaded file that it lies in, which does not depend on where
/// the file was loaded; the address itself where it lies in none.
uintptr_t evlog_offset_in_file(uintptr_t address);

/* Decimal digits, eight in a little-endian word: in C, so that they are inlined into all modules. */

/// Has bits where a byte is no digit: its upper half is not 3, or its lower one is above 9.
static inline uint64_t evlog_nondigits(uint64_t word) {
  return ((word ^ 0x3030303030303030u) & 0xF0F0F0F0F0F0F0F0u) |
         (((word & 0x0F0F0F0F0F0F0F0Fu) + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u);
}

/// The number that the last 1 to 8 digits of eight bytes make, the first of which is the lowest.
static inline uint64_t evlog_number(uint64_t word, unsigned digits) {
  // Eight digits to four pairs, to two numbers of four, to one.
  unsigned others = (64 - 8 * digits) & 63;
  uint64_t digit = ((word & 0x0F0F0F0F0F0F0F0Fu) >> others) << others;
  uint64_t pairs = (digit * 10 + (digit >> 8)) & 0x00FF00FF00FF00FFu;
  uint64_t fours = (pairs * 100 + (pairs >> 16)) & 0x0000FFFF0000FFFFu;
  return (fours * 10000 + (fours >> 32)) & 0xFFFFFFFFu;
}

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

/// From now on a trap in a compiled machine says so on standard error: `name`, the machine and the event's
/// offset; then the advice, with the offset between its two parts, unless the first one is empty. Whoever
/// handled the signals before gets them next. For programs only.
void evlog_crash_note_install(const char *name, const char *before, const char *after);

/// This thread runs a compiled machine: a trap in it can say so, and at which event.
void evlog_crash_note_begin(const char *machine);

/// The offset of the event that this thread's machine is about to reduce.
void evlog_crash_note_offset(uint64_t offset);

/// Where this thread's offset is written, for whoever writes it often.
uint64_t *evlog_crash_note_place(void);

/// This thread's machine is done for now.
void evlog_crash_note_end(void);

/// From now on a signal that ends this program says `text` on standard error first. For programs only.
void evlog_crash_word(const char *text);

/// Whether somebody has said already why the program ends.
extern volatile sig_atomic_t evlog_crash_is_said;

#endif

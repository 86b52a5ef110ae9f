#define _GNU_SOURCE
#include "CEvlog.h"
#include <dlfcn.h>

uintptr_t evlog_offset_in_file(uintptr_t address) {
  Dl_info file;
  return dladdr((const void *)address, &file) != 0 ? address - (uintptr_t)file.dli_fbase : address;
}

#if defined(__linux__)
#include <link.h>
#include <string.h>
#include <sys/stat.h>

/// FNV-1a.
static void mix(uint64_t *hash, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
  }
}

static int add(struct dl_phdr_info *info, size_t size, void *hash) {
  (void)size;
  const char *path = info->dlpi_name[0] != 0 ? info->dlpi_name : "/proc/self/exe";
  // The kernel's part of every process is in no file.
  if (strchr(path, '/') == NULL) return 0;
  struct stat file;
  if (stat(path, &file) != 0) return -1;
  const int64_t numbers[] = {
      (int64_t)file.st_ino,     (int64_t)file.st_size,    (int64_t)file.st_mtim.tv_sec,
      file.st_mtim.tv_nsec,     (int64_t)file.st_ctim.tv_sec, file.st_ctim.tv_nsec};
  mix(hash, numbers, sizeof numbers);
  // A file system may give two builds the same numbers and times. The linker's notes have a build's own.
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_NOTE) continue;
    mix(hash, (const void *)(info->dlpi_addr + part->p_vaddr), part->p_memsz);
  }
  return 0;
}

uint64_t evlog_running_code(void) {
  uint64_t hash = 0xcbf29ce484222325u;
  return dl_iterate_phdr(add, &hash) == 0 ? hash : 0;
}
#else
uint64_t evlog_running_code(void) { return 0; }
#endif

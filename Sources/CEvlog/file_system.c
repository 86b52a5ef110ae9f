#include "CEvlog.h"

#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

int evlog_file_system(const char *path, uint64_t *number, uint64_t *free_bytes, uint64_t *bytes) {
  struct statfs info;
  if (statfs(path, &info) != 0) return -1;
#if defined(__linux__)
  *number = (uint32_t)info.f_type;
#else
  *number = 0;
#endif
  *free_bytes = (uint64_t)info.f_bavail * (uint64_t)info.f_bsize;
  *bytes = (uint64_t)info.f_blocks * (uint64_t)info.f_bsize;
  return 0;
}

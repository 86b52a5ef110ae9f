#if !__has_include(<zlib.h>)
#error "evlog needs zlib: apt-get install zlib1g-dev"
#endif
#include <zlib.h>

/* inflateInit2 is a macro, which Swift cannot call. */
static inline int evlog_inflate_init_gzip(z_streamp stream) {
  return inflateInit2(stream, 16 + MAX_WBITS);
}

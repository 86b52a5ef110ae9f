#if !__has_include(<zstd.h>)
#error "evlog needs Zstandard: apt-get install libzstd-dev"
#endif
#include <zstd.h>

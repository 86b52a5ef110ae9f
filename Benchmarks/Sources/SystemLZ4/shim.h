#if !__has_include(<lz4.h>)
#error "The benchmarks need LZ4: apt-get install liblz4-dev"
#endif
#include <lz4.h>
#include <lz4hc.h>

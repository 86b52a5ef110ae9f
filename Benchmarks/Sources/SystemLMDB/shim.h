#if !__has_include(<lmdb.h>)
#error "The benchmarks need LMDB: apt-get install liblmdb-dev"
#endif
#include <lmdb.h>

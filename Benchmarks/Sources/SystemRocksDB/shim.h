#if !__has_include(<rocksdb/c.h>)
#error "The benchmarks need RocksDB: apt-get install librocksdb-dev"
#endif
#include <rocksdb/c.h>

#if !__has_include(<sqlite3.h>)
#error "The benchmarks need SQLite: apt-get install libsqlite3-dev"
#endif
#include <sqlite3.h>

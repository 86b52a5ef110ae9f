#if !__has_include(<libpq-fe.h>)
#error "evlog needs PostgreSQL's client library: apt-get install libpq-dev"
#endif
#include <libpq-fe.h>

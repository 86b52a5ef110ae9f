#if !__has_include(<nats/nats.h>)
#error "evlog needs libnats: apt-get install libnats-dev"
#endif
#include <nats/nats.h>

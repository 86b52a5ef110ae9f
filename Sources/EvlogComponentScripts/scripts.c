#include "EvlogComponentScripts.h"

// The files in `Scripts`, as they are. The compiler notes that this file depends on them.
// `#embed` is of C23, and this compiler has it in any version of C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t circuit_breaker[] = {
#embed "Scripts/circuit-breaker.js"
};
static const uint8_t gcra[] = {
#embed "Scripts/gcra.js"
};
static const uint8_t ledger[] = {
#embed "Scripts/ledger.js"
};
static const uint8_t lock[] = {
#embed "Scripts/lock.js"
};
static const uint8_t outbox[] = {
#embed "Scripts/outbox.js"
};
static const uint8_t queue[] = {
#embed "Scripts/queue.js"
};
static const uint8_t register_[] = {
#embed "Scripts/register.js"
};
static const uint8_t saga[] = {
#embed "Scripts/saga.js"
};
static const uint8_t supervisor[] = {
#embed "Scripts/supervisor.js"
};
static const uint8_t token_bucket[] = {
#embed "Scripts/token-bucket.js"
};
static const uint8_t two_phase_commit[] = {
#embed "Scripts/two-phase-commit.js"
};

#define SCRIPT(name, bytes) {name, bytes, sizeof(bytes)}

static const evlog_component_script scripts[] = {
    SCRIPT("circuit-breaker", circuit_breaker),
    SCRIPT("gcra", gcra),
    SCRIPT("ledger", ledger),
    SCRIPT("lock", lock),
    SCRIPT("outbox", outbox),
    SCRIPT("queue", queue),
    SCRIPT("register", register_),
    SCRIPT("saga", saga),
    SCRIPT("supervisor", supervisor),
    SCRIPT("token-bucket", token_bucket),
    SCRIPT("two-phase-commit", two_phase_commit),
};

size_t evlog_component_script_count(void) { return sizeof(scripts) / sizeof(scripts[0]); }

evlog_component_script evlog_component_script_at(size_t number) { return scripts[number]; }

// The parts of the preload library. See prefork.c.
#include <stdbool.h>

typedef int (*Main)(int, char **, char **);

// prefork_host.c: many calls in one process.
bool prefork_can_host(void);
void prefork_warm(Main command, char **environment);
int prefork_run_here(int count, char **arguments);
void prefork_set_arguments(int count, char **texts);
void prefork_begin_threads(void);

// prefork_scripts.c: virtual machines of JavaScriptCore that are there before a fork.
void prefork_share_record(void);
void prefork_make_machines(void);

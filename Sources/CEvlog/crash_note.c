#include "CEvlog.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A trap in a compiled machine cannot be caught. What can be done is to say, with calls that are
   safe in a signal handler, which event it was. */

static char machine_name[128];
static volatile uint64_t machine_offset;
static volatile sig_atomic_t machine_runs;

static void put(const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

static void say(int signal_number) {
  if (machine_runs) {
    char digits[24];
    char *p = digits + sizeof digits - 1;
    uint64_t value = machine_offset;
    *p = 0;
    do {
      *--p = (char)('0' + value % 10);
      value /= 10;
    } while (value);
    put("\nevlog: machine '");
    put(machine_name);
    put("' trapped while it reduced the event at offset ");
    put(p);
    put(".\n       To see that event: evlog read STORE --from ");
    put(p);
    put(" --limit 1\n");
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void evlog_crash_note_install(const char *machine) {
  strncpy(machine_name, machine, sizeof machine_name - 1);
  machine_name[sizeof machine_name - 1] = 0;
  machine_runs = 1;
  const int signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGSEGV, SIGBUS, SIGABRT};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = say;
    action.sa_flags = SA_RESETHAND;
    sigaction(signals[i], &action, NULL);
  }
}

void evlog_crash_note_offset(uint64_t offset) { machine_offset = offset; }

void evlog_crash_note_clear(void) { machine_runs = 0; }

#include "CEvlog.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A trap in a compiled machine cannot be caught. What can be done is to say, with calls that are
   safe in a signal handler, which event it was. A process whose program did not ask for that keeps its
   handlers: the notes are then only taken. */

/* What this thread's machine is, and where it is; each worker has its own. */
static _Thread_local char machine_name[128];
static _Thread_local uint64_t machine_offset;
static _Thread_local volatile sig_atomic_t machine_runs;

static const int signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGSEGV, SIGBUS, SIGABRT};
enum { signal_count = sizeof signals / sizeof signals[0] };
static struct sigaction previous[signal_count];

/* The text before the event's offset, which names the program, and the one after it, which says what to do. */
static char program[64];
static char advice_before[256], advice_after[256];

static void put(const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

static void say(void) {
  char digits[24];
  char *p = digits + sizeof digits - 1;
  uint64_t value = *(volatile uint64_t *)&machine_offset;
  *p = 0;
  do {
    *--p = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  put("\n");
  put(program);
  put(": machine '");
  put(machine_name);
  put("' trapped while it reduced the event at offset ");
  put(p);
  put(".");
  if (advice_before[0]) {
    put("\n       ");
    put(advice_before);
    put(p);
    put(advice_after);
  }
  put("\n");
}

/* Signals of threads that run no machine of ours belong to whoever had them before: a JavaScript
   engine uses some of them for its own ends. */
static void handle(int number, siginfo_t *info, void *context) {
  for (int i = 0; i < signal_count; i++) {
    if (signals[i] != number) continue;
    if (!machine_runs && (previous[i].sa_flags & SA_SIGINFO) && previous[i].sa_sigaction) {
      previous[i].sa_sigaction(number, info, context);
      return;
    }
    if (!machine_runs && previous[i].sa_handler != SIG_DFL && previous[i].sa_handler != SIG_IGN) {
      previous[i].sa_handler(number);
      return;
    }
    if (machine_runs) {
      say();
      evlog_crash_is_said = 1;
    }
    machine_runs = 0;
    sigaction(number, &previous[i], NULL);
  }
  raise(number);
}

static void install(void) {
  for (int i = 0; i < signal_count; i++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigaction(signals[i], &action, &previous[i]);
  }
}

void evlog_crash_note_install(const char *name, const char *before, const char *after) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  strncpy(program, name, sizeof program - 1);
  strncpy(advice_before, before, sizeof advice_before - 1);
  strncpy(advice_after, after, sizeof advice_after - 1);
  pthread_once(&once, install);
}

void evlog_crash_note_begin(const char *machine) {
  strncpy(machine_name, machine, sizeof machine_name - 1);
  machine_runs = 1;
}

void evlog_crash_note_offset(uint64_t offset) { *(volatile uint64_t *)&machine_offset = offset; }

uint64_t *evlog_crash_note_place(void) { return &machine_offset; }

void evlog_crash_note_end(void) { machine_runs = 0; }

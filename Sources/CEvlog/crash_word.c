#include "CEvlog.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A program that dies of a signal says one line that its user can act on, instead of what only its makers
   can read. It is for programs: a library has no business with signals. */

volatile sig_atomic_t evlog_crash_is_said;

static char word[1024];

static void handle(int number) {
  signal(number, SIG_DFL);
  if (evlog_crash_is_said) raise(number);
  size_t length = strlen(word);
  const char *text = word;
  while (length > 0) {
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) break;
    text += written;
    length -= (size_t)written;
  }
  raise(number);
}

void evlog_crash_word(const char *text) {
  static const int signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGSEGV, SIGBUS, SIGABRT};
  strncpy(word, text, sizeof word - 1);
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_NODEFER | SA_ONSTACK;
    sigaction(signals[i], &action, NULL);
  }
}

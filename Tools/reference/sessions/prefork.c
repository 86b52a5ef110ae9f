// Loaded before a dynamically linked command (LD_PRELOAD), this makes it a server that has done
// all that comes before main and forks for each call: most of what a short call costs is the
// loading of libraries. Each child then runs the command's own main, once, as ever.
//
// A call arrives at descriptor PREFORK_CALLS as its length in decimal, a newline, and texts that end with a
// zero byte: the folder, the files for standard input, output and error, and the arguments. Two lines
// go back at PREFORK_ANSWERS: the child's process id, and its wait status.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int (*Main)(int, char **, char **);
static Main command;
static int calls, answers;

// The number in a variable, which the children do not get.
static int descriptor(const char *name) {
  const char *text = getenv(name);
  if (!text) _exit(127);
  int number = atoi(text);
  unsetenv(name);
  return number;
}

static void redirect(int descriptor, const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(127);
  close(file);
}

static int serve(int argc, char **argv, char **environment) {
  (void)argc, (void)argv;
  for (;;) {
    char digits[16];
    size_t count = 0;
    while (count < sizeof digits - 1) {
      if (read(calls, digits + count, 1) != 1) return 0;
      if (digits[count] == '\n') break;
      count++;
    }
    digits[count] = 0;
    size_t length = strtoul(digits, NULL, 10);
    char *call = malloc(length + 1);
    for (size_t at = 0; at < length;) {
      ssize_t some = read(calls, call + at, length - at);
      if (some <= 0) return 0;
      at += (size_t)some;
    }
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      char *texts[4];
      char *at = call;
      for (int i = 0; i < 4; i++) texts[i] = at, at += strlen(at) + 1;
      if (chdir(texts[0]) != 0) _exit(127);
      redirect(0, texts[1], O_RDONLY);
      redirect(1, texts[2], O_WRONLY | O_CREAT | O_TRUNC);
      redirect(2, texts[3], O_WRONLY | O_CREAT | O_TRUNC);
      close(calls);
      close(answers);
      int count = 0;
      char **arguments = malloc(sizeof(char *) * length);
      for (; at < call + length; at += strlen(at) + 1) arguments[count++] = at;
      arguments[count] = NULL;
      // Swift would read the server's arguments from the system.
      void (*override)(char **, int) = (void (*)(char **, int))dlsym(RTLD_DEFAULT, "_swift_stdlib_overrideUnsafeArgvArgc");
      if (override) override(arguments, count);
      exit(command(count, arguments, environment));
    }
    free(call);
    int status = 0;
    dprintf(answers, "%d\n", child);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    dprintf(answers, "%d\n", status);
  }
}

int __libc_start_main(Main first, int argc, char **argv, void (*initialise)(void), void (*finish)(void),
                      void (*loader)(void), void *stack) {
  int (*start)(Main, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
      (__typeof__(start))dlsym(RTLD_NEXT, "__libc_start_main");
  command = first;
  calls = descriptor("PREFORK_CALLS");
  answers = descriptor("PREFORK_ANSWERS");
  unsetenv("LD_PRELOAD");
  return start(serve, argc, argv, initialise, finish, loader, stack);
}

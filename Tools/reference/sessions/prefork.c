// Loaded before a dynamically linked command (LD_PRELOAD), this makes it a server that has done all that comes
// before main, and what each call begins with: that is most of what a short call costs.
//
// A message arrives at descriptor PREFORK_CALLS as its length in decimal, a newline, and texts that end with a
// zero byte. A call is the folder, the files for standard input, output and error, and the arguments. Two lines
// go back at PREFORK_ANSWERS: the id of the process that runs it, and its wait status. The server forks for each
// call, and the child runs the command's own main, once, as ever. With PREFORK_HOSTS, one child runs all calls
// between the messages `enter` and `leave`, each in threads of its own, until one ends the process or crashes.
#define _GNU_SOURCE
#include "prefork.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEFT = 99, FILES = 1024 };
static Main command;
static char **variables;
static int calls, answers;
static bool hosts;
static volatile bool *is_running;  // Whether the process that runs a session's calls runs one; in shared memory.

typedef struct {
  char *bytes, *end;
} Message;

// The number in a variable, which the children do not get.
static int descriptor(const char *name) {
  const char *text = getenv(name);
  if (!text) _exit(127);
  int number = atoi(text);
  unsetenv(name);
  return number;
}

// The next message; one without bytes where there is none.
static Message next(void) {
  char digits[16];
  size_t count = 0;
  while (count < sizeof digits - 1) {
    if (read(calls, digits + count, 1) != 1) return (Message){0};
    if (digits[count] == '\n') break;
    count++;
  }
  digits[count] = 0;
  size_t length = strtoul(digits, NULL, 10);
  char *bytes = malloc(length + 1);
  for (size_t at = 0; at < length;) {
    ssize_t some = read(calls, bytes + at, length - at);
    if (some <= 0) return (Message){0};
    at += (size_t)some;
  }
  return (Message){bytes, bytes + length};
}

static void redirect(int descriptor, const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(127);
  close(file);
}

// Goes to the call's folder and files; returns how many arguments it has.
static int prepare(Message call, char ***arguments) {
  char *texts[4], *at = call.bytes;
  for (int i = 0; i < 4; i++) texts[i] = at, at += strlen(at) + 1;
  if (chdir(texts[0]) != 0) _exit(127);
  redirect(0, texts[1], O_RDONLY);
  redirect(1, texts[2], O_WRONLY | O_CREAT | O_TRUNC);
  redirect(2, texts[3], O_WRONLY | O_CREAT | O_TRUNC);
  int count = 0;
  *arguments = malloc(sizeof(char *) * (size_t)(call.end - at + 1));
  for (; at < call.end; at += strlen(at) + 1) (*arguments)[count++] = at;
  (*arguments)[count] = NULL;
  prefork_set_arguments(count, *arguments);
  // Swift would read the server's arguments from the system.
  void (*override)(char **, int) = (void (*)(char **, int))dlsym(RTLD_DEFAULT, "_swift_stdlib_overrideUnsafeArgvArgc");
  if (override) override(*arguments, count);
  return count;
}

static int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return status;
}

static pid_t fork_with_machines(void) {
  prefork_make_machines();
  return fork();
}

static void run_in_child(Message call) {
  pid_t child = fork_with_machines();
  if (child == 0) {
    char **arguments;
    int count = prepare(call, &arguments);
    close(calls);
    close(answers);
    prefork_begin_threads();
    exit(command(count, arguments, variables));
  }
  dprintf(answers, "%d\n", child);
  dprintf(answers, "%d\n", wait_for(child));
}

// The files and folders that are open; when `closes`, it closes those that were not open before. So files are
// unlocked as they are at the end of a process. A number stays in use, for a thread that is left may close it.
static void look_at_files(bool closes) {
  static bool was_open[FILES];
  int nothing = open("/dev/null", O_RDWR);
  DIR *folder = opendir("/proc/self/fd");
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    int file = atoi(entry->d_name);
    struct stat about;
    if (file <= 2 || file >= FILES || file == dirfd(folder) || fstat(file, &about) != 0) continue;
    if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) continue;
    if (!closes) was_open[file] = true;
    if (closes && !was_open[file]) dup2(nothing, file);
  }
  close(nothing);
  if (folder) closedir(folder);
}

// Runs the calls of a session up to `leave`.
static void host(void) {
  prefork_begin_threads();
  look_at_files(false);
  for (Message call; (call = next()).bytes && strcmp(call.bytes, "leave") != 0;) {
    *is_running = true;
    dprintf(answers, "%d\n", getpid());
    char **arguments;
    int count = prepare(call, &arguments);
    int status = prefork_run_here(count, arguments);
    look_at_files(true);
    *is_running = false;
    dprintf(answers, "%d\n", (status & 255) << 8);
  }
  _exit(LEFT);
}

static int serve(int argc, char **argv, char **environment) {
  (void)argc, (void)argv;
  variables = environment;
  hosts = hosts && prefork_can_host();
  is_running = mmap(NULL, sizeof *is_running, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (hosts) {
    prefork_warm(command, environment);
    prefork_share_record();
  }
  for (Message message; (message = next()).bytes; free(message.bytes)) {
    bool enters = strcmp(message.bytes, "enter") == 0;
    if (!enters && strcmp(message.bytes, "leave") != 0) run_in_child(message);
    if (!enters || !hosts) continue;
    for (int status = 0; status != LEFT << 8;) {
      *is_running = false;
      pid_t child = fork_with_machines();
      if (child == 0) host();
      status = wait_for(child);
      // What threads of an earlier call do, had it been a process, would not have happened.
      if (*is_running) dprintf(answers, "%d\n", status);
    }
  }
  return 0;
}

int __libc_start_main(Main first, int argc, char **argv, void (*initialise)(void), void (*finish)(void),
                      void (*loader)(void), void *stack) {
  int (*start)(Main, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
      (__typeof__(start))dlsym(RTLD_NEXT, "__libc_start_main");
  command = first;
  calls = descriptor("PREFORK_CALLS");
  answers = descriptor("PREFORK_ANSWERS");
  hosts = getenv("PREFORK_HOSTS");
  unsetenv("PREFORK_HOSTS");
  unsetenv("LD_PRELOAD");
  unsetenv("LD_BIND_NOW");
  return start(serve, argc, argv, initialise, finish, loader, stack);
}

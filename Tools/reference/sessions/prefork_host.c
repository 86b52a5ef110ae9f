// Runs the command's main more than once in a process: in threads of this library, which stop where the command
// would end the process.
//
// Swift's tasks get such threads too. A thread that is not of this library and ends the process does end it.
// The server does it before the first fork: Swift finds out on first use which types conform to which
// protocols, and keeps that.
#define _GNU_SOURCE
#include "prefork.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static Main command;
static char **variables;

static void *symbol(const char *name) { return dlsym(RTLD_DEFAULT, name); }
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// --- The arguments, which Swift would keep from the first call -------------------------------------------

// Swift's calls with such arguments and results are those of C.
typedef struct {
  void *words[2];
} String;
typedef struct {
  void *array;
  String *elements;
} Array;

static int argument_count;
static char **arguments;

void prefork_set_arguments(int count, char **texts) { argument_count = count, arguments = texts; }

// CommandLine.arguments, as an array that is made at each call.
void *prefork_arguments(void) __asm__("$ss11CommandLineO9argumentsSaySSGvgZ");
void *prefork_arguments(void) {
  Array (*allocate)(long, void *) = (Array(*)(long, void *))symbol("$ss27_allocateUninitializedArrayySayxG_BptBwlF");
  String (*text)(const char *) = (String(*)(const char *))symbol("$sSS7cStringSSSPys4Int8VG_tcfC");
  Array made = allocate(argument_count, symbol("$sSSN"));
  for (int i = 0; i < argument_count; i++) made.elements[i] = text(arguments[i]);
  return made.array;
}

// --- Threads that stop where the command would end the process -------------------------------------------

static _Thread_local bool is_ours;
static bool is_warming;
static sem_t ended;
static atomic_bool has_ended;
static int exit_status;

void exit(int status) {
  if (!is_ours) {
    REAL(exit)(status);
    abort();
  }
  if (!atomic_exchange(&has_ended, true)) {
    fflush(NULL);
    exit_status = status;
    sem_post(&ended);
  }
  // In the server it must be gone before a fork.
  if (is_warming) syscall(SYS_exit, 0);
  for (;;) pause();
}

typedef struct {
  void (*run)(void *);
  void *argument;
} Work;

static void *start(void *argument) {
  Work work = *(Work *)argument;
  free(argument);
  is_ours = true;
  work.run(work.argument);
  return NULL;
}

static pthread_t begin(void (*run)(void *), void *argument) {
  Work *work = malloc(sizeof(Work));
  *work = (Work){run, argument};
  pthread_t thread = 0;
  if (REAL(pthread_create)(&thread, NULL, start, work) != 0) _exit(127);
  return thread;
}

static void run_main(void *unused) {
  (void)unused;
  exit(command(argument_count, arguments, variables));
}

static void run_job(void *job) {
  ((void (*)(void *, void *, void *))symbol("swift_job_run"))(job, NULL, NULL);
}

// While the server runs the command, its jobs wait for the one thread there is.
static void *jobs[64];
static int job_count;

static void enqueue(void *job, void *original) {
  (void)original;
  if (!is_warming)
    REAL(pthread_detach)(begin(run_job, job));
  else if (job_count < 64)
    jobs[job_count++] = job;
}

static void drain(void *original, void *override) {
  (void)original, (void)override;
  for (int i = 0; is_warming && i < job_count; i++) run_job(jobs[i]);
  if (is_warming) exit(0);
  for (;;) pause();
}

static void take_jobs(bool takes) {
  const char *names[] = {"swift_task_enqueueGlobal_hook", "swift_task_enqueueMainExecutor_hook",
                         "swift_task_asyncMainDrainQueue_hook"};
  for (int i = 0; i < 3; i++) {
    void **hook = symbol(names[i]);
    if (hook) *hook = takes ? i < 2 ? (void *)enqueue : (void *)drain : NULL;
  }
}

int prefork_run_here(int count, char **texts) {
  prefork_set_arguments(count, texts);
  sem_init(&ended, 0, 0);
  atomic_store(&has_ended, false);
  take_jobs(true);
  pthread_t thread = begin(run_main, NULL);
  while (sem_wait(&ended) != 0) {}
  if (is_warming)
    pthread_join(thread, NULL);
  else
    REAL(pthread_detach)(thread);
  return exit_status;
}

// --- What each call begins with ---------------------------------------------------------------------------

// Threads that the command begins then are begun in each child.
static struct {
  void *(*routine)(void *);
  void *argument;
} threads[4];
static int thread_count;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument) {
  if (!is_warming || thread_count == 4) return REAL(pthread_create)(thread, attributes, routine, argument);
  threads[thread_count].routine = routine;
  threads[thread_count++].argument = argument;
  return 0;
}

int pthread_detach(pthread_t thread) { return is_warming ? 0 : REAL(pthread_detach)(thread); }

void prefork_begin_threads(void) {
  pthread_t thread;
  for (int i = 0; i < thread_count; i++) pthread_create(&thread, NULL, threads[i].routine, threads[i].argument);
}

bool prefork_can_host(void) {
  const char *names[] = {"swift_task_enqueueGlobal_hook", "swift_task_asyncMainDrainQueue_hook", "swift_job_run",
                         "$ss27_allocateUninitializedArrayySayxG_BptBwlF", "$sSS7cStringSSSPys4Int8VG_tcfC", "$sSSN"};
  for (int i = 0; i < 6; i++)
    if (!symbol(names[i])) return false;
  return true;
}

static char *verbs[] = {"import", "append", "read", "stats", "verify", "seal", "truncate", "backup", "restore", "state",
                        "replay", "bisect", "why", "minimise", "blame", "diff", "compare", "what-if", "map", "audit",
                        "index", "query", "project", "snapshot"};

void prefork_warm(Main main, char **environment) {
  command = main;
  variables = environment;
  // The threads of a call are not there for long: new memory for each takes longer than waiting for one another.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  int outputs[2] = {dup(1), dup(2)}, nothing = open("/dev/null", O_WRONLY);
  for (int i = 0; i < 2; i++) dup2(nothing, i + 1);
  is_warming = true;
  // The arguments of each verb are read, and found wrong.
  for (int i = 0; i < (int)(sizeof verbs / sizeof *verbs); i++) {
    job_count = 0;
    prefork_run_here(3, (char *[]){"evlog", verbs[i], "--unknown", NULL});
  }
  is_warming = false;
  take_jobs(false);
  for (int i = 0; i < 2; i++) dup2(outputs[i], i + 1), close(outputs[i]);
  close(nothing);
}

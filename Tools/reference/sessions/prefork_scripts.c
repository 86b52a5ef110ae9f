// The second part of the preload library: virtual machines of JavaScriptCore that are made before the fork.
//
// A command that runs a script makes virtual machines, and evaluates in each the same long script of its own
// before that of the user. The first calls do so by themselves, and what they ask of the library is written
// down in memory that the server shares with them. Then the server makes some virtual machines, asks the same
// of them, so that the functions are compiled, and evaluates the command's own script once more in a fresh
// context. Later calls get these contexts, and to the answer of that evaluation the one that is known already.
#define _GNU_SOURCE
#include "prefork.h"
#include <dlfcn.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// Of <JavaScriptCore/JavaScript.h>, which need not be there: no more than is used here.
typedef const struct OpaqueGroup *JSContextGroupRef;
typedef const struct OpaqueContext *JSContextRef;
typedef struct OpaqueContext *JSGlobalContextRef;
typedef const struct OpaqueValue *JSValueRef;
typedef struct OpaqueValue *JSObjectRef;
typedef struct OpaqueClass *JSClassRef;
typedef struct OpaqueString *JSStringRef;
typedef void (*Deallocator)(void *bytes, void *about);
#pragma weak JSStringCreateWithCharacters
#pragma weak JSStringGetLength
#pragma weak JSStringGetCharactersPtr
#pragma weak JSStringRelease
#pragma weak JSValueMakeUndefined
#pragma weak JSValueProtect
#pragma weak JSValueUnprotect
#pragma weak JSValueToObject
#pragma weak JSSynchronousGarbageCollectForDebugging
#pragma weak JSContextGroupClearExecutionTimeLimit
void JSContextGroupClearExecutionTimeLimit(JSContextGroupRef group);
void JSSynchronousGarbageCollectForDebugging(JSContextRef context);
JSStringRef JSStringCreateWithCharacters(const uint16_t *units, size_t count);
size_t JSStringGetLength(JSStringRef text);
const uint16_t *JSStringGetCharactersPtr(JSStringRef text);
void JSStringRelease(JSStringRef text);
JSValueRef JSValueMakeUndefined(JSContextRef context);
void JSValueUnprotect(JSContextRef context, JSValueRef value);
void JSValueProtect(JSContextRef context, JSValueRef value);
JSObjectRef JSValueToObject(JSContextRef context, JSValueRef value, JSValueRef *exception);

JSContextGroupRef JSContextGroupCreate(void);
void JSContextGroupRelease(JSContextGroupRef);
JSGlobalContextRef JSGlobalContextCreateInGroup(JSContextGroupRef, JSClassRef);
void JSGlobalContextRelease(JSGlobalContextRef);
JSValueRef JSEvaluateScript(JSContextRef, JSStringRef, JSObjectRef, JSStringRef, int, JSValueRef *);
bool JSCheckScriptSyntax(JSContextRef, JSStringRef, JSStringRef, int, JSValueRef *);
JSValueRef JSObjectGetProperty(JSContextRef, JSObjectRef, JSStringRef, JSValueRef *);
JSValueRef JSObjectCallAsFunction(JSContextRef, JSObjectRef, JSObjectRef, size_t, const JSValueRef[], JSValueRef *);
JSValueRef JSValueMakeString(JSContextRef, JSStringRef);
JSValueRef JSValueMakeNumber(JSContextRef, double);
JSValueRef JSValueMakeBoolean(JSContextRef, bool);
JSObjectRef JSObjectMakeTypedArrayWithBytesNoCopy(JSContextRef, int, void *, size_t, Deallocator, void *,
                                                  JSValueRef *);

enum { MACHINES = 6, CONTEXTS = 12, SEEN = 60, VALUES = 4096, BYTES = 8 << 20, FLOAT64 = 8, FRESH = 16 };

// The library's own function, behind that of the same name here.
#define REAL(name) ({ \
  static __typeof__(&name) found; \
  if (!found) found = (__typeof__(&name))real(#name); \
  found; \
})
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

// --- What was asked of the contexts of earlier calls ------------------------------------------------------

typedef enum { EVALUATE, CHECK, PROPERTY, CALL, TEXT, NUMBER, FLAG, ARRAY, FILL } Kind;

// What was asked for: values by their numbers; then come `bytes` bytes.
typedef struct {
  Kind kind;
  uint32_t values[6];
  double number;
  size_t bytes;
} Question;

typedef struct {
  atomic_bool is_taken;  // One context writes at a time.
  size_t starts[CONTEXTS + 1];
  int count, seen;
  char bytes[BYTES];
} Record;
static Record *record;

void prefork_share_record(void) {
  record = mmap(NULL, sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (record == MAP_FAILED) record = NULL;
}

// The context of this process that is being written down, its values, and how far it has come.
static JSContextRef writer;
static JSValueRef known[VALUES];
static struct {
  double *numbers;
  size_t count;
  uint32_t value;
} arrays[8];
static int known_count, array_count;
static size_t end;
static bool is_new;  // Whether it was asked for a property that none before was asked for.

static uint32_t number_of(JSValueRef value) {
  for (int i = known_count; i-- > 0;)
    if (known[i] == value) return (uint32_t)i;
  return UINT32_MAX;
}

// How many bytes it takes in the record.
static size_t size_of(const Question *question) {
  return sizeof *question + ((question->bytes + 15) & ~(size_t)15);
}

static bool put(Question question, const void *bytes, JSValueRef made) {
  size_t size = size_of(&question);
  if (known_count == VALUES || end + size > BYTES) writer = NULL;
  if (!writer) return false;
  memcpy(record->bytes + end, &question, sizeof question);
  if (question.bytes) memcpy(record->bytes + end + sizeof question, bytes, question.bytes);
  end += size;
  known[known_count++] = made;
  return true;
}

static void put_text(Kind kind, uint32_t value, JSStringRef text, JSValueRef made) {
  put((Question){kind, {value}, 0, 2 * JSStringGetLength(text)}, JSStringGetCharactersPtr(text), made);
}

// The numbers of an array that are not zero, as places and numbers.
static void put_array(int i) {
  static double found[2 * 4096];
  size_t count = 0;
  for (size_t place = 0; place < arrays[i].count && count < 4096; place++)
    if (arrays[i].numbers[place] != 0) {
      found[2 * count] = (double)place;
      found[2 * count++ + 1] = arrays[i].numbers[place];
    }
  put((Question){FILL, {arrays[i].value}, 0, 16 * count}, found, NULL);
}

// Whether no earlier context was asked for the property.
static bool is_first(JSStringRef name) {
  size_t bytes = 2 * JSStringGetLength(name);
  for (size_t at = 0; at < record->starts[record->count];) {
    const Question *question = (const Question *)(record->bytes + at);
    if (question->kind == PROPERTY && question->bytes == bytes &&
        memcmp(question + 1, JSStringGetCharactersPtr(name), bytes) == 0)
      return false;
    at += size_of(question);
  }
  return true;
}

static void begin_writing(JSContextRef context) {
  if (!record || record->count == CONTEXTS || atomic_exchange(&record->is_taken, true)) return;
  writer = context;
  known_count = array_count = 0;
  is_new = false;
  end = record->starts[record->count];
}

static void end_writing(JSContextRef context) {
  if (context != writer) return;
  writer = NULL;
  record->seen++;
  if (is_new) record->starts[++record->count] = end;
  atomic_store(&record->is_taken, false);
}

// --- Asking the same again --------------------------------------------------------------------------------

static JSStringRef text_of(const Question *question) {
  return JSStringCreateWithCharacters((const uint16_t *)(question + 1), question->bytes / 2);
}

static void unused(void *bytes, void *context) { (void)bytes, (void)context; }

// Asks what was written down of a context; returns the answer to the last of the first `most` questions.
static JSValueRef ask(JSContextRef context, int number, int most) {
  JSValueRef values[VALUES];
  double *memory[VALUES];
  const Question *asked[VALUES];
  int count = 0;
  for (size_t at = record->starts[number]; at < record->starts[number + 1] && count < most;) {
    const Question *question = (const Question *)(record->bytes + at);
    JSValueRef given[6] = {0}, made = NULL, exception = NULL;
    for (int i = 0; i < 6; i++) {
      uint32_t value = question->values[i];
      given[i] = value < (uint32_t)count && values[value] ? values[value] : JSValueMakeUndefined(context);
    }
    memory[count] = NULL;
    asked[count] = question;
    switch (question->kind) {
    case EVALUATE:
    case CHECK:
    case TEXT:
    case PROPERTY: {
      JSStringRef text = text_of(question);
      if (question->kind == EVALUATE) {
        JSStringRef url = text_of(asked[question->values[0]]);
        made = REAL(JSEvaluateScript)(context, text, NULL, url, 1, &exception);
        JSStringRelease(url);
      }
      if (question->kind == CHECK) REAL(JSCheckScriptSyntax)(context, text, NULL, 1, &exception);
      if (question->kind == TEXT) made = REAL(JSValueMakeString)(context, text);
      if (question->kind == PROPERTY) {
        JSObjectRef object = JSValueToObject(context, given[0], NULL);
        if (object) made = REAL(JSObjectGetProperty)(context, object, text, NULL);
      }
      JSStringRelease(text);
      break;
    }
    case CALL: {
      JSObjectRef function = JSValueToObject(context, given[0], NULL);
      if (function) made = REAL(JSObjectCallAsFunction)(
          context, function, NULL, (size_t)question->number, given + 1, &exception);
      break;
    }
    case NUMBER: made = JSValueMakeNumber(context, question->number); break;
    case FLAG: made = JSValueMakeBoolean(context, question->number != 0); break;
    case ARRAY:
      memory[count] = calloc(1, (size_t)question->number);
      made = REAL(JSObjectMakeTypedArrayWithBytesNoCopy)(
          context, FLOAT64, memory[count], (size_t)question->number, unused, NULL, NULL);
      break;
    case FILL:
      for (size_t i = 0; i < question->bytes / 16; i++) {
        const double *pair = (const double *)(question + 1) + 2 * i;
        memory[question->values[0]][(size_t)pair[0]] = pair[1];
      }
      break;
    }
    if (made) JSValueProtect(context, made);
    values[count++] = made;
    at += size_of(question);
  }
  for (int i = 0; i < count; i++) {
    free(memory[i]);
    if (values[i] && i < count - 1) JSValueUnprotect(context, values[i]);
  }
  return count ? values[count - 1] : NULL;
}

// --- The virtual machines that are made before the fork --------------------------------------------------

typedef struct {
  JSGlobalContextRef context;
  JSValueRef first;  // What the first script has answered, until it is asked for.
} Fresh;

static struct {
  atomic_bool is_taken;
  JSContextGroupRef group;
  Fresh now;  // The context that a call has.
  Fresh fresh[FRESH];
  int fresh_count;
} pool[MACHINES];
static int pool_count;

static Fresh made_context(int i) {
  JSGlobalContextRef context = REAL(JSGlobalContextCreateInGroup)(pool[i].group, NULL);
  return (Fresh){context, ask(context, 0, 2)};
}

// In the server, before each fork.
void prefork_make_machines(void) {
  if (!record || pool_count) return;
  atomic_store(&record->is_taken, false);  // A context that was not released is not complete.
  if (record->count < CONTEXTS && record->seen < SEEN) return;
  // The library begins no threads then, which a fork would lose.
  void (*release)(void) = (void (*)(void))real("_ZN3WTF27releaseFastMallocFreeMemoryEv");
  void (*stop_scavenger)(void) = (void (*)(void))real("_ZN3WTF20fastDisableScavengerEv");
  int (*set_flag)(const char *, int) = (int (*)(const char *, int))real("jsc_options_set_boolean");
  int (*set_count)(const char *, unsigned) = (int (*)(const char *, unsigned))real("jsc_options_set_uint");
  if (!stop_scavenger || !set_flag || !set_count) return;
  set_flag("usePollingTraps", 1);
  set_flag("useJIT", 0);
  set_flag("useConcurrentGC", 0);
  set_count("numberOfGCMarkers", 1);
  for (int i = 0; i < MACHINES; i++) {
    pool[i].group = REAL(JSContextGroupCreate)();
    for (int number = 0; number < record->count; number++) {
      JSGlobalContextRef context = REAL(JSGlobalContextCreateInGroup)(pool[i].group, NULL);
      JSValueUnprotect(context, ask(context, number, VALUES));
      REAL(JSGlobalContextRelease)(context);
    }
    // Nearly all calls need the first machine, few the last.
    while (pool[i].fresh_count < FRESH >> i || !pool[i].fresh_count)
      pool[i].fresh[pool[i].fresh_count++] = made_context(i);
    // Else each call would first collect what is left of the contexts before.
    if (JSSynchronousGarbageCollectForDebugging)
      JSSynchronousGarbageCollectForDebugging(pool[i].fresh[0].context);
  }
  if (release) release();
  stop_scavenger();
  malloc_trim(0);
  pool_count = MACHINES;
}

static int place_of(JSContextGroupRef group, JSContextRef context) {
  for (int i = 0; i < pool_count; i++)
    if ((group && pool[i].group == group) || (context && pool[i].now.context == context)) return i;
  return -1;
}

// --- The functions of the library that the command calls -------------------------------------------------

JSContextGroupRef JSContextGroupCreate(void) {
  for (int i = 0; i < pool_count; i++)
    if (!atomic_exchange(&pool[i].is_taken, true)) return pool[i].group;
  return REAL(JSContextGroupCreate)();
}

void JSContextGroupRelease(JSContextGroupRef group) {
  int i = place_of(group, NULL);
  if (i < 0) {
    REAL(JSContextGroupRelease)(group);
    return;
  }
  JSContextGroupClearExecutionTimeLimit(group);
  atomic_store(&pool[i].is_taken, false);
}

JSGlobalContextRef JSGlobalContextCreateInGroup(JSContextGroupRef group, JSClassRef class) {
  int i = place_of(group, NULL);
  if (i >= 0) {
    pool[i].now = pool[i].fresh_count ? pool[i].fresh[--pool[i].fresh_count] : made_context(i);
    return pool[i].now.context;
  }
  JSGlobalContextRef context = REAL(JSGlobalContextCreateInGroup)(group, class);
  begin_writing(context);
  return context;
}

void JSGlobalContextRelease(JSGlobalContextRef context) {
  end_writing(context);
  int i = place_of(NULL, context);
  if (i >= 0) pool[i].now.context = NULL;
  REAL(JSGlobalContextRelease)(context);
}

JSValueRef JSEvaluateScript(JSContextRef context, JSStringRef script, JSObjectRef object, JSStringRef url,
                            int line, JSValueRef *exception) {
  int i = place_of(NULL, context);
  if (i >= 0 && pool[i].now.first) {
    JSValueRef first = pool[i].now.first;
    pool[i].now.first = NULL;
    JSValueUnprotect(context, first);
    return first;
  }
  JSValueRef made = REAL(JSEvaluateScript)(context, script, object, url, line, exception);
  if (context == writer && url) {
    put_text(TEXT, 0, url, NULL);
    put_text(EVALUATE, (uint32_t)known_count - 1, script, made);
  }
  return made;
}

bool JSCheckScriptSyntax(JSContextRef context, JSStringRef script, JSStringRef url, int line,
                         JSValueRef *exception) {
  if (context == writer) put_text(CHECK, 0, script, NULL);
  return REAL(JSCheckScriptSyntax)(context, script, url, line, exception);
}

JSValueRef JSObjectGetProperty(JSContextRef context, JSObjectRef object, JSStringRef name,
                               JSValueRef *exception) {
  JSValueRef made = REAL(JSObjectGetProperty)(context, object, name, exception);
  if (context == writer) {
    is_new = is_new || is_first(name);
    put_text(PROPERTY, number_of(object), name, made);
  }
  return made;
}

JSValueRef JSObjectCallAsFunction(JSContextRef context, JSObjectRef function, JSObjectRef this, size_t count,
                                  const JSValueRef values[], JSValueRef *exception) {
  if (context == writer && count < 6) {
    for (int i = 0; i < array_count; i++) put_array(i);
    Question question = {CALL, {number_of(function)}, (double)count, 0};
    for (size_t i = 0; i < count; i++) question.values[i + 1] = number_of(values[i]);
    JSValueRef made = REAL(JSObjectCallAsFunction)(context, function, this, count, values, exception);
    put(question, NULL, made);
    return made;
  }
  return REAL(JSObjectCallAsFunction)(context, function, this, count, values, exception);
}

JSValueRef JSValueMakeString(JSContextRef context, JSStringRef text) {
  JSValueRef made = REAL(JSValueMakeString)(context, text);
  if (context == writer) put_text(TEXT, 0, text, made);
  return made;
}

JSValueRef JSValueMakeNumber(JSContextRef context, double number) {
  JSValueRef made = REAL(JSValueMakeNumber)(context, number);
  if (context == writer) put((Question){NUMBER, {0}, number, 0}, NULL, made);
  return made;
}

JSValueRef JSValueMakeBoolean(JSContextRef context, bool flag) {
  JSValueRef made = REAL(JSValueMakeBoolean)(context, flag);
  if (context == writer) put((Question){FLAG, {0}, flag, 0}, NULL, made);
  return made;
}

JSObjectRef JSObjectMakeTypedArrayWithBytesNoCopy(
    JSContextRef context, int type, void *bytes, size_t length,
    Deallocator deallocator, void *about, JSValueRef *exception) {
  JSObjectRef made = REAL(JSObjectMakeTypedArrayWithBytesNoCopy)(
      context, type, bytes, length, deallocator, about, exception);
  if (context == writer && array_count < 8 &&
      put((Question){ARRAY, {0}, (double)length, 0}, NULL, made)) {
    arrays[array_count].numbers = bytes;
    arrays[array_count].count = length / 8;
    arrays[array_count++].value = (uint32_t)known_count - 1;
  }
  return made;
}

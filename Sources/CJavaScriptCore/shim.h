#if !__has_include(<JavaScriptCore/JavaScript.h>)
#error "evlog needs JavaScriptCore: apt-get install libjavascriptcoregtk-4.1-dev (or build with --disable-default-traits)"
#endif
#include <JavaScriptCore/JavaScript.h>
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/* Exported by the library, declared in headers that it does not install. */
typedef bool (*evlog_JSShouldTerminateCallback)(JSContextRef ctx, void *context);
JS_EXPORT void JSContextGroupSetExecutionTimeLimit(
    JSContextGroupRef group, double limit, evlog_JSShouldTerminateCallback callback,
    void *context);
JS_EXPORT void JSGlobalContextSetEvalEnabled(
    JSGlobalContextRef ctx, bool enabled, JSStringRef message);
/* The characters stay the caller's, and are read for as long as somebody looks at the string. */
JS_EXPORT JSStringRef JSStringCreateWithCharactersNoCopy(const JSChar *chars, size_t numChars);

/* Declared in <jsc/jsc.h>, which would need GLib. */
JS_EXPORT int jsc_options_set_boolean(const char *option, int value);
/* The library's settings: a page that it makes read-only when the first virtual machine is made. */
extern char g_config[] __attribute__((weak));

/* Whether the library's settings are fixed. To change one then would end the process. */
static inline bool evlog_JSSettingsAreFixed(void) {
  if (!g_config) return false;
  int ends[2];
  if (pipe(ends) != 0) return true;
  /* The kernel says whether a byte can be written where it is. */
  bool is_fixed = write(ends[1], g_config, 1) == 1 && read(ends[0], g_config, 1) < 0
                  && errno == EFAULT;
  close(ends[0]);
  close(ends[1]);
  return is_fixed;
}

/* Lets scripts look by themselves whether they are to be interrupted. Otherwise a thread of the library sends
   signals to them, and at times aborts the process. False where somebody else began to use the library
   before. */
static inline bool evlog_JSUsePollingTraps(void) {
  return !evlog_JSSettingsAreFixed() && jsc_options_set_boolean("usePollingTraps", 1);
}

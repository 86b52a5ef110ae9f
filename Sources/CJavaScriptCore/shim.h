#if !__has_include(<JavaScriptCore/JavaScript.h>)
#error "evlog needs JavaScriptCore: apt-get install libjavascriptcoregtk-4.1-dev (or build with --disable-default-traits)"
#endif
#include <JavaScriptCore/JavaScript.h>
#include <stdbool.h>

/* Exported by the library, declared in headers that it does not install. */
typedef bool (*evlog_JSShouldTerminateCallback)(JSContextRef ctx, void *context);
JS_EXPORT void JSContextGroupSetExecutionTimeLimit(
    JSContextGroupRef group, double limit, evlog_JSShouldTerminateCallback callback,
    void *context);
JS_EXPORT void JSGlobalContextSetEvalEnabled(
    JSGlobalContextRef ctx, bool enabled, JSStringRef message);
/* The characters stay the caller's, and are read for as long as somebody looks at the string. */
JS_EXPORT JSStringRef JSStringCreateWithCharactersNoCopy(const JSChar *chars, size_t numChars);

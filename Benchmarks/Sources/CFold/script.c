#include "CFold.h"
#include <JavaScriptCore/JavaScript.h>
#include <stdlib.h>
#include <string.h>

/* JavaScriptCore by itself: payloads that are in memory, a thousand in one JSON text. */

/* Exported by the library, declared in a header that it does not install. */
JSStringRef JSStringCreateWithCharactersNoCopy(const JSChar *chars, size_t numChars);

enum { BATCH = 1000 };

static const char *source =
    "(() => {"
    "  const s = { cents: {}, last: '' };"
    "  return (text) => {"
    "    if (text === '') {"
    "      let sum = 0n;"
    "      for (const [account, cents] of Object.entries(s.cents))"
    "        sum += BigInt(cents) * (2n * BigInt(account.slice(-7)) + 1n);"
    "      return BigInt.asUintN(64, sum).toString();"
    "    }"
    "    for (const data of JSON.parse(text)) {"
    "      const account = data.account;"
    "      s.cents[account] = (s.cents[account] ?? 0) + Number(data.amount.replace('.', ''));"
    "      s.last = account;"
    "    }"
    "  };"
    "})()";

static JSValueRef call(JSContextRef context, JSObjectRef fold, JSStringRef text) {
  JSValueRef argument = JSValueMakeString(context, text), exception = NULL;
  JSValueRef result = JSObjectCallAsFunction(context, fold, NULL, 1, &argument, &exception);
  if (exception) bench_fail("the script throws");
  return result;
}

/// The events' data as one array in UTF-16, which the engine takes faster than UTF-8.
static size_t join(const struct bench_events *all, JSChar *text) {
  JSChar *out = text;
  for (uint64_t i = 0; i < all->count; i++) {
    const struct bench_event *event = &all->events[i];
    *out++ = i == 0 ? '[' : ',';
    for (uint32_t j = 0; j < event->data_count; j++) *out++ = event->data[j];
  }
  *out++ = ']';
  return (size_t)(out - text);
}

struct bench_result limit_fold_script(const struct bench_task *task) {
  JSGlobalContextRef context = JSGlobalContextCreate(NULL);
  JSStringRef code = JSStringCreateWithUTF8CString(source);
  JSObjectRef fold =
      JSValueToObject(context, JSEvaluateScript(context, code, NULL, NULL, 1, NULL), NULL);
  JSStringRelease(code);
  JSValueProtect(context, fold);
  JSChar *text = bench_alloc(BATCH * 1024 * sizeof *text);
  struct bench_events all = {0};
  struct bench_result result = {0};
  uint64_t time = 0;
  while (result.events < task->events) {
    uint64_t left = task->events - result.events;
    bench_events_fill(&all, task, result.events, left < BATCH ? left : BATCH);
    uint64_t start = bench_clock();
    JSStringRef string = JSStringCreateWithCharactersNoCopy(text, join(&all, text));
    call(context, fold, string);
    JSStringRelease(string);
    time += bench_clock() - start;
    result.events += all.count;
  }
  JSStringRef nothing = JSStringCreateWithUTF8CString("");
  JSStringRef sum = JSValueToStringCopy(context, call(context, fold, nothing), NULL);
  char digits[32];
  JSStringGetUTF8CString(sum, digits, sizeof digits);
  result.checksum = strtoull(digits, NULL, 10);
  result.seconds = (double)time / 1e9;
  JSStringRelease(sum);
  JSStringRelease(nothing);
  JSValueUnprotect(context, fold);
  JSGlobalContextRelease(context);
  bench_events_free(&all);
  free(text);
  return result;
}

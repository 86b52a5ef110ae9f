#if !__has_include(<JavaScriptCore/JavaScript.h>)
#error "The benchmarks need JavaScriptCore: apt-get install libjavascriptcoregtk-4.1-dev"
#endif
#include <JavaScriptCore/JavaScript.h>

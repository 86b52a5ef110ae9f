#include "EvlogPages.h"

// The files in `Page`, as they are. The compiler notes that this file depends on them.
// `#embed` is of C23, and this compiler has it in any version of C.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

static const uint8_t index_html[] = {
#embed "Page/index.html"
};

#define PAGE(name, bytes, type) {name, bytes, sizeof(bytes), type}

static const evlog_page pages[] = {
    PAGE("index.html", index_html, HTML),
};

size_t evlog_page_count(void) { return sizeof(pages) / sizeof(pages[0]); }

evlog_page evlog_page_at(size_t number) { return pages[number]; }

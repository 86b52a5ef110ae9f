#ifndef EVLOG_PAGES_H
#define EVLOG_PAGES_H

#include <stddef.h>
#include <stdint.h>

/// A file of the studio's page.
typedef struct {
  const char *name;
  const uint8_t *bytes;
  size_t length;
  const char *content_type;
} evlog_page;

/// How many files there are.
size_t evlog_page_count(void);

/// A file by its number, which is less than the count.
evlog_page evlog_page_at(size_t number);

#endif

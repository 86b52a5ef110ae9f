#ifndef EVLOG_COMPONENT_SCRIPTS_H
#define EVLOG_COMPONENT_SCRIPTS_H

#include <stddef.h>
#include <stdint.h>

/// A component's machine in JavaScript.
typedef struct {
  const char *name;
  const uint8_t *bytes;
  size_t length;
} evlog_component_script;

/// How many components there are.
size_t evlog_component_script_count(void);

/// A component by its number, which is less than the count.
evlog_component_script evlog_component_script_at(size_t number);

#endif

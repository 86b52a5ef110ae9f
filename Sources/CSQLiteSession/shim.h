// The part of SQLite's session extension that evlog uses (https://sqlite.org/sessionintro.html). The
// library has it; its header shows it only to those who define SQLITE_ENABLE_SESSION, which GRDB does not.
#ifndef EVLOG_SQLITE_SESSION_H
#define EVLOG_SQLITE_SESSION_H

int sqlite3session_create(void *db, const char *schema, void **session);
void sqlite3session_delete(void *session);
int sqlite3session_attach(void *session, const char *table);
int sqlite3session_changeset(void *session, int *size, void **changes);
int sqlite3changeset_invert(int size, const void *changes, int *invertedSize, void **inverted);
int sqlite3changeset_apply(void *db, int size, void *changes, int (*filter)(void *, const char *),
                           int (*conflict)(void *, int, void *), void *context);
void sqlite3_free(void *memory);

// A changeset meets exactly the rows that it was made from; anything else ends it.
static inline int evlog_abort_on_conflict(void *context, int kind, void *place) {
  (void)context;
  (void)kind;
  (void)place;
  return 2; // SQLITE_CHANGESET_ABORT
}

static inline int evlog_changeset_apply(void *db, int size, void *changes) {
  return sqlite3changeset_apply(db, size, changes, 0, evlog_abort_on_conflict, 0);
}

#endif

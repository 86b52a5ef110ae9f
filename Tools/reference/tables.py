"""Events as a table, and projections: SQL that keeps tables, in a file of sections."""

import json
import re
import sqlite3

import exact
from events import JSON_TYPE, Refused
from exact import Malformed, canonical

COLUMNS = ["offset", "stream", "revision", "type", "schemaVersion", "time", "id", "causation",
           "correlation", "contentType", "metadata", "data", "beginsTurn", "turn", "causes"]

def json_text(data, content_type=JSON_TYPE):
    """The text of what is JSON; none is None, and all else is an error. Where a key is there twice, the last counts."""
    if data and content_type != JSON_TYPE:
        raise Malformed("it is not JSON")
    value, repeats = data and exact.parse(data), []
    json.loads(data or "0", parse_int=str, parse_float=str,
               object_pairs_hook=lambda pairs: repeats.append(len(dict(pairs)) < len(pairs)))
    return (canonical(value) if any(repeats) else data.decode("utf-8")) if data else None

def row_of(event, starts=()):
    """An event as the table has it, where what is not JSON is NULL."""
    texts, causes = [], event.causation
    for given in [(event.metadata,), (event.data, event.content_type)]:
        try:
            texts.append(json_text(*given))
        except Malformed:
            texts.append(None)
    return [event.offset, event.stream, event.revision, event.type, event.schema_version, exact.time_text(event.time),
            event.id, column(causes[0] if len(causes) == 1 else causes or None), event.correlation,
            event.content_type, *texts, event.offset in starts, event.turn, column(causes or None)]

def add_events(db, log, cut):
    db.execute("CREATE TEMP TABLE events (" + ", ".join(f'"{name}"' for name in COLUMNS) + ")")
    starts = {offset for offset, _ in log.turns}
    db.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})",
                   [row_of(event, starts) for event in log.events[:cut]])

class Projection:
    """A file of SQL in sections: `-- projection: NAME VERSION`, `-- on: TYPE`, `-- ignore: TYPE, …`."""

    def __init__(self, source):
        self.on, self.ignored, self.tables = {}, set(), ""
        parts = re.split(r"(?m)^-- (projection|on|ignore): (.*)\n", source)[1:]
        for kind, names, sql in zip(parts[::3], parts[1::3], parts[2::3]):
            if kind == "projection":
                self.name, version, self.tables = *names.split(), sql
                self.version = int(version)
            elif kind == "on":
                self.on.update((name.strip(), sql) for name in names.split(","))
            else:
                self.ignored.update(name.strip() for name in names.split(","))

    @property
    def identity(self):
        """What makes its tables what they are: one more type that is ignored does not."""
        return self.name, self.version, self.tables.strip(), {t: sql.strip() for t, sql in self.on.items()}

class Tables:
    """A projection's tables: those that the events before `position` make."""

    def __init__(self, projection):
        self.projection, self.position, self.failure = projection, 0, None
        self.applied = []  # Shows whether the log has still the same past.
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(projection.tables)

    def follow(self, log, cut):
        """Applies events until one fails: then it stops, and later runs try that one again."""
        self.failure = None
        for event in log.events[self.position:cut]:
            try:
                self.apply(event)
            except (sqlite3.Error, Malformed, KeyError) as error:
                self.db.rollback()
                self.failure = (event, str(error))
                raise Refused(f"offset {event.offset}: {error}", 3) from None
            self.db.commit()
            self.position = event.offset + 1
            self.applied.append(event.content())

    def apply(self, event):
        if event.type in self.projection.ignored:
            return
        self.db.execute("BEGIN")
        fields = dict(zip(COLUMNS, row_of(event)))
        for sql in re.split(r"(?<=;)", self.projection.on[event.type]):
            given = {}
            names = re.findall(r"([:@])([A-Za-z_]\w*)(?: ->> '\$\.(\w+)')?", re.sub(r"'[^'$]*'", "", sql))
            for sign, name, member in names:
                text = json_text(event.data, event.content_type) if sign == ":" or name == "data" else None
                _ = json_text(event.metadata) if (sign, name) == ("@", "metadata") else None
                data = exact.parse(text or "{}")
                value = data.get(member or None) if isinstance(data, dict) else None
                if isinstance(value, str) and "\0" in value:
                    raise Malformed("SQLite's functions for JSON would end the text at U+0000")
                given[name] = fields[name] if sign == "@" else column(data[name] if isinstance(data, dict) else {}[name])
            self.db.execute(sql, given)

def column(value):
    """A member of the data as a column of SQLite; a number that is beyond 64 bits is a double."""
    if isinstance(value, (int, exact.Decimal)):
        return int(value) if value == int(value) and -2**63 <= value < 2**63 else float(value)
    return canonical(value) if isinstance(value, (list, dict)) else value

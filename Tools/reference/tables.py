"""Events as a table, and projections: SQL that keeps tables, in a file of sections."""

import re
import sqlite3

import exact
from events import JSON_TYPE, Refused
from exact import Malformed, canonical

COLUMNS = ["offset", "stream", "revision", "type", "schemaVersion", "time", "id", "causation",
           "correlation", "contentType", "metadata", "data", "beginsTurn", "turn"]


def json_text(data, content_type=JSON_TYPE):
    """The text of what is JSON; none is None, and all else is an error."""
    if not data:
        return None
    if content_type != JSON_TYPE:
        raise Malformed("it is not JSON")
    exact.parse(data)
    return data.decode("utf-8")


def json_or_null(data, content_type=JSON_TYPE):
    try:
        return json_text(data, content_type)
    except Malformed:
        return None


def row_of(event, starts):
    return [event.offset, event.stream, event.revision, event.type, event.schema_version,
            exact.time_text(event.time), event.id, event.causation, event.correlation,
            event.content_type, json_or_null(event.metadata),
            json_or_null(event.data, event.content_type), event.offset in starts, event.turn]


def add_events(db, log, cut):
    db.execute("CREATE TEMP TABLE events (" + ", ".join(f'"{name}"' for name in COLUMNS) + ")")
    starts = {offset for offset, _ in log.turns}
    rows = [row_of(event, starts) for event in log.events[:cut]]
    db.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})", rows)


def ask(db, sql):
    """The columns and the rows of a query."""
    try:
        cursor = db.execute(sql)
        return [column[0] for column in cursor.description], [list(row) for row in cursor.fetchall()]
    except sqlite3.Error as error:
        raise Refused(f"the query is wrong: {error}") from None


def shown(value):
    """A value of SQLite as JSON: bytes are a text, and what is beyond all doubles is 9e999."""
    if isinstance(value, float) and abs(value) == float("inf"):
        return exact.Decimal("9e999") * (1 if value > 0 else -1)
    return "x'" + value.hex() + "'" if isinstance(value, bytes) else value


class Projection:
    """A file of SQL in sections: `-- projection: NAME VERSION`, `-- on: TYPE`, `-- ignore: TYPE, …`."""

    def __init__(self, source):
        self.on, self.ignored, self.tables = {}, set(), ""
        parts = re.split(r"(?m)^-- (projection|on|ignore): (.*)\n", source)[1:]
        for kind, names, sql in zip(parts[::3], parts[1::3], parts[2::3]):
            if kind == "projection":
                self.name, self.version, self.tables = *names.split(), sql
                self.version = int(self.version)
            for name in [name.strip() for name in names.split(",")]:
                if kind == "on":
                    self.on[name] = sql
                if kind == "ignore":
                    self.ignored.add(name)

    @property
    def identity(self):
        """What makes its tables what they are: one more type that is ignored does not."""
        return self.name, self.version, self.tables.strip(), {t: sql.strip() for t, sql in self.on.items()}


class Tables:
    """A projection's tables: those that the events before `position` make."""

    def __init__(self, projection):
        self.projection = projection
        self.position, self.failure = 0, None
        self.applied = []  # What was applied, to see whether the log has still the same past.
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
        for sql in statements(self.projection.on[event.type]):
            names = set(re.findall(r"([:@])([A-Za-z_]\w*)", re.sub(r"'[^']*'", "", sql)))
            fields = {"offset": event.offset, "stream": event.stream, "revision": event.revision,
                      "type": event.type, "time": exact.time_text(event.time), "id": event.id,
                      "causation": event.causation, "correlation": event.correlation,
                      "schemaVersion": event.schema_version, "metadata": lambda: json_text(event.metadata),
                      "data": lambda: json_text(event.data, event.content_type)}
            given = {}
            for sign, name in names:
                if sign == "@":
                    given[name] = fields[name]() if callable(fields[name]) else fields[name]
                else:
                    data = exact.parse(json_text(event.data, event.content_type) or "{}")
                    given[name] = column(data[name] if isinstance(data, dict) else {}[name])
            self.db.execute(sql, given)


def statements(sql):
    rows, current = [], ""
    for part in sql.split(";"):
        current += part
        if sqlite3.complete_statement(current + ";") and current.strip():
            rows.append(current)
            current = ""
        else:
            current += ";"
    return rows


def column(value):
    """A member of the data as a column of SQLite; a number that is beyond 64 bits is a double."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, dict)):
        return canonical(value)
    if isinstance(value, (int, exact.Decimal)):
        if value == int(value) and -2**63 <= value < 2**63:
            return int(value)
        return float(value)
    return value

"""Events, how they are read from NDJSON, and a log: a list of them.

An event is found by its offset, its place in the list. A turn is a row of events that were added
together; `turns` has the offset of each turn's first event, and the turn's id.
"""

import base64
import copy
import gzip
import zlib

import exact
from exact import Malformed

RESERVED = ("evlog.", "import:")  # Names and turn ids that begin so are evlog's own.
WINDOW = 64  # By so many events it is told what a file is a copy of.
JSON_TYPE = "application/json"

class Refused(Exception):
    """What a verb does not do; `status` is the command's exit code."""

    def __init__(self, why, status=2):
        super().__init__(why)
        self.status = status

class Event:
    """A recorded fact. `data` and `metadata` are bytes; no data is no bytes, no metadata is None."""

    def __init__(self, stream="", type=""):
        self.stream, self.type = stream, type
        self.data, self.metadata = b"", None
        self.id, self.causation, self.correlation = None, [], None
        self.schema_version, self.content_type = 1, JSON_TYPE
        self.time = None  # Nanoseconds since 1970.
        self.offset = self.revision = self.turn = None  # The id of the turn that it begins.

    def value(self):
        """The data as a machine sees it: no data is an empty object, bytes are an array of numbers."""
        try:
            metadata = exact.parse(self.metadata or b"null")
        except Malformed:
            metadata = None  # Bytes.
        exact.scripted(metadata)  # What a machine cannot see of it, it cannot take.
        if self.content_type != JSON_TYPE:
            return list(self.data)
        return exact.scripted(exact.parse(self.data)) if self.data else {}

    def line(self):
        """The line that `read --ndjson` prints, and that `import` reads."""
        unusual = [("schemaVersion", self.schema_version, 1), ("time", exact.time_text(self.time), None),
                   ("id", self.id, None), ("causation", self.causation[0] if len(self.causation) == 1 else self.causation, []),
                   ("correlation", self.correlation, None), ("contentType", self.content_type, JSON_TYPE), ("turn", self.turn, None)]
        parts = [("offset", self.offset), ("stream", self.stream), ("revision", self.revision), ("type", self.type),
                 *((key, value) for key, value, usual in unusual if value != usual)]
        parts = [(key, exact.canonical(value)) for key, value in parts]
        parts += [payload("data", self.data)] if self.data else []
        parts += [payload("metadata", self.metadata)] if self.metadata is not None else []
        return "{" + ",".join(f'"{key}":{text}' for key, text in parts) + "}"

    def json(self):
        return exact.parse(self.line())

    def content(self):
        """What makes two events the same, wherever they are."""
        return [getattr(self, key) for key in ["stream", "type", "data", "metadata", "id", "causation",
                "correlation", "schema_version", "content_type", "time"]]

def payload(key, data):
    """Bytes as they are where they are JSON on one line, else in base64 under another name."""
    try:
        exact.parse(data)
        if data[:1] not in b" \t" and data[-1:] not in b" \t" and not set(b"\r\n") & set(data):
            return key, data.decode("utf-8")
    except Malformed:
        pass
    return f"{key}64", '"' + base64.b64encode(data).decode("ascii") + '"'

ALIASES = {"meta": "metadata", "contentType": "content_type", "schemaVersion": "schema_version"}

def event(line, stream=None, ignored=()):
    """The event that a line of NDJSON is."""
    event = Event(stream or "")
    parts = exact.members(exact.utf8(line))
    names = [ALIASES.get(key.removesuffix("64"), key.removesuffix("64")) for key, _, _ in parts]
    if len(set(names)) < len(names):
        raise Malformed("a field is there twice")
    for name, (key, value, text) in zip(names, parts):
        if key in ["data64", "metadata64"]:
            try:
                value = base64.b64decode(needs(str, value), validate=True)
            except ValueError:
                raise Malformed(f"'{key}' is not base64") from None
        elif key in ["data", "metadata", "meta"]:
            value = None if value is None and key == "meta" else text.encode("utf-8")
        elif key == "time":
            value = None if value is None else exact.time(needs(str, value))
        elif key == "schemaVersion":
            if not 0 <= needs(int, value) < 2**32:
                raise Malformed("'schemaVersion' is out of range")
        elif key == "causation":
            value = [needs(str, id) for id in (value if isinstance(value, list) else [] if value is None else [value])]
        elif key in ["stream", "type", "contentType", "id", "correlation"]:
            needs((str, type(None)) if key in ["id", "correlation"] else str, value)
        elif key in ["offset", "revision", "turn", *ignored]:
            continue
        else:
            raise Malformed(f"'{key}' is not a field of an event")
        setattr(event, name, value)
    event_check(event)
    return event

def needs(kind, value):
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed("a field is of another kind")
    return value

def event_check(event):
    limits = [(event.stream, 512), (event.type, 256), (event.content_type, 128), (event.id, 256),
              (event.correlation, 256), *((cause, 256) for cause in event.causation)]
    if not event.stream or not event.type or len(event.causation) > 256:
        raise Malformed("'stream' or 'type' is missing, or there are too many causes")
    if any(len((text or "").encode("utf-8")) > limit for text, limit in limits):
        raise Malformed("a name is too long")
    if event.type.startswith(RESERVED[0]) or event.stream.startswith(RESERVED[0]):
        raise Malformed("types and streams that begin with 'evlog.' are evlog's own")

def lines(content):
    """The lines of a file that are not blank. A file that is compressed and damaged is none."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise Refused("the file is not whole gzip") from None
    if content[:3] == b"\xef\xbb\xbf":
        content = content[3:]
    return [line for line in content.split(b"\n") if line.strip(b" \t\r")]

class Log:
    """A row of events, with what has been imported."""

    def __init__(self):
        self.events = []
        self.turns = []  # (offset, id)
        self.imported = []  # Of each file that was imported, the offsets of its events.

    def add(self, events, turn=None):
        """Appends a turn. It gives the events their offsets and revisions."""
        self.turns.append((len(self.events), turn))
        for i, event in enumerate(events):
            event = copy.copy(event)
            event.offset = len(self.events)
            event.revision = next((e.revision + 1 for e in self.events[::-1] if e.stream == event.stream), 0)
            event.turn = turn if i == 0 else None
            self.events.append(event)

    def append(self, events, turn=None):
        """A turn with an id that the log has is not added again; other events under it are refused."""
        if turn is not None and turn.startswith(RESERVED):
            raise Refused("such turns are evlog's own")
        for offset, id in self.turns:
            if turn is not None and id == turn:
                end = next((o for o, _ in self.turns if o > offset), len(self.events))
                if [e.content() for e in self.events[offset:end]] != [e.content() for e in events]:
                    raise Refused("the turn is in the log, with other events", 1)
                return offset, end, True
        start = len(self.events)
        self.add(events, turn)
        return start, len(self.events), False

    def load(self, content, batch=1000, stream=None, ignored=()):
        """Imports a file. What an earlier import of it has added is not added again.

        Returns how many events were added, in how many turns, and how many were there already. A changed
        copy of what was imported is refused. Before an error only whole turns are added.
        """
        new, problem = [], None
        for number, line in enumerate(lines(content), 1):
            try:
                new.append(event(line, stream, ignored))
            except Malformed as error:
                problem = f"line {number}: {error}"
                break
        if problem and any(self.imported) and len(new) < WINDOW:
            raise Refused(problem)  # What it is a copy of is not known yet.
        source = self.source(new)
        there = min(len(source), len(new))
        turns = [new[i:i + batch] for i in range(there, len(new), batch)]
        if problem and turns and len(turns[-1]) < batch:
            turns.pop()
        for row in turns:
            source += range(len(self.events), len(self.events) + len(row))
            self.add(row)
        if problem:
            raise Refused(problem)
        return sum(map(len, turns)), len(turns), there

    def source(self, new):
        """The offsets of what was imported of the file that these events begin."""
        agreeing, changed = [], False
        rows = [row.content() for row in new]
        window = [row for i, row in enumerate(rows[:WINDOW]) if row not in rows[:i]]
        for offsets in filter(len, self.imported if rows else []):
            old = [self.events[offset].content() for offset in offsets]
            same = [a == b for a, b in zip(rows, old)]
            moved = sum(row in old[:2 * WINDOW] for row in window)
            if all(same):
                agreeing.append(offsets)
            elif sum(same[:WINDOW]) * 2 >= len(same[:WINDOW]) or moved > 1 and moved * 2 > len(window):
                changed = True
        if agreeing:
            return min(agreeing, key=len)
        if changed:
            raise Refused("the file is a changed copy of what was imported")
        self.imported.append([])
        return self.imported[-1]

    def truncate(self, cut):
        if cut < len(self.events) and cut not in [offset for offset, _ in self.turns]:
            raise Refused("the cut is in the middle of a turn")
        gone = self.events[cut:], sum(offset >= cut for offset, _ in self.turns)
        del self.events[cut:]
        self.turns = [turn for turn in self.turns if turn[0] < cut]
        self.imported = [[offset for offset in row if offset < cut] for row in self.imported]
        return gone

    def cut(self, text):
        """A cut is a number, or a time: the cut before the first event of then or later."""
        if text is None:
            return len(self.events)
        if not (text.isascii() and text.isdigit()):
            moment = exact.time(text)
            return next((e.offset for e in self.events if e.time >= moment), len(self.events))
        if int(text) > len(self.events):
            raise Refused("the cut is beyond the log's end")
        return int(text)

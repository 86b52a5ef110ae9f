"""A session: steps in a folder, made up from a seed.

A step is ("write", file, bytes), ("remove", path), ("evlog", arguments) for an answer in JSON,
("raw", arguments) for one that is bytes, ("text", arguments) for people, or ("kill", arguments,
seconds), an import that is killed.
"""

import json
import random as randoms

import exact
import runs
from differences import named
from sessions.command import World
from rendering import swift
from sessions.logs import Lines, PLAIN, compressed, whole
from sessions.tables import EVENT_TYPES, Machines, Projections


CHANGING = ["import", "append", "truncate", "backup", "restore", "project"]  # What comes after depends on them.


class Session:
    def __init__(self, steps):
        self.steps = steps


def table_bytes(table):
    return json.dumps(table, ensure_ascii=False).encode()


class Maker:
    """Makes a session step by step, and lets the reference go along to know what is in the log."""

    def __init__(self, seed, is_compiled=False):
        self.random = randoms.Random(seed)
        self.is_compiled = is_compiled
        self.lines = Lines(self.random)
        if is_compiled:
            self.lines.oddness = 0
        self.machines, self.projections = Machines(self.random), Projections(self.random)
        self.world = World()
        self.steps = []
        self.files = {}  # By name, the lines.
        self.version = 1
        self.has_tables = False

    # --- Steps ------------------------------------------------------------------------------------

    def write(self, name, content):
        self.steps.append(("write", name, content))
        self.world.files[name] = content

    def evlog(self, *arguments, kind="evlog"):
        self.steps.append((kind, list(arguments)))
        if arguments[0] in CHANGING:
            self.world.run(list(arguments))

    @property
    def log(self):
        return self.world.logs["log"]

    def end(self):
        return len(self.log.events)

    def some_cut(self):
        if self.random.random() < 0.1 and self.end():
            return exact.time_text(self.random.choice(self.log.events).time)
        return str(self.random.randint(0, self.end()))

    def workers(self):
        kind = self.random.random()
        return ["--workers", "1"] if kind < 0.2 else ["--no-snapshots"] if kind < 0.3 else []

    def question(self, verb, *rest, kind=None):
        """A question about a machine, mostly for JSON."""
        kind = kind or ("text" if self.random.random() < 0.1 else "evlog")
        workers = self.workers() if verb != "diff" else []
        return self.evlog(verb, "log", *rest, "--machine", self.name, *workers, kind=kind)

    def begin(self):
        random = self.random
        count = random.choice([1, 3, 5, 8, 12, 16, 20, 30])
        self.files["a.ndjson"] = self.lines.lines(count)
        self.write("a.ndjson", whole(self.files["a.ndjson"], random))
        self.evlog("import", "log", "a.ndjson", "--batch", str(random.choice([1, 3, 5, 1000])))
        self.name, self.other = "m.js", "m2.js"
        if self.is_compiled:
            self.table, other = random.sample(swift.tables(), 2)
            self.name, self.other = self.table["name"], other["name"]
        else:
            self.table = self.machines.machine()
            self.write("m.json", table_bytes(self.table))

    # --- What changes the log ---------------------------------------------------------------------

    def append(self):
        random = self.random
        if random.random() < 0.5:
            self.write("b.ndjson", whole(self.lines.lines(random.randrange(1, 4)), random))
            turn = ["--turn", random.choice(["t1", "t1", "t2"])] if random.random() < 0.4 else []
            if random.random() < 0.05:
                turn = ["--turn", "import:x"]
            self.evlog("append", "log", "--file", "b.ndjson", *turn)
            if turn and random.random() < 0.5:
                self.evlog("append", "log", "--file", "b.ndjson", *turn)
            return
        data = ["--data", self.lines.data()]
        if random.random() < 0.1 and not self.is_compiled:
            data = random.choice([[], ["--data", ""]])
        if data and "\u0000" in data[1]:
            return
        expect = ["--expect", f"s={random.choice(['none', 'exists', 'any', '0', '2'])}"] if random.random() < 0.3 else []
        type = random.choice(EVENT_TYPES) if random.random() < 0.97 else "evlog.lost"
        self.evlog("append", "log", "--stream", random.choice(["s", "t"]), "--type", type,
                   "--time", self.lines.time(), *data, *expect, *self.causes())

    def causes(self):
        random = self.random
        count = random.choice([1, 2, 3]) if self.lines.is_odd() and random.random() < 0.3 else 0
        return [part for _ in range(count) for part in ["--causation", f"e{random.randrange(1, 30)}"]]

    def import_again(self):
        """The same file again: whole, grown, less of it, or changed."""
        random = self.random
        name = random.choice(list(self.files))
        lines = list(self.files[name])
        kind = random.choice(["same", "more", "less", "changed", "changed", "wrong"])
        if kind == "more":
            lines += self.lines.lines(random.randrange(1, 5))
        if kind == "less":
            lines = lines[:random.randrange(1, len(lines) + 1)]
        if kind == "changed":
            lines[random.randrange(len(lines))] = self.lines.line()
        if kind == "wrong":
            lines.insert(random.randrange(len(lines) + 1), self.lines.wrong_line())
        else:
            self.files[name] = lines
        content = whole(lines, random)
        self.write(name, compressed(content, random) if random.random() < 0.15 else content)
        batch = ["--batch", str(random.choice([1, 2, 3, 7, 1000]))] if random.random() < 0.5 else []
        is_packed = self.world.files[name][:2] == b"\x1f\x8b"
        source = f"/dev/fd/{name}" if random.random() < 0.1 and not is_packed else name
        self.evlog("import", "log", source, *batch, *(["--seal"] if random.random() < 0.1 else []))

    def import_other(self):
        self.files["c.ndjson"] = self.lines.lines(self.random.randrange(1, 8))
        self.write("c.ndjson", whole(self.files["c.ndjson"], self.random))
        self.evlog("import", "log", "c.ndjson", "--batch", str(self.random.choice([1, 2, 1000])))

    def seal(self):
        self.evlog("seal", "log")

    def truncate(self):
        cut = self.random.choice([offset for offset, _ in self.log.turns] + [self.random.randint(0, self.end())])
        self.evlog("truncate", "log", "--to", str(cut))
        if self.random.random() < 0.7:
            self.evlog("truncate", "log", "--to", str(cut), "--drop", str(self.end() - cut))

    def kill(self):
        rows = self.lines.lines(20) * 40
        rows = [row.replace(b'"type"', b'"causation":"%d","type"' % i, 1) if b"causation" not in row else row
                for i, row in enumerate(rows)]
        self.write("k.ndjson", b"\n".join(rows) + b"\n")
        self.steps.append(("kill", ["import", "log", "k.ndjson", "--batch", "4"],
                           self.random.choice([0.02, 0.05, 0.08, 0.12])))
        self.is_killed = True

    def back_up(self):
        target = self.random.choice(["copy", "copy", "copy", "log", "log/.", "log/backup"])
        self.evlog("backup", "log", target)
        if target == "copy" and self.random.random() < 0.5:
            self.evlog("read", "copy")
            self.evlog("restore", "copy", "other") if "other" not in self.world.logs else None

    def drop_caches(self):
        self.steps.append(("remove", self.random.choice(["log/snapshots", "log/verdicts", "log/index"])))

    def snapshot(self):
        self.evlog("snapshot create", "log", "--machine", self.name, "--at", self.some_cut())

    def index(self):
        self.evlog("index", "log", "--machine", self.name)

    def write_other(self):
        if not self.is_compiled:
            self.write("m2.json", table_bytes(self.machines.edited(self.table)))

    def edit_machine(self):
        if self.is_compiled:
            return
        self.table = self.machines.edited(self.table)
        self.write("m.json", table_bytes(self.table))

    # --- Questions --------------------------------------------------------------------------------

    def read(self):
        random = self.random
        choice = []
        if random.random() < 0.3:
            choice += ["--stream", random.choice(self.lines.streams)]
        if random.random() < 0.3:
            choice += ["--type", random.choice(EVENT_TYPES)]
        if random.random() < 0.3:
            choice += ["--from", self.some_cut()]
        if random.random() < 0.3:
            choice += ["--to", self.some_cut()]
        if random.random() < 0.2 and self.end():
            choice += [random.choice(["--since", "--until"]), exact.time_text(random.choice(self.log.events).time)]
        if random.random() < 0.3:
            choice += ["--backwards"]
        if random.random() < 0.3:
            choice += ["--limit", str(random.randrange(5))]
        if random.random() < 0.5:
            self.evlog("read", "log", "--ndjson", *choice, kind="raw")
        else:
            self.evlog("read", "log", *choice, kind=random.choice(["evlog", "evlog", "text"]))

    def stats(self):
        self.evlog("stats", "log", kind=self.random.choice(["evlog", "text"]))

    def verify(self):
        self.evlog("verify", "log", *(["--deep"] if self.random.random() < 0.3 else []))

    def state(self):
        self.question("state", "--at", self.some_cut(), *self.key())

    def key(self, share=0.4):
        scope = self.table["scope"]
        if scope == "log" or self.random.random() > share:
            return []
        return ["--key", self.random.choice(self.lines.streams if scope == "stream" else PLAIN + EVENT_TYPES)]

    def replay(self):
        self.question("replay", "--at", self.some_cut(), *(["--check"] if self.random.random() < 0.7 else []))

    def bisect(self):
        choice = ["--to", self.some_cut()] if self.random.random() < 0.3 else []
        if self.random.random() < 0.2:
            choice += ["--invariant", self.random.choice(list(self.table["invariants"]))]
        self.question("bisect", *choice)

    def violation(self):
        """What to say of a violation: none, an invariant, or an event that broke it."""
        random = self.random
        run = runs.over(self.world.machine(self.name), self.log.events)
        broken = [finding for finding in run.findings() if finding.broken]
        if not broken or random.random() < 0.3:
            return []
        finding = random.choice(broken)
        choice = ["--invariant", finding.name]
        offsets = [cut - 1 for cut, _ in finding.broken if cut]
        if offsets and random.random() < 0.6:
            choice += ["--offset", str(random.choice(offsets))]
        return choice

    def why(self):
        self.question("why", *self.violation())

    def minimise(self):
        if self.end() <= 14:
            self.question("minimise", *self.violation(), kind="evlog")

    def place(self):
        random = self.random
        if self.table["scope"] == "log" and random.random() < 0.4:
            return self.leaf()
        return random.choice(["n", "by", "by.a", "by.b", "rows", "rows[0]", "last", "state", "seen", "list[0]",
                              "items[id=1]", "items", 'by["é"]', "by[\"e\u0301\"]", "seen.s.at"])

    def leaf(self):
        """The path of something that is in the state, mostly of an element by its id where it has one."""
        state = runs.over(self.world.machine(self.name), self.log.events).whole()
        steps, children = [], [(None, None)]
        while children and (not steps or self.random.random() < 0.8):
            members = named(state, "id") if isinstance(state, list) and self.random.random() < 0.8 else None
            children = (list(state.items()) if isinstance(state, dict) else
                        [(("id", name), item) for name, item in (members or {}).items()] or
                        list(enumerate(state)) if isinstance(state, list) else [])
            rich = [child for child in children if child[0] in ["items", "list"] and child[1]]
            if rich and self.random.random() < 0.5:
                children = rich
            if children:
                step, state = self.random.choice(children)
                steps.append(step)
        return exact.path_text(steps)

    def blame(self):
        key = self.key(1)
        self.question("blame", self.place(), *key, "--at", self.some_cut(),
                      *(["--history"] if self.random.random() < 0.6 else []))

    def diff(self):
        if self.random.random() < 0.3:
            self.write_other()
            self.question("diff", "--against", self.other, kind="evlog")
            return
        self.evlog("diff", "log", self.some_cut(), self.some_cut(), "--machine", self.name, *self.key())

    def compare(self):
        self.write_other()
        self.question("compare", "--against", self.other)

    def what_if(self):
        random, end = self.random, self.end()
        if not end:
            return
        offset = random.randrange(end)
        edit = random.choice([
            ["--drop", str(offset)], ["--drop", str(offset)],
            ["--drop", f"{offset}-{random.randrange(offset, end)}"],
            ["--drop", f"type={random.choice(EVENT_TYPES)}"], ["--drop", f"stream={random.choice(self.lines.streams)}"],
            ["--replace", f'{offset}:{{"data":{{"k":"a","n":{random.choice([-50, 0, 50])}}}}}'],
            ["--replace", f'{offset}:{{"type":"{random.choice(EVENT_TYPES)}"}}'],
            ["--insert", f'{offset}:{{"stream":"s","type":"A","data":{{"k":"b","n":-9}}}}'],
            ["--swap", f"{offset},{random.randrange(end)}"]])
        if edit[0] == "--swap" and len(set(edit[1].split(","))) == 1:
            return
        self.question("what-if", *edit)

    def map(self):
        by = [] if "regions" in self.table and self.random.random() < 0.7 else ["--by", self.random.choice(["last", "n", "by.a", self.place()])]
        self.question("map", *by)

    def audit(self):
        if self.random.random() < 0.3:
            self.question("audit", kind="evlog")

    # --- Tables -----------------------------------------------------------------------------------

    def project(self):
        random = self.random
        if not self.has_tables or random.random() < 0.3:
            if self.has_tables and random.random() < 0.5:
                self.version += 1
            self.write("p.sql", self.projections.source(self.version))
            self.has_tables = True
        verb = random.choice(["run", "run", "run", "status", "rebuild"])
        self.evlog("project", verb, "log", "--projection", "p.sql")
        if random.random() < 0.4:
            self.query()

    def query(self):
        random = self.random
        choice = []
        has_tables = self.has_tables and random.random() < 0.7
        if has_tables:
            choice += ["--projection", "p.sql"]
        if random.random() < 0.4:
            choice += ["--at", self.some_cut()]
        sql = self.projections.query(has_tables)
        if random.random() < 0.3:
            self.evlog("query", "log", sql, "--csv", *choice, kind="raw")
        else:
            self.evlog("query", "log", sql, *choice, kind=random.choice(["evlog", "evlog", "evlog", "text"]))

    CHANGES = ["append", "append", "append", "import_again", "import_again", "import_other", "seal", "truncate",
               "back_up", "drop_caches", "snapshot", "index", "edit_machine", "project", "project"]
    QUESTIONS = ["read", "read", "stats", "verify", "state", "state", "replay", "bisect", "bisect", "bisect", "why",
                 "why", "minimise", "blame", "blame", "diff", "diff", "compare", "what_if", "what_if", "what_if",
                 "map", "audit", "query", "query", "query"]

    def make(self):
        self.begin()
        for _ in range(self.random.choice([3, 5, 7])):
            for _ in range(self.random.choice([0, 0, 1, 1, 2])):
                getattr(self, self.random.choice(self.CHANGES))()
            for _ in range(self.random.choice([1, 1, 2])):
                getattr(self, self.random.choice(self.QUESTIONS))()
        if self.random.random() < 0.03:
            self.kill()
        return Session(self.steps)


def made(seed, is_compiled=False):
    return Maker(seed, is_compiled).make()

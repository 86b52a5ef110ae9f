"""The `evlog` command: the answer and the exit code to each question, by its arguments.

An answer has the members of the command's JSON that follow from the events and the machine; the
others (how long it took, what was kept) are not its business. What a question may answer in more
than one way is checked instead, by a function that gets the command's JSON.
"""

import copy

import exact
import regions
import runs
import tables
from rendering import swift
from differences import Changes, children, writers
from edits import Pair, edited
from events import Event, Log, Refused, event as read_event, event_check, lines
from exact import Malformed, NOTHING, canonical, path_text
from machines import Machine
from sessions.checks import named_causes, reads, without_turn, wrong_minimum, wrote

VALUES = """stream type data metadata time id causation correlation schema-version file turn expect
batch ignore-field from to since until limit machine at key invariant against offset drop replace
insert swap by projection episodes depth places workers mode top policy seed in on-failure
expr handler-seconds""".split()
MANY = ["causation", "type", "drop", "replace", "insert", "swap", "invariant", "expect", "ignore-field"]


class Answer:
    def __init__(self, status=0, json=None, text=None, checks=()):
        self.status, self.json, self.text, self.checks = status, json, text, list(checks)


class Options:
    def __init__(self, arguments):
        self.places, self.flags, self.values = [], set(), {}
        row = iter(arguments)
        for argument in row:
            if not argument.startswith("--"):
                self.places.append(argument)
            elif argument[2:] in VALUES:
                self.values.setdefault(argument[2:], []).append(next(row))
            else:
                self.flags.add(argument[2:])

    def __getitem__(self, name):
        found = self.values.get(name, [])
        return found if name in MANY else (found[-1] if found else None)

    def one(self, name):
        return (self.values.get(name) or [None])[-1]


class World:
    """The folder that the command runs in: logs and files by their names."""

    def __init__(self):
        self.logs, self.files = {}, {}
        self.tables = {}  # By log and projection: the tables that are kept.

    def run(self, arguments):
        """The answer to `evlog ARGUMENTS --json`."""
        verb, rest = arguments[0], arguments[1:]
        if verb == "project":
            verb, rest = f"{verb} {rest[0]}", rest[1:]
        try:
            answer = getattr(self, verb.replace(" ", "_").replace("-", "_"))(Options(rest))
        except (Refused, Malformed) as error:
            return Answer(getattr(error, "status", 2))
        if answer.json is not None:
            answer.json = {"evlog": 1, "command": verb, **answer.json}
        return answer

    def log(self, name):
        if name not in self.logs:
            raise Refused(f"there is no log '{name}'")
        return self.logs[name]

    def machine(self, name):
        """A machine of a file, or one that is compiled in."""
        if "." not in name:
            machine = Machine(next(table for table in swift.tables() if table["name"] == name))
            machine.names_types = False
            return machine
        return Machine(exact.scripted(exact.parse(self.files[name.removesuffix(".js") + ".json"])))

    def replayed(self, o, option="at", needs_all=True, key=None, isolates=False):
        """The log, the machine and its run to a cut; one that must not have failed, as a whole or for a key."""
        machine = self.machine(o["machine"])
        log = self.log(o.places[0])
        cut = log.cut(o[option])
        run = runs.over(machine, log.events, cut)
        if isolates and run.failure:
            raise Refused("the machine failed", 3)
        if needs_all and not isolates and (run.failure or (run.failed if key is None else key in run.failed)):
            raise Refused("the machine failed", 3)
        return log, machine, cut, run

    # --- Events -----------------------------------------------------------------------------------

    def init(self, o):
        if o.places[0] in self.logs:
            raise Refused("there is a log already")
        self.logs[o.places[0]] = Log()
        return Answer(json={"path": o.places[0]})

    def append(self, o):
        log = self.log(o.places[0])
        try:
            if o["file"]:
                events = [read_event(line, o["stream"]) for line in lines(self.files[o["file"]])]
            else:
                event = Event(o["stream"], o["type"][0])
                event.data = (o["data"] or "").encode("utf-8")
                event.metadata = o["metadata"] and o["metadata"].encode("utf-8")
                for part in [event.data] if o["data"] is not None else []:
                    exact.parse(part)
                if event.metadata is not None:
                    exact.parse(event.metadata)
                event.time = exact.time(o["time"]) if o["time"] else None
                event.id, event.causation, event.correlation = o["id"], o["causation"], o["correlation"]
                event.schema_version = int(o["schema-version"] or 1)
                event_check(event)
                events = [event]
        except Malformed as error:
            raise Refused(str(error)) from None
        if not events:
            raise Refused("there is no event")
        if o["turn"] is None or o["turn"] not in [id for _, id in log.turns]:
            for expectation in o["expect"]:
                self.expect(log, expectation)
        first, end, was_there = log.append(events, o["turn"])
        streams = {e.stream: e.revision for e in log.events[first:end]}
        return Answer(json={"firstOffset": first, "endOffset": end, "wasAlreadyThere": was_there,
                            "revisions": streams})

    def expect(self, log, text):
        stream, _, wanted = text.rpartition("=")
        count = sum(e.stream == stream for e in log.events)
        is_so = {"none": count == 0, "exists": count > 0, "any": True}.get(wanted)
        if is_so is None:
            is_so = count == int(wanted) + 1
        if not is_so:
            raise Refused(f"the stream is not at {wanted}", 1)

    def import_(self, o):
        name, file = o.places
        content = self.files[file.removeprefix("/dev/fd/")]
        log = self.logs.get(name, Log())
        if is_event(lines(content)[:1], o["stream"]):
            self.logs[name] = log  # No log is made of what does not even begin with an event.
        added, turns, known = log.load(content, int(o["batch"] or 1000), o["stream"], o["ignore-field"])
        self.logs[name] = log
        return Answer(json={"addedEvents": added, "addedTurns": turns, "alreadyThere": known,
                            "end": len(log.events)})

    def selected(self, o):
        log = self.log(o.places[0])
        first, end = log.cut(o["from"]) if o["from"] else 0, log.cut(o["to"])
        row = [e for e in log.events[first:end]
               if (o["stream"] is None or e.stream == o["stream"])
               and (not o["type"] or e.type in o["type"])
               and (o["since"] is None or e.time >= exact.time(o["since"]))
               and (o["until"] is None or e.time < exact.time(o["until"]))]
        row = row[::-1] if "backwards" in o.flags else row
        return log, row[:int(o["limit"])] if o["limit"] else row

    def read(self, o):
        log, row = self.selected(o)
        if "ndjson" in o.flags:
            return Answer(text="".join(e.line() + "\n" for e in row))
        return Answer(json={"events": [e.json() for e in row], "end": len(log.events)})

    def stats(self, o):
        log = self.log(o.places[0])
        times = [e.time for e in log.events]
        return Answer(json={
            "events": len(log.events), "types": counts(e.type for e in log.events),
            "streams": counts(e.stream for e in log.events),
            "firstTime": exact.time_text(min(times)) if times else None,
            "lastTime": exact.time_text(max(times)) if times else None})

    def verify(self, o):
        return Answer(json={"events": len(self.log(o.places[0]).events), "damage": []})

    def seal(self, o):
        self.log(o.places[0])
        return Answer()

    def truncate(self, o):
        log = self.log(o.places[0])
        end, cut = len(log.events), int(o["to"])
        changed = log if o.one("drop") else copy.deepcopy(log)
        if cut > end or o.one("drop") and int(o.one("drop")) != end - cut:
            raise Refused("not so many events go")
        gone, turns = changed.truncate(cut)
        times = [e.time for e in gone]

        def ends(event):
            return {"offset": event.offset, "type": event.type, "stream": event.stream}

        return Answer(1 if gone and not o.one("drop") else 0, {
            "cut": cut, "isDone": o.one("drop") is not None, "events": len(gone), "turns": turns,
            "endOffset": end, "unreadable": 0,
            "firstTime": exact.time_text(min(times)) if times else None,
            "lastTime": exact.time_text(max(times)) if times else None,
            "first": ends(gone[0]) if gone else None, "last": ends(gone[-1]) if gone else None})

    def backup(self, o):
        source, target = (name.rstrip("/").removesuffix("/.") for name in o.places)
        log = self.log(source)
        if target == source or target.startswith(source + "/"):
            raise Refused("a log is not backed up into itself")
        there = self.logs.get(target)
        if there and [e.content() for e in there.events] != [
                e.content() for e in log.events[:len(there.events)]]:
            raise Refused("the folder has another history")
        self.logs[target] = copy.deepcopy(log)
        return Answer(json={"cut": len(log.events)})

    restore = backup

    # --- States -----------------------------------------------------------------------------------

    def state(self, o):
        log, machine, cut, run = self.replayed(o, key=o["key"])
        if o["key"] is None:
            return Answer(json={"cut": cut, "key": None, "state": run.whole(cut), **unconcerned(run)})
        state = run.state(o["key"], cut) if machine.scope != "log" else None
        if state is None:
            raise Refused("there is no such state")
        return Answer(json={"cut": cut, "key": o["key"], "state": state, **unconcerned(run)})

    def replay(self, o):
        log, machine, cut, run = self.replayed(o, isolates="check" in o.flags)
        if "check" not in o.flags:
            return Answer(json={"cut": cut, **unconcerned(run)})
        findings = run.findings()
        status = outcome(run, findings)
        return Answer(status, {"cut": cut, **run.keys(), "outcome": {0: "clean", 1: "violated", 3: "inconclusive"}[status],
                               "invariants": [finding.json() for finding in findings]})

    def bisect(self, o):
        log, machine, cut, run = self.replayed(o, "to", needs_all=False)
        wanted = self.wanted(machine, o)
        answers, checks = [], []
        findings = [runs.Finding(run, name) for name in wanted]
        for i, finding in enumerate(findings):
            answer = finding.json()
            answers.append(answer)
            if finding.episodes:
                first = finding.episodes[0]
                event = log.events[first["brokenBy"]] if first["firstCut"] else None
                answer.update({"offset": first["brokenBy"], "event": event and event.json(),
                               "changes": self.changed(run, first["firstCut"])})
                if event:
                    checks.append(lambda found, i=i, first=first: reads(
                        run, first["key"], first["brokenBy"], found["invariants"][i]["lastWriters"]))
        status = outcome(run, findings)
        return Answer(status, {"cut": cut, "judgedThrough": run.judged_through, **run.keys(),
                               "invariants": answers, "failure": Some if run.failure else None}, checks=checks)

    def wanted(self, machine, o):
        if not machine.invariants or set(o["invariant"]) - set(machine.invariants):
            raise Refused("there is no such invariant")
        return [name for name in machine.invariants if not o["invariant"] or name in o["invariant"]]

    def changed(self, run, cut):
        """What the event before a cut changed; a new key's state begins with nothing in it."""
        moment = next((m for m in run.moments if m.cut == cut), None)
        if moment is None or moment.after is None:
            return Changes({}, {})
        return Changes({} if run.is_first(moment) else moment.before, moment.after)

    def violation(self, o):
        """The violation that is asked about: of an invariant, at an offset, or the first one."""
        log, machine, cut, run = self.replayed(o, "to", needs_all=False)
        names = self.wanted(machine, o) if machine.invariants else []
        findings = [runs.Finding(run, name) for name in names]
        found = [(cut, finding, key) for finding in findings for cut, key in finding.broken]
        if o["offset"] is not None:
            found = [violation for violation in found if violation[0] == int(o["offset"]) + 1]
            if not found:
                raise Refused("the event there broke nothing")
        if not found:
            if outcome(run, findings) == 3:
                raise Refused("not everything could be judged", 3)
            return log, machine, run, None
        return log, machine, run, min(found, key=lambda violation: violation[0])

    def why(self, o):
        log, machine, run, violation = self.violation(o)
        if violation is None:
            return Answer(json={"invariant": None, **run.keys()})
        cut, finding, key = violation
        answer = {"invariant": finding.name, "key": key, "offset": cut - 1 if cut else None,
                  **keys_before(run, cut)}

        def check(found):
            wrong = []
            for reason in found["reasons"]:
                offset = reason["event"]["offset"]
                if canonical(reason["event"]) != canonical(without_turn(log.events[offset].json(), reason["event"])):
                    wrong.append(f"the event at {offset} is {canonical(reason['event'])}")
                wrong += reads(run, key, offset, (reason.get("read") or []) + reason.get("judgedBefore", []))
                wrong += wrote(run, offset, reason["wrote"])
                causes = [found["offset"] for found in reason["causes"]]
                if causes != named_causes(log, offset):
                    wrong.append(f"the causes of the event at {offset} are {causes}")
            return wrong

        return Answer(1, answer, checks=[check])

    def minimise(self, o):
        log, machine, run, violation = self.violation(o)
        if violation is None:
            return Answer(json={"invariant": None, **run.keys()})
        cut, finding, key = violation
        if cut == 0:
            raise Refused("the initial state is violated", 3)

        def check(found):
            kept = [(row["event"]["offset"], row["butFor"]) for row in found["kept"]]
            return wrong_minimum(machine, log, finding.name, key, cut - 1, kept)

        return Answer(1, {"invariant": finding.name, "key": key, "offset": cut - 1, **keys_before(run, cut)},
                      checks=[check])

    def blame(self, o):
        machine = self.machine(o["machine"])
        try:
            steps, key = exact.path(o.places[1]), o["key"] if machine.scope != "log" else ""
        except Malformed as error:
            raise Refused(str(error)) from None
        if machine.scope != "log" and key is None:
            key, steps = steps[0], steps[1:]
        log, machine, cut, run = self.replayed(o, key=key)
        state = run.state(key, cut)
        value = NOTHING if state is None else exact.at(state, steps)
        found = writers(run, steps, key, cut)
        if value is NOTHING and not found:
            raise Refused("there is nothing, and never was")
        found = found if "history" in o.flags else found[-1:]
        return Answer(json={
            "path": path_text(steps), "key": key if machine.scope != "log" else None, "cut": cut,
            "value": None if value is NOTHING else value,
            "writers": [{"event": e.json(), "changes": made} for e, made in found]})

    def diff(self, o):
        log, machine = self.log(o.places[0]), self.machine(o["machine"])
        other = self.machine(o["against"]) if o["against"] else machine
        cuts = [log.cut(text) for text in o.places[1:]] or [len(log.events)]
        sides = []
        for machine, cut in [(machine, cuts[0]), (other, cuts[-1])]:
            run = runs.over(machine, log.events, cut)
            if run.failure or (run.failed if o["key"] is None else o["key"] in run.failed):
                raise Refused("the machine failed", 3)
            state = run.whole() if o["key"] is None else run.state(o["key"])
            sides.append(NOTHING if state is None else state)
        found = Changes(*sides)
        return Answer(1 if found.all else 0, {"same": not found.all, "changes": found,
                                          "pathCount": paths(*sides)})

    def what_if(self, o):
        log, machine = self.log(o.places[0]), self.machine(o["machine"])
        cut = log.cut(o["to"])
        row = edited(log, cut, o["drop"], o["replace"], o["insert"], o["swap"])
        return self.pair(Pair(runs.over(machine, log.events, cut), runs.Run(machine, row, cut), log, cut))

    def compare(self, o):
        log = self.log(o.places[0])
        cut = log.cut(o["to"])
        machines = [self.machine(o[name]) for name in ["machine", "against"]]
        isolates = machines[0].scope == machines[1].scope
        first, second = (runs.over(machine, log.events, cut, isolates) for machine in machines)
        return self.pair(Pair(first, second, log, cut))

    def pair(self, pair):
        rows = pair.invariants()
        is_same = not pair.divergences and all(row["change"] == "same" for row in rows)
        keys = [run.keys() for run in pair.runs]
        return Answer(status_of(pair, rows), {
            **({} if any(pair.failures) else {name: [row[name] for row in keys] for name in keys[0]}),
            "judgedThrough": pair.judged, "same": is_same, "divergences": pair.divergences,
            "failures": [failure and (Some if run.judged_through == pair.judged and not other else Any)
                         for run, failure, other in zip(pair.runs, pair.failures, pair.failures[::-1])],
            "event": pair.event and pair.event.json(), "final": pair.final, "invariants": rows,
            **({"changes": pair.changes} if pair.event else {})})

    def map(self, o):
        log, machine, cut, run = self.replayed(o, "to", isolates=True)
        if not o["by"] and not machine.regions:
            raise Refused("the machine declares no regions")
        chart = regions.chart(run, exact.path(o["by"]) if o["by"] else None)
        if o["by"] and chart["types"] and {row["name"] for row in chart["regions"]} <= {"(nothing)", regions.BEGINNING}:
            raise Refused("there is nothing at that path in any state")
        broken = any(chart["counts"][mark] for mark in ["deviation", "lie", "broken"])
        return Answer(1 if broken else 3 if run.failed else 0, {"cut": cut, **chart})

    def audit(self, o):
        log, machine = self.log(o.places[0]), self.machine(o["machine"])
        run = runs.over(machine, log.events, log.cut(o["to"]))
        has_failed = run.failure or run.failed
        return Answer(3 if has_failed else 0, {
            "deterministic": True, "events": run.judged_through, "offset": None, "differs": None,
            "failedKeyCount": 0 if run.failure else len(run.failed), "failure": Some if has_failed else None})

    # --- Caches, which change no answer -----------------------------------------------------------

    def snapshot_create(self, o):
        self.replayed(o, isolates=True)
        return Answer()

    def index(self, o):
        if self.machine(o["machine"]).scope == "stream":
            raise Refused("of a machine with a state per stream there is no index")
        self.replayed(o)
        return Answer()

    # --- Tables -----------------------------------------------------------------------------------

    def query(self, o):
        log = self.log(o.places[0])
        cut = log.cut(o["at"])
        if not o["projection"]:
            db = tables.sqlite3.connect(":memory:")
        elif o["at"] is not None:
            made = tables.Tables(self.projection(o))
            made.follow(log, cut)
            db = made.db
        else:
            kept = self.kept(o)
            db, cut = kept.db, kept.position
        db.executescript("DROP TABLE IF EXISTS temp.events")
        tables.add_events(db, log, cut)
        db.commit()
        columns, rows = ask(db, o.places[1])
        rows = [[shown(value) for value in row] for row in rows]
        if "csv" in o.flags:
            return Answer(text=Csv([columns, *rows]))
        return Answer(json={"cut": cut, "end": len(log.events), "columns": columns, "rows": rows})

    def projection(self, o):
        return tables.Projection(self.files[o["projection"]].decode("utf-8"))

    def kept(self, o):
        """The tables that are kept, if they are of this projection and of this log's past."""
        projection, log = self.projection(o), self.log(o.places[0])
        kept = self.tables.get((o.places[0], projection.name))
        if kept is None:
            raise Refused("there are no tables")
        if kept.projection.identity != projection.identity:
            raise Refused("the tables are of another text of the projection")
        if kept.applied != [e.content() for e in log.events[:kept.position]]:
            raise Refused("the tables are of another log")
        return kept

    def project_run(self, o):
        projection, log = self.projection(o), self.log(o.places[0])
        place = o.places[0], projection.name
        if place not in self.tables:
            self.tables[place] = tables.Tables(projection)
        kept = self.kept(o)
        start = kept.position
        kept.follow(log, len(log.events))
        return Answer(json={"projection": self.name(projection), "from": start,
                            "progress": self.progress(kept, log)})

    def project_rebuild(self, o):
        projection, log = self.projection(o), self.log(o.places[0])
        # What fails leaves the tables that were there, and where none were, empty ones.
        self.tables.setdefault((o.places[0], projection.name), tables.Tables(projection))
        made = tables.Tables(projection)
        made.follow(log, len(log.events))
        self.tables[o.places[0], projection.name] = made
        return Answer(json={"projection": self.name(projection), "position": made.position})

    def project_status(self, o):
        kept, log = self.kept(o), self.log(o.places[0])
        failures = [] if kept.failure is None else [
            {"offset": kept.failure[0].offset, "stream": kept.failure[0].stream,
             "type": kept.failure[0].type, "outcome": "stop"}]
        return Answer(1 if failures else 0, {
            "projection": self.name(kept.projection), "isCurrent": True,
            "progress": self.progress(kept, log), "failures": failures})

    def name(self, projection):
        return {"name": projection.name, "version": projection.version}

    def progress(self, kept, log):
        return {"position": kept.position, "head": len(log.events),
                "lag": len(log.events) - kept.position, "skipped": 0, "quarantined": 0}


def is_event(rows, stream):
    try:
        return [read_event(row, stream) for row in rows]
    except Malformed:
        return []


def status_of(pair, rows):
    """1 where something is known to differ, 3 where it is only unknown whether it does."""
    if any(pair.failures):
        return 3
    if pair.divergences or any(row["change"] in ["gone", "new", "other"] or not (row["first"] and row["second"])
                               for row in rows):
        return 1
    return 3 if any(row["change"] != "same" for row in rows) or any(run.failed for run in pair.runs) else 0


def outcome(run, findings):
    """The exit code: 1 where something is violated, 3 where something could not be judged."""
    if any(finding.episodes for finding in findings):
        return 1
    if run.failure or run.failed or any(finding.undefined for finding in findings):
        return 3
    return 0


def ask(db, sql):
    """The columns and the rows of a query."""
    try:
        cursor = db.execute(sql)
        return [column[0] for column in cursor.description], [list(row) for row in cursor.fetchall()]
    except tables.sqlite3.Error as error:
        raise Refused(f"the query is wrong: {error}") from None


def shown(value):
    """A value of SQLite as JSON: bytes are a text, and what is beyond all doubles is 9e999."""
    if isinstance(value, float) and abs(value) == float("inf"):
        return exact.Decimal("9e999") * (1 if value > 0 else -1)
    return "x'" + value.hex() + "'" if isinstance(value, bytes) else value


def paths(old, new):
    """How many places are in one of two values or in both; where they are of two kinds, in that which has more."""
    pairs = None if old is NOTHING or new is NOTHING else children(old, new)
    if pairs is None:
        return max(leaves(old), leaves(new))
    return max(1, sum(paths(a, b) for _, a, b in pairs))


def leaves(value):
    """How many places are in a value: its leaves, and its empty arrays and objects."""
    if value is NOTHING:
        return 0
    if isinstance(value, (list, dict)) and value:
        return sum(map(leaves, value if isinstance(value, list) else value.values()))
    return 1


def keys_before(run, cut):
    """What is said of keys beside a violation: behind it, the log need not have been judged."""
    failed = [failure for failure in run.keys()["failedKeys"] if failure["offset"] < cut]
    return {"keys": None, "failedKeys": failed, "unconcerned": None}


def unconcerned(run):
    return {"unconcerned": run.keys()["unconcerned"]}


class Some:
    """Any text."""


class Any:
    """Anything: of two runs the second need not be tried where the first has ended."""


class Csv:
    """Rows as RFC 4180 has them, however they are quoted."""

    def __init__(self, rows):
        self.rows = [["" if value is None else value for value in row] for row in rows]


def counts(names):
    found = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


setattr(World, "import", World.import_)

"""What-if and compare: two runs beside each other."""

import copy

import exact
from differences import Changes
from events import Refused, event as read_event
from exact import canonical
from machines import HOLDS
from runs import Finding

def edited(log, end, drop=(), replace=(), insert=(), swap=()):
    """The events of a log up to a cut as they would have been, each with the cut it leads to."""
    replaced, inserted, dropped = {}, {}, set()

    def original(offset):
        if not 0 <= offset < end:
            raise Refused(f"there is no event at offset {offset}")
        return replaced.get(offset, log.events[offset])

    for text in drop:
        kind, equals, name = text.partition("=")
        first, _, last = text.partition("-")
        if equals and kind in ["stream", "type"]:
            gone = {e.offset for e in log.events[:end] if getattr(e, kind) == name}
        else:
            gone = range(original(int(first)).offset, original(int(last or first)).offset + 1)
        dropped.update(gone or [original(-1)])  # There must be some.
    for text in replace:
        offset, event = made(text, log, original)
        replaced[offset] = event
    for text in insert:
        offset, _, line = text.partition(":")
        event = read_event(line.encode("utf-8"))
        place = original(min(int(offset), max(end, 1) - 1))
        event.offset, event.revision = int(offset), 0
        event.time = place.time if event.time is None else event.time
        inserted.setdefault(int(offset), []).append(event)
    for text in swap:
        a, b = map(int, text.split(","))
        first, second = copy.copy(original(a)), copy.copy(original(b))
        first.offset, second.offset = b, a
        replaced[a], replaced[b] = second, first
    row = []
    for event in log.events[:end]:
        row += [(other, event.offset + 1) for other in inserted.get(event.offset, [])]
        if event.offset not in dropped:
            row.append((replaced.get(event.offset, event), event.offset + 1))
    return row + [(other, end) for other in inserted.get(end, [])]

def made(text, log, original):
    """An event with other members; bytes stand for what they are, whichever way they are given."""
    offset, _, given = text.partition(":")
    event = original(int(offset))
    new, own = exact.members(given), exact.members(log.events[int(offset)].line())
    fields = {key.removesuffix("64") for key, _, _ in new}
    kept = [part for part in own if part[0].removesuffix("64") not in fields]
    line = "{" + ",".join(f"{canonical(key)}:{text}" for key, _, text in kept + new) + "}"
    result = read_event(line.encode("utf-8"))
    result.offset, result.revision = event.offset, event.revision
    result.time = event.time if result.time is None else result.time
    return int(offset), result

class Pair:
    """Two runs, compared at every cut up to where the first of them ended."""

    def __init__(self, first, second, log, end):
        self.runs = first, second
        self.failures = [run.failure[1] if run.failure else None for run in self.runs]
        self.judged = min(run.judged_through for run in self.runs)
        # Of a key at which one of the two has failed, nothing is compared from there on.
        gone = [{key for run in self.runs for key, (_, _, at) in run.failed.items() if at <= cut}
                for cut in range(self.judged + 1)]
        states = [[run.whole(cut, gone[cut]) for cut in range(self.judged + 1)] for run in self.runs]
        differs = [canonical(a) != canonical(b) for a, b in zip(*states)]
        self.divergences = []
        for cut, (was_different, is_different) in enumerate(zip([False, *differs], differs)):
            if is_different and not was_different:
                self.divergences.append({"firstCut": cut, "endCut": None})
            elif was_different and not is_different:
                self.divergences[-1]["endCut"] = cut
        self.event, self.changes = None, None
        if self.divergences:
            cut = self.divergences[0]["firstCut"]
            self.event = log.events[cut - 1] if cut else None
            before = self.runs[0].whole(max(cut, 1) - 1, gone[cut])
            self.changes = {"first": Changes(before, states[0][cut]), "second": Changes(before, states[1][cut])}
        self.final = [] if any(self.failures) else Changes(states[0][-1], states[1][-1])
        for run in self.runs:
            run.judged_through = self.judged

    def invariants(self):
        """What became of each invariant, and of it for each key that it did not hold for at every event."""
        first, second = self.runs
        rows, is_keyed = [], first.machine.scope == second.machine.scope != "log"
        for name in {**first.verdicts, **second.verdicts}:
            findings = [Finding(run, name) if name in run.verdicts else None for run in self.runs]
            is_whole = not (any(self.failures) or first.failed or second.failed)
            rows += self.by_key(name) if is_keyed and all(findings) else [self.row(name, None, findings, is_whole)]
        return rows

    def by_key(self, name):
        keys = {}
        for run in self.runs:
            bad = [(cut, key) for key, row in run.verdicts[name].items() for cut, verdict in row
                   if verdict != HOLDS and cut <= self.judged]
            keys.update({key: None for _, key in sorted(bad, key=lambda b: (b[0], b[1].encode()))})
        is_whole = not any(self.failures)
        rows = [self.row(name, key, [Finding(run, name, [key]) for run in self.runs],
                         is_whole and not any(key in run.failed for run in self.runs)) for key in keys]
        if not keys or not is_whole:
            rows.append(self.row(name, None, [Finding(run, name, []) for run in self.runs], is_whole))
        return rows

    def row(self, name, key, findings, is_whole):
        return {"name": name, "key": key, "change": self.change(*findings, is_whole),
                "first": findings[0] and findings[0].json(), "second": findings[1] and findings[1].json()}

    def change(self, a, b, is_whole):
        """What became of an invariant: what was not judged is not known to be the same, nor to be gone."""
        if a is None or b is None:
            return "undefined"
        known = [is_whole and not finding.undefined for finding in (a, b)]
        if bool(a.episodes) != bool(b.episodes):
            return ("gone" if a.episodes else "new") if known[1 if a.episodes else 0] else "undefined"
        if a.episodes != b.episodes or a.broken != b.broken:
            is_earlier = a.episodes[0]["firstCut"] != b.episodes[0]["firstCut"]
            return "other" if is_whole or is_earlier else "undefined"
        undefined = [(len(finding.undefined), finding.undefined[:1]) for finding in (a, b)]
        return "same" if all(known) or is_whole and undefined[0] == undefined[1] else "undefined"


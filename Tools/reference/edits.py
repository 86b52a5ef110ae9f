"""What-if and compare: two runs beside each other."""

import copy

import exact
from differences import Changes
from events import Refused, event as read_event
from exact import Malformed, canonical
from runs import Run


def edited(log, end, drop=(), replace=(), insert=(), swap=()):
    """The events of a log up to a cut as they would have been, each with the cut it leads to."""
    replaced, inserted, dropped = {}, {}, set()

    def original(offset):
        if not 0 <= offset < end:
            raise Refused(f"there is no event at offset {offset}")
        return replaced.get(offset, log.events[offset])

    for text in drop:
        kind, equals, name = text.partition("=")
        if equals and kind in ["stream", "type"]:
            gone = {e.offset for e in log.events[:end] if getattr(e, kind) == name}
            if not gone:
                raise Refused(f"there is no event of the {kind} '{name}'")
        else:
            first, _, last = text.partition("-")
            gone = set(range(original(int(first)).offset, original(int(last or first)).offset + 1))
        dropped |= gone
    for text in replace:
        offset, event = made(text, log, original)
        replaced[offset] = event
    for text in insert:
        offset, _, line = text.partition(":")
        event = read(line)
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


def read(line):
    try:
        return read_event(line.encode("utf-8"))
    except Malformed as error:
        raise Refused(str(error)) from None


def made(text, log, original):
    """An event with other members; bytes stand for what they are, whichever way they are given."""
    offset, _, given = text.partition(":")
    event = original(int(offset))
    try:
        new, own = exact.members(given), exact.members(log.events[int(offset)].line())
    except Malformed as error:
        raise Refused(str(error)) from None
    fields = {key.removesuffix("64") for key, _, _ in new}
    kept = [part for part in own if part[0].removesuffix("64") not in fields]
    line = "{" + ",".join(f"{canonical(key)}:{text}" for key, _, text in kept + new) + "}"
    result = read(line)
    result.offset, result.revision = event.offset, event.revision
    result.time = event.time if result.time is None else result.time
    return int(offset), result


class Pair:
    """Two runs, compared at every cut up to where the first of them ended."""

    def __init__(self, first, second, log, end):
        self.runs = first, second
        self.failures = [run.failure[1] if run.failure else None for run in self.runs]
        self.judged = min(run.judged_through for run in self.runs)
        states = [[run.whole(cut) for cut in range(self.judged + 1)] for run in self.runs]
        differs = [canonical(a) != canonical(b) for a, b in zip(*states)]
        self.divergences = []
        for cut, is_different in enumerate(differs):
            if is_different and (cut == 0 or not differs[cut - 1]):
                self.divergences.append({"firstCut": cut, "endCut": None})
            elif not is_different and cut > 0 and differs[cut - 1]:
                self.divergences[-1]["endCut"] = cut
        self.event, self.changes = None, None
        if self.divergences:
            cut = self.divergences[0]["firstCut"]
            self.event = log.events[cut - 1] if cut else None
            before = states[0][max(cut, 1) - 1]
            self.changes = {"first": Changes(before, states[0][cut]), "second": Changes(before, states[1][cut])}
        self.final = []
        if not any(self.failures):
            self.final = Changes(states[0][-1], states[1][-1])
        for run in self.runs:
            run.judged_through = self.judged

    def invariants(self):
        """By name, what became of each invariant, with both findings."""
        first, second = ({f.name: f for f in run.findings()} for run in self.runs)
        rows = []
        for name in [*first, *(name for name in second if name not in first)]:
            a, b = first.get(name), second.get(name)
            rows.append({"name": name, "change": self.change(a, b),
                         "first": a and a.json(), "second": b and b.json()})
        return rows

    def change(self, a, b):
        """What became of an invariant: what was not judged is not known to be the same, nor to be gone."""
        if a is None or b is None:
            return "undefined"
        to_end = not any(self.failures)
        known = [to_end and not finding.undefined for finding in (a, b)]
        if bool(a.episodes) != bool(b.episodes):
            return ("gone" if a.episodes else "new") if known[1 if a.episodes else 0] else "undefined"
        if a.episodes != b.episodes:
            is_earlier = a.episodes[0]["firstCut"] != b.episodes[0]["firstCut"]
            return "other" if to_end or is_earlier else "undefined"
        undefined = [(len(finding.undefined), finding.undefined[:1]) for finding in (a, b)]
        return "same" if all(known) or to_end and undefined[0] == undefined[1] else "undefined"

    @property
    def is_same(self):
        return not self.divergences and all(row["change"] == "same" for row in self.invariants())

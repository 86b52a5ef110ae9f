"""What a minimised log is: it breaks the rule, nothing of it can be left out, and nothing else heals it."""

from itertools import combinations

from exact import Malformed
from machines import Failed
from runs import Run

BREAKS, EARLIER, DOES_NOT, INVALID = "breaks", "breaks earlier", "does not break", "is no log"

def outcome(machine, name, key, events, last):
    """What an invariant does when some events are replayed, and then the one that breaks it."""
    run = Run(machine, [(event, event.offset + 1) for event in [*events, last]], last.offset + 1)
    if run.failure or key in run.failed:
        return INVALID
    row = run.verdicts[name].get("" if key is None else key, [])
    if not row or row[-1][0] != last.offset + 1 or row[-1][1] == 2:
        return INVALID
    if row[-1][1] != 1:
        return DOES_NOT
    return EARLIER if any(verdict == 1 for _, verdict in row[:-1]) else BREAKS

def heals(machine, name, key, events, rest, last, limit):
    """Whether some of the rest, added back, heal what some events break: each is tried alone, of few every choice."""
    choices = [[event] for event in rest]
    if len(rest) <= limit:
        choices = [c for n in range(1, len(rest) + 1) for c in combinations(rest, n)]
    rows = [sorted([*events, *choice], key=lambda event: event.offset) for choice in choices]
    return any(outcome(machine, name, key, row, last) == DOES_NOT for row in rows)

def concerns(machine, event, key):
    if machine.scope == "stream":
        return event.stream == key
    if machine.scope == "key":
        try:
            return event.type not in machine.ignored and machine.key_for(event) == key
        except (Failed, Malformed):
            return False
    return True

"""What a minimised log must be, tried by brute force. It says what is wrong with an answer."""

from itertools import combinations

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


def complaints(machine, log, name, key, offset, kept, others_limit=9):
    """`kept` are (offset, whether the log without it alone is not broken), the last one is `offset`."""
    last = log.events[offset]
    considered = [event for event in log.events[:offset] if concerns(machine, event, key)]
    offsets = [o for o, _ in kept]
    chosen = [event for event in considered if event.offset in offsets]
    if len(chosen) + 1 != len(kept) or offsets[-1] != offset:
        return [f"kept {offsets}, which are not events of the log before {offset}"]
    wrong = []

    def tried(events):
        return outcome(machine, name, key, events, last)

    if tried(chosen) not in [BREAKS, EARLIER]:
        return [f"{offsets} do not break it: {tried(chosen)}"]
    others = [event for event in considered if event not in chosen]

    def healed(events, rest):
        choices = [[event] for event in rest]
        if len(rest) <= others_limit:
            choices = [c for n in range(1, len(rest) + 1) for c in combinations(rest, n)]
        return any(tried(in_order([*events, *choice])) == DOES_NOT for choice in choices)

    if healed(chosen, others):
        wrong.append(f"{offsets} are healed by other events of the log")
    for event, (_, but_for) in zip(chosen, kept):
        rest = [other for other in chosen if other is not event]
        if tried(rest) == BREAKS and len(others) < others_limit and not healed(rest, others + [event]):
            wrong.append(f"{event.offset} is not needed")
        without = [other for other in considered if other is not event]
        if (tried(without) == DOES_NOT) != but_for:
            wrong.append(f"but-for of {event.offset} should be {not but_for}")
    return wrong


def in_order(events):
    return sorted(events, key=lambda event: event.offset)


def concerns(machine, event, key):
    if machine.scope == "stream":
        return event.stream == key
    if machine.scope == "key":
        try:
            return event.type not in machine.ignored and machine.key_for(event) == key
        except Exception:
            return False
    return True

"""Makes a failing session as small as it gets: steps, lines of files, and rules of machines."""

import json

from sessions.player import play
from sessions.session import Session


def shrunk(session, found, calls, is_same=None, most=400):
    """A session with fewer steps, lines and rules that still disagrees at a question of the same verb."""
    best = Session(session.steps[:found.step + 1])
    tries = 0

    def fails(steps):
        nonlocal tries, found
        tries += 1
        if tries > most:
            return False
        try:
            other, _ = play(Session(steps), calls)
        except Exception:  # The reference does not know what a half of a session means.
            return False
        if other is None or other.kind != found.kind:
            return False
        found = other
        return True

    while True:
        before = best.steps
        best = Session(without_steps(best.steps, fails))
        best = Session(without_parts(best.steps, fails))
        if best.steps == before or tries > most:
            return best, found


def halves(row, is_enough):
    """What is left of a row when parts of it are left out, half of it first, then fewer."""
    size = max(1, len(row) // 2)
    while True:
        start, count = 0, len(row)
        while start < len(row):
            rest = row[:start] + row[start + size:]
            if is_enough(rest):
                row = rest
            else:
                start += size
        if size > 1:
            size //= 2
        elif len(row) == count:
            return row


def without_steps(steps, fails):
    last = steps[-1]
    return halves(steps[:-1], lambda rest: fails([*rest, last])) + [last]


def without_parts(steps, fails):
    for i, step in enumerate(steps):
        if step[0] != "write":
            continue

        def replaced(content, i=i, step=step):
            return steps[:i] + [(step[0], step[1], content)] + steps[i + 1:]

        if step[1].endswith(".ndjson") and step[2][:2] != b"\x1f\x8b":
            rows, end = step[2].rstrip(b"\n").split(b"\n"), step[2][len(step[2].rstrip(b"\n")):]
            rows = halves(rows, lambda rest: fails(replaced(b"\n".join(rest) + end)))
            steps = replaced(b"\n".join(rows) + end)
        elif step[1].endswith(".json"):
            table = smaller(json.loads(step[2]), lambda t: fails(replaced(json.dumps(t, ensure_ascii=False).encode())))
            steps = replaced(json.dumps(table, ensure_ascii=False).encode())
    return steps


def smaller(table, is_enough):
    """A machine with fewer rules and steps."""
    for part in ["invariants", "on"]:
        for name in list(table.get(part, {})):
            rest = {**table, part: {key: value for key, value in table[part].items() if key != name}}
            if is_enough(rest):
                table = rest
    for part in ["regions", "ignore"]:
        rest = {key: value for key, value in table.items() if key != part}
        if part in table and is_enough(rest):
            table = rest
    for type in list(table.get("on", {})):
        rows = halves(table["on"][type], lambda rest: is_enough({**table, "on": {**table["on"], type: rest}}))
        table = {**table, "on": {**table["on"], type: rows}}
    return table

"""Counts the states of components by brute force, from what the components promise and not from their code.

Prints a JSON object: by component, the distinct states, the depth, and the states beyond the bound.
"""

import itertools
import json


def enumerate_states(start, successors, is_beyond=lambda state: False):
    """Every state that can be reached, level by level. States beyond the bound are counted, and lead nowhere."""
    seen, level, depth = {start}, [start], 0
    while level:
        reached = []
        for state in level:
            for following in [] if is_beyond(state) else successors(state):
                if following not in seen:
                    seen.add(following)
                    reached.append(following)
        depth += 1 if reached else 0
        level = reached
    return {"distinct": len(seen), "depth": depth, "beyondBound": sum(map(is_beyond, seen))}


def lock(lease=2, tokens=4):
    """A state is the newest token, the ticks that the holder of that token has left (0: the lock is free), and the token
    and the value of the last write. Who the holder is does not matter."""

    def successors(state):
        newest, left, written, value = state
        if left == 0:
            yield newest + 1, lease, written, value
        else:
            yield newest, lease, written, value  # renewed
            yield newest, 0, written, value  # released
            yield newest, left - 1, written, value  # a tick
        for token in range(max(1, written), newest + 1):
            for text in "xy":
                yield newest, left, token, text

    return enumerate_states((0, 0, 0, ""), successors, lambda state: state[0] > tokens)


def ledger(accounts=3, units=5, requests=4):
    """A state is what is in the accounts that have had money, in order because their names do not matter, and what was
    decided about each request. A repeated request changes nothing."""
    huge = 2**53 - 1

    def successors(state):
        balances, outcomes = state
        if len(outcomes) == requests:
            return
        padded = list(balances) + [None] * (accounts - len(balances))

        def after(changes, outcome):
            new = list(padded)
            for account, change in changes:
                new[account] = (new[account] or 0) + change
            return tuple(sorted(b for b in new if b is not None)), outcomes + (outcome,)

        yield after([], "refused")  # for example, a negative amount
        for amount in [1, 2, huge]:
            for a, b in itertools.product(range(accounts), repeat=2):
                if sum(balances) + amount <= huge:
                    yield after([(a, amount)], "done")  # a deposit
                if (padded[a] or 0) >= amount:
                    yield after([(a, -amount)], "done")  # a withdrawal
                    yield after([(a, -amount), (b, amount)], "done")  # a transfer

    return enumerate_states(((), ()), successors, lambda state: sum(state[0]) > units)


def register(clients=3, requests=2):
    """A state is the value, how often it was set, and the last reply to each client, in order because their names do not
    matter."""

    def successors(state):
        value, version, replies = state
        padded = list(replies) + [(0, False, "")] * (clients - len(replies))
        for i, (request, _, _) in enumerate(padded):
            if request == requests:
                continue

            def after(is_set, new):
                answered = padded[:i] + [(request + 1, is_set, new)] + padded[i + 1 :]
                return new, version + is_set, tuple(sorted(r for r in answered if r[0] > 0))

            yield after(False, value)  # it is read, or something else was expected
            yield after(True, "x")
            yield after(True, "y")

    return enumerate_states(("", 0, ()), successors)


def queue(visibility=2, attempts=2, receipts=3):
    """A state is the messages in the order in which they were sent: each with its key, and either how it was settled, or
    its attempts, its receipt, and whether it is waiting, dead, or taken for some more ticks."""

    keys = {"m1": "k", "m2": "k", "m3": "l"}

    def is_settled(message):
        return isinstance(message[1], str)

    def back(message):
        name, (tried, receipt, place) = message
        return name, (tried, receipt, "waiting" if tried < attempts else "dead")

    def successors(state):
        for name in keys:
            if all(message[0] != name for message in state):
                yield state + ((name, (0, 0, "waiting")),)
        blocked, has_gone_out = set(), False
        for i, message in enumerate(state):

            def replaced(new):
                return state[:i] + (new,) + state[i + 1 :]

            if is_settled(message):
                continue
            name, (tried, receipt, place) = message
            if isinstance(place, int):
                yield replaced((name, "acknowledged"))
                yield replaced(back(message))
            elif place == "dead":
                yield replaced((name, "discarded"))
                yield replaced((name, (0, receipt, "waiting")))
            elif keys[name] not in blocked and not has_gone_out:
                has_gone_out = True
                yield replaced((name, (tried + 1, receipt + 1, visibility)))
            blocked.add(keys[name])

        def ticked(message):
            if is_settled(message) or not isinstance(message[1][2], int):
                return message
            name, (tried, receipt, left) = message
            return (name, (tried, receipt, left - 1)) if left > 1 else back(message)

        yield tuple(map(ticked, state))

    def is_beyond(state):
        return any(not is_settled(m) and m[1][1] > receipts for m in state)

    return enumerate_states((), successors, is_beyond)


def limiter(burst=3, interval=2, last=8):
    """A state is the time of the last request, whether it was admitted, and the times of all that were."""

    def is_within_limit(times):
        return all(
            later - i + 1 <= burst + (times[later] - times[i]) // interval
            for i in range(len(times))
            for later in range(i, len(times))
        )

    def successors(state):
        now, _, admitted = state
        for at in range(now, last + 1):
            if is_within_limit(admitted + (at,)):
                yield at, "admitted", admitted + (at,)
            else:
                yield at, "refused", admitted

    return enumerate_states((0, "none", ()), successors)


def circuit_breaker(failures=3, pause=2, patience=2, calls=3):
    """A state is where the breaker is, the failures in a row, the ticks until something happens, and how many calls are
    under way. Which calls they are does not matter."""
    opened = ("open", 0, pause, 0)

    def successors(state):
        place, row, left, running = state
        if place == "open":
            yield (place, row, left - 1, 0) if left > 1 else ("half-open", 0, 0, 0)
        elif place == "closed":
            if running < calls:
                yield place, row, left, running + 1
            if running > 0:
                yield place, 0, left, running - 1
                yield (place, row + 1, left, running - 1) if row + 1 < failures else opened
        elif running == 0:
            yield place, row, patience, 1
        else:
            yield "closed", 0, 0, 0
            yield opened
            yield (place, row, left - 1, 1) if left > 1 else opened

    return enumerate_states(("closed", 0, 0, 0), successors)


def saga(steps=4, cannot_undo=(2,)):
    """A state is where the saga is, how many steps are completed, which were skipped, and whose undoing failed last."""

    def undoing(completed, skipped, failed):
        place = "undone" if completed == 0 else "stuck" if completed - 1 in cannot_undo else "undoing"
        return place, completed, skipped, failed

    def successors(state):
        place, completed, skipped, failed = state
        if place == "running":
            yield "running" if completed + 1 < steps else "done", completed + 1, skipped, failed
            yield undoing(completed, skipped, failed)
        elif place == "undoing":
            yield undoing(completed - 1, skipped, failed)
            yield "stuck", completed, skipped, completed - 1
        elif place == "stuck":
            if completed - 1 not in cannot_undo:
                yield "undoing", completed, skipped, failed
            yield undoing(completed - 1, skipped + (completed - 1,), failed)

    return enumerate_states(("running", 0, (), None), successors)


def outbox(decisions=3):
    """A state is what was decided, how many messages were confirmed and handled, and which are in the network."""

    def successors(state):
        decided, confirmed, handled, network = state
        if len(decided) < decisions:
            for message in "xy":
                yield decided + (message,), confirmed, handled, network
        for number in range(confirmed + 1, len(decided) + 1):
            yield decided, confirmed, handled, network | {number}
        for number in network:
            yield decided, confirmed, handled, network - {number}
        if handled + 1 in network:
            yield decided, confirmed, handled + 1, network
        for number in range(confirmed + 1, handled + 1):
            yield decided, number, handled, network

    return enumerate_states(((), 0, 0, frozenset()), successors)


def supervisor(children=2, first=1, longest=4, restarts=3, period=5):
    """A state is, for each child, the ticks until it runs (0 if it does) and its next pause; how many ticks ago the
    restarts of the last period were; and whether the supervisor has given up."""
    fresh = ((0, first),) * children

    def successors(state):
        all_children, ages, has_given_up = state
        older = tuple(age + 1 for age in ages if age + 1 < period)
        if has_given_up:
            yield all_children, older, True
            yield fresh, ages, False
            return
        for i, (left, pause) in enumerate(all_children):
            if left == 0:
                for child in [(0, first), (pause, min(longest, 2 * pause))]:
                    yield all_children[:i] + (child,) + all_children[i + 1 :], ages, False
        due = sum(left == 1 for left, _ in all_children)
        if len(older) + due > restarts:
            yield tuple((0, pause) for _, pause in all_children), older, True
        else:
            ticked = tuple((max(0, left - 1), pause) for left, pause in all_children)
            yield ticked, older + (0,) * due, False

    return enumerate_states((fresh, (), False), successors)


if __name__ == "__main__":
    counts = {
        "lock": lock(),
        "ledger": ledger(),
        "register": register(),
        "queue": queue(),
        "token-bucket": limiter(),
        "gcra": limiter(),
        "circuit-breaker": circuit_breaker(),
        "saga": saga(),
        "outbox": outbox(),
        "supervisor": supervisor(),
    }
    print(json.dumps(counts))

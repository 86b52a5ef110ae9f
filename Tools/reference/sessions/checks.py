"""Whether an answer is right where more than one is."""

import copy

import exact
from differences import writers
from exact import NOTHING, at, canonical, path, path_text
from minimal import BREAKS, DOES_NOT, EARLIER, concerns, heals, outcome


def without_turn(own, given):
    """An event's JSON, with the turn's id that evlog has given to an import."""
    return {**own, "turn": given["turn"]} if "turn" in given and "turn" not in own else own


def named_causes(log, offset):
    """The offsets of the events that one names as its causes: of each id the last one before it."""
    found = [[e.offset for e in log.events[:offset] if e.id == cause][-1:]
             for cause in dict.fromkeys(log.events[offset].causation)]
    return [place for places in found for place in places]


def reads(run, key, offset, found):
    """What is wrong with places, their values and their writers as they were before an event."""
    wrong = []
    key = "" if run.machine.scope == "log" else key
    for read in found:
        steps = exact.path(read["path"])
        state = run.state(key, offset)
        value = NOTHING if state is None else exact.at(state, steps)
        if (value is NOTHING) != ("value" not in read) or (
                value is not NOTHING and canonical(value) != canonical(read["value"])):
            wrong.append(f"{read['path']} is not {canonical(read.get('value'))} before {offset}")
        made = [event.offset for event, _ in writers(run, steps, key, offset)]
        if read["writer"] != (made[-1] if made else None):
            wrong.append(f"{read['path']} was written by {made[-1:]}, not {read['writer']}")
    return wrong


def wrote(run, offset, found):
    """What is wrong with the changes that an event is said to have made."""
    moment = next((m for m in run.moments if m.event.offset == offset), None)
    wrong = []
    for write in found:
        steps = exact.path(write["path"])
        new = exact.at(moment.after, steps) if moment and moment.after is not None else NOTHING
        if "new" not in write and moment and is_taken_out(moment, steps, write["old"]):
            continue
        if (new is NOTHING) != ("new" not in write) or (
                new is not NOTHING and canonical(new) != canonical(write["new"])):
            wrong.append(f"{offset} did not write {canonical(write)}")
    return wrong


def is_taken_out(moment, steps, old):
    """Whether an element was at an index of an array that has become shorter: others may be there now."""
    before, after = (exact.at(state, steps[:-1]) for state in [moment.before, moment.after])
    gone = exact.at(before, steps[-1:])
    return (isinstance(before, list) and isinstance(after, list) and len(after) < len(before)
            and gone is not NOTHING and canonical(gone) == canonical(old))


def wrong_changes(expected, found):
    """What is wrong with changes that are given, or None.

    Of arrays of which one has more elements, what was taken out and put in may be said instead of the elements
    that differ: what is gone has the index that it had, what is new or changed the one that it has.
    """
    wanted = canonical(expected.json())
    if canonical([plain(change) for change in found]) == wanted:
        return None
    if len(found) > len(expected.all):
        return f"{canonical(found)} are more changes than {wanted}"
    state = copy.deepcopy({"": expected.old})
    rows = [(["", *path(change["path"])[len(expected.steps):]], change) for change in found]
    try:
        for place, change in [row for row in rows if "new" not in row[1]][::-1]:
            put(state, place, change.get("old", NOTHING), NOTHING)
        for place, change in [row for row in rows if "old" not in row[1]]:
            put(state, place, NOTHING, change["new"], change.get("index"))
        for place, change in [row for row in rows if len({"old", "new"} & row[1].keys()) == 2]:
            put(state, place, change["old"], change["new"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        return f"{canonical(found)} cannot be applied ({error}), should be {wanted}"
    made = state.get("", NOTHING)
    is_same = made is expected.new or NOTHING not in [made, expected.new] and canonical(made) == canonical(expected.new)
    return None if is_same else f"{canonical(found)} make something else, should be {wanted}"


def plain(change):
    return {key: change[key] for key in ["path", "old", "new"] if key in change}


def put(state, place, old, new, index=None):
    """Replaces what is at a place, which must be `old`."""
    holder, step = at(state, place[:-1]), place[-1]
    is_new = old is NOTHING
    if not is_new and canonical(at(holder, [step])) != canonical(old):
        raise ValueError(f"{path_text(place[1:])} was not {canonical(old)}")
    if isinstance(holder, list):
        if isinstance(step, tuple):
            step = (len(holder) if index is None else index) if is_new else holder.index(at(holder, [step]))
        holder[step:step + (not is_new)] = [] if new is NOTHING else [new]
    elif new is NOTHING:
        del holder[step]
    else:
        holder[step] = new


def wrong_minimum(machine, log, name, key, offset, kept, others_limit=9):
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
        return heals(machine, name, key, events, rest, last, others_limit)

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

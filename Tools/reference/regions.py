"""The map: event types against regions of states, what is declared beside what happened."""

from exact import NOTHING, at, canonical, in_order

BEGINNING = "∅"
MARKS = ["confirmed", "claimed", "deviation", "ignored", "lie", "guarded", "broken", "surprise", "unknown"]


def region_of(machine, place, state):
    if place is None:
        return machine.region(state)
    value = at(state, place)
    return "(nothing)" if value is NOTHING else value if isinstance(value, str) else canonical(value)


def mark(move, seen):
    if move is None:
        return "surprise" if seen else "unknown"
    if move == "forbidden":
        return "broken" if seen else "guarded"
    if move == "ignored":
        return "lie" if seen and any(event["changed"] for event in seen) else "ignored"
    if not seen:
        return "claimed"
    return "confirmed" if all(event["to"] in move for event in seen) else "deviation"


def first_wrong(kind, move, seen):
    wrong = {"deviation": lambda e: e["to"] not in move, "lie": lambda e: e["changed"],
             "broken": lambda e: True, "surprise": lambda e: True}.get(kind)
    return next((e["offset"] for e in seen if wrong and wrong(e)), None)


def chart(run, place=None):
    """The map of a run. By a place of the state nothing is declared."""
    machine = run.machine
    moves = machine.regions.get("moves", {}) if place is None else {}
    seen, ignored, unconcerned = {}, 0, 0
    for moment in run.moments:
        if moment.type_is_ignored:
            ignored += 1
        elif moment.after is None:
            unconcerned += 1
        else:
            is_first = machine.scope != "log" and not any(
                other.key == moment.key for other in run.moments[:run.moments.index(moment)])
            origin = BEGINNING if is_first else region_of(machine, place, moment.before)
            seen.setdefault((origin, moment.event.type), []).append({
                "offset": moment.event.offset, "to": region_of(machine, place, moment.after),
                "changed": canonical(moment.before) != canonical(moment.after)})
    regions = list(machine.regions.get("names", [])) if place is None else []
    for region in sorted(moves):
        targets = [moves[region][type] for type in sorted(moves[region])]
        for name in [region, *(name for row in targets if isinstance(row, list) for name in row)]:
            if name not in regions and name != BEGINNING:
                regions.append(name)
    if machine.scope != "log":
        regions.insert(0, BEGINNING)
    found = {origin for origin, _ in seen} | {e["to"] for row in seen.values() for e in row}
    regions += in_order(found - set(regions))
    types = in_order({type for _, type in seen} | {type for row in moves.values() for type in row}
                     | {type for type in machine.on if type != "*" and machine.names_types})
    cells = []
    for region in regions:
        for type in types:
            move, events = moves.get(region, {}).get(type), seen.get((region, type), [])
            kind = mark(move, events)
            targets = [{"region": to, "events": sum(e["to"] == to for e in events),
                        "first": next(e["offset"] for e in events if e["to"] == to)}
                       for to in in_order({e["to"] for e in events})]
            cells.append({"region": region, "type": type, "mark": kind, "declared": move,
                "events": len(events), "first": events[0]["offset"] if events else None,
                "last": events[-1]["offset"] if events else None,
                "firstWrong": first_wrong(kind, move, events), "targets": targets})
    exposure = {region: sum(c["events"] for c in cells if c["region"] == region) for region in regions}
    return {"regions": [{"name": region, "exposure": exposure[region]} for region in regions],
        "types": types, "cells": cells, "ignoredByName": ignored, "unconcerned": unconcerned,
        "events": ignored + unconcerned + sum(map(len, seen.values())),
        "counts": {kind: sum(c["mark"] == kind for c in cells) for kind in MARKS}}

"""The map: event types against regions of states, what is declared beside what happened."""

from exact import NOTHING, at, canonical, in_order
from machines import need

BEGINNING = "∅"
MARKS = ["confirmed", "claimed", "deviation", "ignored", "lie", "guarded", "broken", "surprise", "unknown"]

def mark(move, seen):
    """What is known of an event type in a region, and the first event that is not as declared."""
    wrong = seen
    if move is None:
        kind = "surprise" if seen else "unknown"
    elif move == "forbidden":
        kind = "broken" if seen else "guarded"
    elif move == "ignored":
        wrong = [event for event in seen if event["changed"]]
        kind = "lie" if wrong else "ignored"
    else:
        wrong = [event for event in seen if event["to"] not in move]
        kind = "deviation" if wrong else "confirmed" if seen else "claimed"
    return kind, wrong[0]["offset"] if wrong else None

def chart(run, place=None):
    """The map of a run. By a place of the state nothing is declared."""
    machine = run.machine

    def region_of(state):
        value = machine.value(machine.regions["of"], {"state": state}) if place is None else at(state, place)
        need(place is not None or isinstance(value, str), "no region")
        return "(nothing)" if value is NOTHING else value if isinstance(value, str) else canonical(value)

    moves = machine.regions.get("moves", {}) if place is None else {}
    seen, others = {}, {"ignoredByName": 0, "unconcerned": 0, "afterFailure": 0}
    for moment in run.moments:
        if moment.after is None:
            kind = "ignoredByName" if moment.type_is_ignored else "unconcerned"
            others["afterFailure" if moment.key is not None else kind] += 1
            continue
        origin = BEGINNING if run.is_first(moment) else region_of(moment.before)
        seen.setdefault((origin, moment.event.type), []).append({
            "offset": moment.event.offset, "to": region_of(moment.after),
            "changed": canonical(moment.before) != canonical(moment.after)})
    regions = list(machine.regions.get("names", [])) if place is None else []
    for region in sorted(moves):
        for row in [[region], *(moves[region][type] for type in sorted(moves[region]))]:
            regions += row if isinstance(row, list) else []
    regions = [name for name in dict.fromkeys(regions) if name != BEGINNING]
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
            kind, first_wrong = mark(move, events)
            targets = [{"region": to, "events": sum(e["to"] == to for e in events),
                        "first": next(e["offset"] for e in events if e["to"] == to)}
                       for to in in_order({e["to"] for e in events})]
            cells.append({"region": region, "type": type, "mark": kind, "declared": move,
                "events": len(events), "first": events[0]["offset"] if events else None,
                "last": events[-1]["offset"] if events else None,
                "firstWrong": first_wrong, "targets": targets})
    exposures = [sum(c["events"] for c in cells if c["region"] == region) for region in regions]
    return {"regions": [{"name": region, "exposure": exposure} for region, exposure in zip(regions, exposures)],
        "types": types, "cells": cells, **run.keys(), **others,
        "events": sum(others.values()) + sum(map(len, seen.values())),
        "counts": {kind: sum(c["mark"] == kind for c in cells) for kind in MARKS}}

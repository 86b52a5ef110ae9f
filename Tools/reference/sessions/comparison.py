"""The command's answer beside the reference's: what disagrees, in words."""

import csv
import io
import json
import re
from decimal import Decimal

import exact
from sessions.command import Any, Csv, Some
from differences import Changes
from sessions.checks import wrong_changes

# What is in these is compared as a whole; of other objects, the members that the reference has.
WHOLE = ["state", "value", "old", "new", "data", "metadata", "streams", "types", "revisions", "rows",
         "columns", "counts"]
IMPORTED = re.compile(r',"turn":"(evlog\.)?import:[^"]*"')
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def disagreements(expected, status, out, err, kind, arguments):
    """Lists what is not as it should be: pairs of a place and a sentence."""
    wrong = []
    if status != expected.status:
        wrong.append((f"status {status}, not {expected.status}", f"exit code {status}, should be {expected.status}"
                      + (f"\n{err.strip()[:300]}" if err.strip() else "")))
    if CONTROL.search(err):
        wrong.append(("control", f"standard error has {CONTROL.search(err).group()!r}"))
    if wrong or expected.status not in [0, 1, 3]:
        return wrong
    if kind == "raw" and expected.text is None:
        return []
    if kind == "raw":
        return raw(expected, out)
    if kind == "text":
        return text(expected, out, arguments)
    if expected.json is None:
        return []
    try:
        found = json.loads(out, parse_float=Decimal)
    except ValueError:
        return [("json", f"no JSON: {out[:200]}")]
    wrong = list(differences(expected.json, found, ""))
    if not wrong:
        for check in expected.checks:
            wrong += [("check", sentence) for sentence in check(found)]
    return wrong


def differences(expected, found, place, is_whole=False):
    if expected is Any:
        return
    if expected is Some:
        if not isinstance(found, str):
            yield place, f"{place} should be a text, is {shown(found)}"
    elif isinstance(expected, Changes):
        wrong = wrong_changes(expected, found) if isinstance(found, list) else f"is {shown(found)}"
        if wrong:
            yield place, f"{place}: {wrong}"
    elif isinstance(expected, dict) and isinstance(found, dict) and not is_whole:
        for key, value in expected.items():
            if key not in found:
                yield f"{place}.{key}", f"{place}.{key} is not there, should be {shown(value)}"
            else:
                yield from differences(value, found[key], f"{place}.{key}", key in WHOLE)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found) and not is_whole:
        for i, (a, b) in enumerate(zip(expected, found)):
            yield from differences(a, b, f"{place}[{i}]")
    elif exact.canonical(expected) != exact.canonical(found):
        yield place, f"{place} is {shown(found)}, should be {shown(expected)}"


def shown(value):
    text = exact.canonical(value)
    return text if len(text) < 400 else text[:400] + "…"


def raw(expected, out):
    if isinstance(expected.text, Csv):
        rows = [[field for field in row] for row in csv.reader(io.StringIO(out, newline=""))]
        wanted = [["" if v is None else exact.canonical(v) if not isinstance(v, (str, bool)) else v
                   for v in row] for row in expected.text.rows]
        # A row of one empty field is an empty line.
        rows = [row or [""] for row in rows]
        if [[plain(v) for v in row] for row in rows] != [[plain(v) for v in row] for row in wanted]:
            return [("csv", f"{shown(rows)}, should be {shown(wanted)}")]
        return []
    found = IMPORTED.sub("", out)
    if found != expected.text:
        return [("lines", f"{found[:600]!r}, should be {expected.text[:600]!r}")]
    return []


def plain(text):
    """A number as a number, however it is written."""
    try:
        return exact.number(Decimal(text))
    except (ArithmeticError, ValueError, TypeError):
        return text


def text(expected, out, arguments):
    """What is said to people says the same numbers."""
    if CONTROL.search(out):
        return [("control", f"the text has {CONTROL.search(out).group()!r}")]
    wanted = []
    if arguments[0] == "stats":
        wanted = [f"events    {expected.json['events']:,}", f"streams   {len(expected.json['streams']):,}"]
    if arguments[0] == "bisect":
        wanted = [f"offset {row['offset']:,}" for row in expected.json["invariants"]
                  if row["violated"] and row["offset"] is not None]
    return [("text", f"the text does not say '{line}':\n{out[:600]}") for line in wanted if line not in out]

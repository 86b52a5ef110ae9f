"""Exact values: JSON, its one canonical text, what a script makes of it, places, and times.

A value is None, True, False, an int, a Decimal (a number that was written with a point or an
exponent), a float (a number that a machine computed), a text, a list or a dictionary.
"""

import datetime
import json
import re
from decimal import Decimal

SAFE = 2**53 - 1  # Beyond it, whole numbers reach a machine as exact ones, not as doubles.
DEPTH = 512


class Malformed(Exception):
    """A text is not what it should be."""


DECODER = json.JSONDecoder(
    parse_int=lambda digits: int(Decimal(digits)), parse_float=Decimal, parse_constant=lambda name: int(name))  # There are none.


def value_at(text, start):
    """The value that begins at a place of a text, and where it ends."""
    try:
        value, end = DECODER.raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None
    check(value, 1)
    return value, end


def check(value, depth):
    """Python takes halves of surrogate pairs, and any depth."""
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise Malformed("half of a surrogate pair")
    elif isinstance(value, (list, dict)):
        if depth > DEPTH:
            raise Malformed("nested too deeply")
        for item in list(value) + list(value.values() if isinstance(value, dict) else ()):
            check(item, depth + 1)


def skip(text, i):
    while i < len(text) and text[i] in " \t\n\r":
        i += 1
    return i


def parse(data):
    """The value of a whole text, or of its bytes. Of members with the same key the last one counts."""
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None
    value, end = value_at(data, skip(data, 0))
    if skip(data, end) != len(data):
        raise Malformed("more than one value")
    return value


def members(text):
    """The members of the object that a text is: key, value, and the text of the value."""
    found = []
    i = skip(text, 0)
    if text[i:i + 1] != "{":
        raise Malformed("not an object")
    i = skip(text, i + 1)
    while text[i:i + 1] != "}":
        if found:
            if text[i:i + 1] != ",":
                raise Malformed("a comma is missing")
            i = skip(text, i + 1)
        if text[i:i + 1] != '"':
            raise Malformed("a key is missing")
        key, i = value_at(text, i)
        i = skip(text, i)
        if text[i:i + 1] != ":":
            raise Malformed("a colon is missing")
        start = skip(text, i + 1)
        value, end = value_at(text, start)
        found.append((key, value, text[start:end]))
        i = skip(text, end)
    if skip(text, i + 1) != len(text):
        raise Malformed("more than an object")
    return found


def number(value):
    """The one text of a number: whole ones written out up to 400 digits, small ones with an exponent."""
    value = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "0"
    exponent += len(text) - len(text.rstrip("0"))
    text = text.rstrip("0")
    point = len(text) + exponent
    if exponent >= 0 and point <= 400:
        text += "0" * exponent
    elif exponent < 0 < point:
        text = text[:point] + "." + text[point:]
    elif exponent < 0 and -6 < point:
        text = "0." + "0" * -point + text
    else:
        text = text[0] + ("." + text[1:] if len(text) > 1 else "") + f"e{point - 1}"
    return "-" * sign + text


def in_order(keys):
    """Keys are in the order of their bytes."""
    return sorted(keys, key=lambda key: key.encode("utf-8"))


def canonical(value):
    """Equal values have equal texts."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float, Decimal)):
        return number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in in_order(value)) + "}"


def scripted(value):
    """A value as a machine sees it: whole numbers exactly, others as doubles."""
    if isinstance(value, Decimal):
        try:
            double = float(value)
        except OverflowError:
            double = float("inf")
        if abs(double) == float("inf"):
            raise Malformed("the number is beyond all doubles")
        return settled(double)
    if isinstance(value, list):
        return [scripted(item) for item in value]
    if isinstance(value, dict):
        return {key: scripted(item) for key, item in value.items()}
    return value


def settled(double):
    """A double that is a safe whole number is that number."""
    return int(double) if double.is_integer() and abs(double) <= SAFE else double


NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)


def path_text(steps):
    """A place as in accounts["7"].lines[2].text; a step is a key, an index or (member, value's text)."""
    text = ""
    for step in steps:
        if isinstance(step, tuple):
            text += f"[{step[0]}={step[1]}]"
        elif isinstance(step, int):
            text += f"[{step}]"
        elif NAME.fullmatch(step) and (text or step != "state"):
            text += "." * bool(text) + step
        else:
            text += f"[{canonical(step)}]"
    return text or "state"


TEXT = r'"(?:[^"\\]|\\.)*"'
STEP = re.compile(rf'(?:^|\.)({NAME.pattern})|\[(\d+)\]|\[({TEXT})\]|\[({NAME.pattern})=({TEXT}|[^\]]+)\]', re.ASCII)


def path(text):
    """Reads a place as `path_text` writes it."""
    steps, i = [], 0
    while i < len(text) and text != "state":
        step = STEP.match(text, i)
        if not step:
            raise Malformed(f"'{text}' is not a path")
        name, index, key, member, value = step.groups()
        steps.append(name or (int(index) if index else parse(key) if key else (member, canonical(parse(value)))))
        i = step.end()
    return steps


NOTHING = type("Nothing", (), {"__doc__": "What is at a place where nothing is."})()


def at(value, steps):
    """The value at a place, or NOTHING."""
    for step in steps:
        if isinstance(step, tuple) and isinstance(value, list):
            value = next((item for item in value if isinstance(item, dict) and step[0] in item
                          and canonical(item[step[0]]) == step[1]), NOTHING)
        elif isinstance(value, dict) and isinstance(step, str) and step in value:
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return NOTHING
    return value


TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)
EPOCH = datetime.datetime(1970, 1, 1)


def time(text):
    """Nanoseconds since 1970 of a text by RFC 3339."""
    found = TIME.fullmatch(text)
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        moment = datetime.datetime(year, month, day, hour, minute, second) - EPOCH
    except (AttributeError, ValueError):
        raise Malformed(f"'{text}' is not a time") from None
    nanoseconds = (moment.days * 86400 + moment.seconds) * 10**9
    nanoseconds += int((found.group(7) or "").ljust(9, "0"))
    zone = found.group(8)
    if zone and zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:])
        if hours > 23 or minutes > 59:
            raise Malformed(f"'{text}' is not a time")
        nanoseconds -= int(zone[0] + "1") * (hours * 3600 + minutes * 60) * 10**9
    if not -2**63 <= nanoseconds < 2**63:
        raise Malformed(f"'{text}' is not in the years 1678 to 2261")
    return nanoseconds


def time_text(nanoseconds):
    """The one spelling of a time, in whose order times are."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    moment = EPOCH + datetime.timedelta(seconds=seconds)
    return f"{moment.isoformat()}.{fraction:09}Z"

"""Exact values: JSON, its one canonical text, what a script makes of it, places, and times.

A value is None, True, False, an int, a Decimal (a number that was written with a point or an
exponent), a float (a number that a machine computed), a text, a list or a dictionary.
"""

import datetime
import functools
import json
import re
from decimal import Decimal

SAFE = 2**53 - 1  # Beyond it, whole numbers reach a machine as exact ones, not as doubles.
DEPTH = 512

class Malformed(Exception):
    """A text is not what it should be."""

ENCODER = json.JSONEncoder(ensure_ascii=False)
HALVES, SPACE = re.compile("[\ud800-\udfff]"), re.compile("[ \t\n\r]*")
DECODER = json.JSONDecoder(  # Infinities, which Python takes, are none.
    parse_int=lambda digits: int(Decimal(digits)), parse_float=Decimal, parse_constant=int)

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
    if isinstance(value, str) and HALVES.search(value):
        raise Malformed("half of a surrogate pair")
    if isinstance(value, (list, dict)):
        if depth > DEPTH:
            raise Malformed("nested too deeply")
        for item in list(value) + list(value.values() if isinstance(value, dict) else ()):
            check(item, depth + 1)

def skip(text, i):
    return SPACE.match(text, i).end()

def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None

@functools.lru_cache(1000)  # What it returns is not changed.
def parse(data):
    """The value of a whole text, or of its bytes. Of members with the same key the last one counts."""
    data = utf8(data) if isinstance(data, bytes) else data
    value, end = value_at(data, skip(data, 0))
    if skip(data, end) != len(data):
        raise Malformed("more than one value")
    return value

@functools.lru_cache(1000)
def members(text):
    """The members of the object that a text is: key, value, and the text of the value."""
    def pass_over(sign, i):
        if text[i:i + 1] != sign:
            raise Malformed(f"a '{sign}' is missing")
        return skip(text, i + 1)

    found = []
    i = pass_over("{", skip(text, 0))
    while text[i:i + 1] != "}":
        i = pass_over(",", i) if found else i
        if text[i:i + 1] != '"':
            raise Malformed("a key is missing")
        key, i = value_at(text, i)
        start = pass_over(":", skip(text, i))
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
    text = "".join(map(str, digits)).strip("0")
    if not text:
        return "0"
    exponent += len(digits) - len("".join(map(str, digits)).rstrip("0"))
    point = len(text) + exponent
    if exponent >= 0 and point <= 400:
        text += "0" * exponent
    elif exponent < 0 and point > -6:
        text = text[:point] + "." + text[point:] if point > 0 else "0." + "0" * -point + text
    else:
        text = text[0] + "." * (len(text) > 1) + text[1:] + f"e{point - 1}"
    return "-" * sign + text

def in_order(keys):
    """Keys are in the order of their bytes."""
    return sorted(keys, key=lambda key: key.encode("utf-8"))

def canonical(value):
    """Equal values have equal texts."""
    if value is None or isinstance(value, (bool, str)):
        return ENCODER.encode(value)
    if isinstance(value, (int, float, Decimal)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in in_order(value)) + "}"

def scripted(value):
    """A value as a machine sees it: whole numbers exactly, others as doubles."""
    if isinstance(value, Decimal):
        double = float(value)  # Of a Decimal that is beyond all doubles: infinity.
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

TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?"
                  r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d))?", re.ASCII)
EPOCH = datetime.datetime(1970, 1, 1)

def time(text):
    """Nanoseconds since 1970 of a text by RFC 3339."""
    found = TIME.fullmatch(text)
    try:
        moment = datetime.datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00:00'}") - EPOCH
    except (TypeError, ValueError):
        raise Malformed(f"'{text}' is not a time") from None
    nanoseconds = (moment.days * 86400 + moment.seconds) * 10**9 + int((found[3] or "").ljust(9, "0"))
    if found[4] not in [None, "Z", "z"]:
        nanoseconds -= int(found[4][0] + "1") * (int(found[4][1:3]) * 3600 + int(found[4][4:]) * 60) * 10**9
    if not -2**63 <= nanoseconds < 2**63:
        raise Malformed(f"'{text}' is not in the years 1678 to 2261")
    return nanoseconds

def time_text(nanoseconds):
    """The one spelling of a time, in whose order times are."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    return f"{(EPOCH + datetime.timedelta(seconds=seconds)).isoformat()}.{fraction:09}Z"

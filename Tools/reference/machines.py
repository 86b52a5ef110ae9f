"""The table language: a machine as JSON, and what it means.

A machine has a `name`, a `version`, a `scope` ("log", "stream", or {"key": expression}, null where an
event concerns no state), the `initial` state, and

  on          by event type ("*" for all others) a list of steps
  ignore      types that change nothing
  invariants  by name {"kind": "state" or "step", "holds": expression}, or {"kind": "history",
              "memory": value, "do": steps that change the memory, "holds": expression}
  regions     {"of": expression, "moves": {region: {type: [region] or "ignored" or "forbidden"}}}

An expression is a value that is no list, or a list that begins with what to do with the rest:

  state, before, after, data, memory, it    the value there: ["state", "stock", ["data", "sku"]]
  event NAME                     offset, stream, revision, type or time
  has PLACE                      whether there is something there
  else PLACE X                   what is there, or X
  + - * X Y                      of numbers: whole ones exactly, others as doubles
  < <= > >= X Y                  of two numbers, or of two texts
  == != X Y                      of any two values
  and or X …, not X, if X Y Z    of true and false
  count X                        of an array, an object or a text
  sum X                          of the numbers in an array or object
  all any X Y                    whether Y is true of each, or of one, in X: it is called `it`
  quote X                        X itself
  fail TEXT                      an error

A step is ["set", PLACE, X], ["add", PLACE, X], ["append", PLACE, X], ["remove", PLACE],
["if", X, [step], [step]], ["fail", TEXT] or ["burn"], which never ends. A place in the state, or in a
memory, is a list of expressions. Objects that are missing on the way are made.

What is not there, not a number or not true or false where it should be is an error. An error in a step
or in a key stops the machine, or the key; one in an invariant makes its verdict undefined, as does what
is not true or false. Characters are counted, and texts are compared, as UTF-16.
"""

import copy
import functools
import operator

import exact
from exact import NOTHING, SAFE, Malformed, canonical, settled

HOLDS, VIOLATED, UNDEFINED = range(3)
ROOTS = ["state", "before", "after", "data", "memory", "it"]

class Failed(Exception):
    """An expression or a step has no meaning for these values."""

def utf16(text):
    return text.encode("utf-16-be")

def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)

def need(condition, why):
    if not condition:
        raise Failed(why)

CALCULATE = {"+": operator.add, "-": operator.sub, "*": operator.mul}
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

def calculate(sign, a, b):
    """Whole numbers are exact at any size; where one is not whole, both are doubles."""
    need(is_number(a) and is_number(b), "not a number")
    if all(isinstance(x, int) or x.is_integer() for x in (a, b)):
        return CALCULATE[sign](int(a), int(b))
    try:
        result = CALCULATE[sign](float(a), float(b))
    except OverflowError:
        raise Failed("beyond all doubles") from None
    need(abs(result) < float("inf"), "beyond all doubles")
    return settled(result)

def compare(sign, a, b):
    if isinstance(a, str) and isinstance(b, str):
        return COMPARE[sign](utf16(a), utf16(b))
    need(is_number(a) and is_number(b), "neither two numbers nor two texts")
    return COMPARE[sign](a, b)

def same(a, b):
    """Numbers are the same by their value, however they were computed."""
    if is_number(a) and is_number(b):
        return a == b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and a == b

def key_of(container, step):
    """A step as it is used in a container; a whole number is a key by its digits."""
    if isinstance(container, list):
        need(isinstance(step, int) and not isinstance(step, bool), "not an index")
        return step
    need(isinstance(container, dict), "neither an object nor an array")
    need(isinstance(step, (str, int)) and not isinstance(step, bool), "not a key")
    return str(step)

def look(value, steps):
    for step in steps:
        key = key_of(value, step)
        need(is_there(value, key), "nothing there")
        value = value[key]
    return value

def is_there(container, key):
    return key in container if isinstance(container, dict) else 0 <= key < len(container)

def each(value):
    """The values in an array or object, in the order of its keys as UTF-16."""
    need(isinstance(value, (list, dict)), "neither an array nor an object")
    return value if isinstance(value, list) else [value[key] for key in sorted(value, key=utf16)]

class Machine:
    def __init__(self, table):
        self.table = table
        self.name, self.version = table["name"], table["version"]
        scope = table.get("scope", "log")
        self.scope, self.key = ("key", scope["key"]) if isinstance(scope, dict) else (scope, None)
        self.on, self.ignored = table.get("on", {}), set(table.get("ignore", []))
        self.invariants, self.regions = table.get("invariants", {}), table.get("regions")
        self.names_types = True  # A machine in Swift need not say which types it takes.

    def value(self, x, names):
        """The value of an expression. `names` has what the roots stand for, and the event."""
        if not isinstance(x, list):
            return x
        verb, rest = x[0], x[1:]
        if verb in ROOTS:
            need(names.get(verb, NOTHING) is not NOTHING, f"there is no {verb}")
            root = names[verb]
            return look(root() if verb == "data" else root, [self.value(step, names) for step in rest])
        if verb == "event":
            return names["event"][rest[0]]
        if verb == "has" or verb == "else":
            steps = [self.value(step, names) for step in rest[0][1:]]
            try:
                found = look(self.value(rest[0][:1], names), steps)
            except Failed:
                return False if verb == "has" else self.value(rest[1], names)
            return True if verb == "has" else found
        if verb in ["and", "or"]:
            return (all if verb == "and" else any)(self.truth(part, names) for part in rest)
        if verb == "not":
            return not self.truth(rest[0], names)
        if verb == "if":
            return self.value(rest[1 if self.truth(rest[0], names) else 2], names)
        if verb in ["all", "any"]:
            items = each(self.value(rest[0], names))
            return (all if verb == "all" else any)(self.truth(rest[1], {**names, "it": item}) for item in items)
        if verb == "quote":
            return rest[0]
        if verb == "fail":
            raise Failed(rest[0])
        given = [self.value(part, names) for part in rest]
        if verb in CALCULATE:
            return calculate(verb, *given)
        if verb in COMPARE:
            return compare(verb, *given)
        if verb in ["==", "!="]:
            return same(*given) == (verb == "==")
        if verb == "count":
            need(isinstance(given[0], (str, list, dict)), "nothing to be counted")
            return len(utf16(given[0])) // 2 if isinstance(given[0], str) else len(given[0])
        return functools.reduce(lambda total, item: calculate("+", total, item), each(given[0]), 0)

    def truth(self, x, names):
        value = self.value(x, names)
        need(isinstance(value, bool), "neither true nor false")
        return value

    def do(self, steps, target, names):
        """Changes the state, or the memory, in place."""
        for step in steps:
            verb, rest = step[0], step[1:]
            if verb == "if":
                self.do([*rest[1:], []][0 if self.truth(rest[0], names) else 1], target, names)
            elif verb in ["fail", "burn"]:
                raise Failed(*rest)
            else:
                place = [self.value(part, names) for part in rest[0]]
                given = [copy.deepcopy(self.value(part, names)) for part in rest[1:]]
                self.change(verb, target, place, *given)

    def change(self, verb, target, place, given=None):
        for step in place[:-1]:
            key = key_of(target, step)
            if isinstance(target, dict) and key not in target:
                if verb == "remove":
                    return
                target[key] = {}
            need(is_there(target, key), "nothing there")
            target = target[key]
        key = key_of(target, place[-1])
        if verb == "remove":
            if is_there(target, key):
                del target[key]
            return
        need(is_there(target, key) or isinstance(target, dict), "nothing there")
        old = target[key] if is_there(target, key) else {"add": 0, "append": []}.get(verb)
        if verb == "append":
            need(isinstance(old, list), "not an array")
            given = old + [given]
        target[key] = calculate("+", old, given) if verb == "add" else given

    def names(self, event):
        about = {"offset": event.offset, "stream": event.stream, "revision": event.revision,
                 "type": event.type, "time": exact.time_text(event.time)}
        return {"event": about, "data": event.value}

    def key_for(self, event):
        """Whose state an event changes: "" is the log's; None is nobody's."""
        if self.scope != "key":
            return "" if self.scope == "log" else event.stream
        key = self.value(self.key, self.names(event))
        need(key is None or isinstance(key, str) or type(key) is int and abs(key) <= SAFE, "no key")
        return None if key is None else str(key)

    def reduce(self, state, event):
        names = {"state": state, **self.names(event)}
        self.do(self.on.get(event.type, self.on.get("*")), state, names)

    def judge(self, name, memory, before, event, after):
        """The verdict of an invariant after an event. A history changes its memory."""
        rule = self.invariants[name]
        names = {"state": after, "after": after}
        if rule["kind"] != "state":
            names.update(self.names(event), before=before)
        try:
            if rule["kind"] == "history":
                names["memory"] = memory
                self.do(rule.get("do", []), memory, names)
            return VIOLATED if not self.truth(rule["holds"], names) else HOLDS
        except (Failed, Malformed):
            return UNDEFINED

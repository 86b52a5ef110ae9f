"""A machine of the table language as a script for evlog."""

import json
import re

PRELUDE = r"""
const NONE = Symbol("nothing");
const need = (condition, why) => { if (!condition) throw new Error(why); };
const isNumber = (x) => typeof x === "number" || typeof x === "bigint";
const isWhole = (x) => typeof x === "bigint" || Number.isInteger(x);
const settled = (n) => n >= -9007199254740991n && n <= 9007199254740991n ? Number(n) : n;
const calculate = (whole, inexact) => (a, b) => {
  need(isNumber(a) && isNumber(b), "not a number");
  if (isWhole(a) && isWhole(b)) return settled(whole(BigInt(a), BigInt(b)));
  const x = Number(a), y = Number(b);
  need(Number.isFinite(x) && Number.isFinite(y), "beyond all doubles");
  const result = inexact(x, y);
  need(Number.isFinite(result), "beyond all doubles");
  return result;
};
const plus = calculate((a, b) => a + b, (a, b) => a + b);
const minus = calculate((a, b) => a - b, (a, b) => a - b);
const times = calculate((a, b) => a * b, (a, b) => a * b);
const comparable = (a, b) => need(typeof a === "string" && typeof b === "string"
  || isNumber(a) && isNumber(b), "neither two numbers nor two texts");
const less = (a, b) => (comparable(a, b), a < b);
const atMost = (a, b) => (comparable(a, b), a <= b);
const isObject = (x) => typeof x === "object" && x !== null;
const same = (a, b) => {
  if (isNumber(a) && isNumber(b)) return a == b;
  if (!isObject(a) || !isObject(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length
    && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
};
const keyOf = (container, step) => {
  need(isObject(container), "neither an object nor an array");
  if (Array.isArray(container)) {
    need(typeof step === "bigint" || Number.isSafeInteger(step), "not an index");
    return Number(step);
  }
  need(typeof step === "string" || typeof step === "bigint" || Number.isSafeInteger(step), "not a key");
  return String(step);
};
const isThere = (container, key) =>
  Array.isArray(container) ? key >= 0 && key < container.length : Object.hasOwn(container, key);
const look = (value, steps) => {
  for (const step of steps) {
    if (!isObject(value)) return NONE;
    if (Array.isArray(value) ? !(typeof step === "bigint" || Number.isSafeInteger(step))
      : !(typeof step === "string" || typeof step === "bigint" || Number.isSafeInteger(step))) return NONE;
    const key = keyOf(value, step);
    if (!isThere(value, key)) return NONE;
    value = value[key];
  }
  return value;
};
const at = (value, ...steps) => {
  const found = look(value, steps);
  need(found !== NONE, "nothing there");
  return found;
};
const orElse = (found, other) => found === NONE ? other() : found;
const keyIn = (found) => {
  if (found === NONE) return undefined;
  need(found === null || typeof found === "string" || Number.isSafeInteger(found), "no key");
  return found;
};
const truth = (x) => { need(typeof x === "boolean", "neither true nor false"); return x; };
const each = (x) => {
  need(isObject(x), "neither an array nor an object");
  return Array.isArray(x) ? x : Object.keys(x).sort().map((key) => x[key]);
};
const all = (x, test) => { for (const it of each(x)) if (!truth(test(it))) return false; return true; };
const any = (x, test) => { for (const it of each(x)) if (truth(test(it))) return true; return false; };
const count = (x) => {
  need(typeof x === "string" || isObject(x), "nothing to be counted");
  return isObject(x) && !Array.isArray(x) ? Object.keys(x).length : x.length;
};
const sum = (x) => { let total = 0; for (const it of each(x)) total = plus(total, it); return total; };
const fail = (message) => { throw new Error(message); };
const copy = (x) => Array.isArray(x) ? Array.from(x, copy) : !isObject(x) ? x
  : Object.fromEntries(Object.keys(x).map((key) => [key, copy(x[key])]));
const dataOf = (e) => e.data instanceof Uint8Array ? Array.from(e.data) : e.data;
const holder = (target, place, makes) => {
  for (const step of place.slice(0, -1)) {
    const key = keyOf(target, step);
    if (!isThere(target, key)) {
      if (!makes && !Array.isArray(target)) return NONE;
      need(!Array.isArray(target), "nothing there");
      target[key] = {};
    }
    target = target[key];
  }
  return target;
};
const last = (target, place) => keyOf(target, place[place.length - 1]);
const put = (target, key, value) => {
  need(!Array.isArray(target) || isThere(target, key), "nothing there");
  target[key] = value;
};
const set = (root, place, value) => {
  const given = copy(value), target = holder(root, place, true);
  put(target, last(target, place), given);
};
const add = (root, place, value) => {
  const target = holder(root, place, true), key = last(target, place);
  need(!Array.isArray(target) || isThere(target, key), "nothing there");
  put(target, key, plus(isThere(target, key) ? target[key] : 0, value));
};
const append = (root, place, value) => {
  const given = copy(value), target = holder(root, place, true), key = last(target, place);
  need(!Array.isArray(target) || isThere(target, key), "nothing there");
  if (!isThere(target, key)) target[key] = [];
  need(Array.isArray(target[key]), "not an array");
  target[key].push(given);
};
const remove = (root, place) => {
  const target = holder(root, place, false);
  if (target === NONE) return;
  const key = last(target, place);
  if (!isThere(target, key)) return;
  if (Array.isArray(target)) target.splice(key, 1); else delete target[key];
};
"""

ROOTS = {"state": "s", "before": "b", "after": "s", "data": "dataOf(e)", "memory": "m", "it": "it"}
INFIX = {"+": "plus", "-": "minus", "*": "times", "<": "less", "<=": "atMost", "==": "same"}


def text(value):
    """A literal. A whole number that no double has is a BigInt, here and inside of others."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value}n" if abs(value) > 2**53 - 1 else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    return "{" + ", ".join(f"[{json.dumps(key)}]: {text(item)}" for key, item in value.items()) + "}"


def place(x):
    return f"look({ROOTS[x[0]]}, [{', '.join(map(expression, x[1:]))}])"


def expression(x):
    if not isinstance(x, list):
        return text(x)
    verb, rest = x[0], x[1:]
    if verb in ROOTS:
        return f"at({', '.join([ROOTS[verb], *map(expression, rest)])})" if rest else ROOTS[verb]
    if verb == "event":
        return f"e.{rest[0]}"
    if verb == "has":
        return f"({place(rest[0])} !== NONE)"
    if verb == "else":
        return f"orElse({place(rest[0])}, () => {expression(rest[1])})"
    if verb in ["and", "or"]:
        sign = " && " if verb == "and" else " || "
        return "(" + sign.join(f"truth({expression(part)})" for part in rest) + ")"
    if verb == "not":
        return f"!truth({expression(rest[0])})"
    if verb == "if":
        return "(truth({}) ? {} : {})".format(*map(expression, rest))
    if verb in ["all", "any"]:
        return f"{verb}({expression(rest[0])}, (it) => {expression(rest[1])})"
    if verb == "quote":
        return f"({text(rest[0])})"
    if verb == "fail":
        return f"fail({text(rest[0])})"
    given = ", ".join(map(expression, rest))
    if verb in INFIX:
        return f"{INFIX[verb]}({given})"
    if verb == "!=":
        return f"!same({given})"
    if verb in [">", ">="]:  # Both sides are evaluated in the order in which they are written.
        return "((a, b) => {}(b, a))({})".format("less" if verb == ">" else "atMost", given)
    return f"{verb}({given})"


def step(x, target):
    verb, rest = x[0], x[1:]
    if verb == "if":
        other = f" else {{ {steps(rest[2], target)} }}" if len(rest) > 2 else ""
        return f"if (truth({expression(rest[0])})) {{ {steps(rest[1], target)} }}{other}"
    if verb == "fail":
        return f"fail({text(rest[0])});"
    if verb == "burn":
        return "for (;;) {}"
    given = ["[" + ", ".join(map(expression, rest[0])) + "]", *map(expression, rest[1:])]
    return f"{verb}({target}, {', '.join(given)});"


def steps(rows, target):
    return " ".join(step(row, target) for row in rows)


def invariant(rule):
    holds = expression(rule["holds"])
    if rule["kind"] == "state":
        return f"always((s) => {holds})"
    if rule["kind"] == "step":
        return f"step((b, e, s) => {holds})"
    return (f"history({text(rule['memory'])}, (m, b, e, s) => "
            f"{{ {steps(rule.get('do', []), 'm')} return {holds}; }})")


def script(table):
    parts = [f"initial: {text(table['initial'])}"]
    scope = table.get("scope", "log")
    if isinstance(scope, dict):
        key = scope["key"]
        known = place(key) if isinstance(key, list) and key[0] in ROOTS else expression(key)
        parts.append(f"scope: \"key\",\n  key: (e) => keyIn({known})")
    else:
        parts.append(f'scope: "{scope}"')
    handlers = "".join(f"\n    [{json.dumps(type)}]: (s, e) => {{ {steps(rows, 's')} }},"
                       for type, rows in table.get("on", {}).items())
    parts.append(f"on: {{{handlers}\n  }}")
    if table.get("ignore"):
        parts.append(f"ignore: {text(table['ignore'])}")
    if table.get("invariants"):
        rules = "".join(f"\n    [{json.dumps(name)}]: {invariant(rule)},"
                        for name, rule in table["invariants"].items())
        parts.append(f"invariants: {{{rules}\n  }}")
    if table.get("regions"):
        moves = text(table["regions"].get("moves", {}))
        parts.append(f"regions: {{ of: (s) => {expression(table['regions']['of'])}, moves: {moves} }}")
    body = ",\n  ".join(parts)
    return f"{needed(body)}machine({json.dumps(table['name'])}, {table['version']}, {{\n  {body},\n}})\n"


def needed(body):
    """Of the prelude, what a script uses."""
    parts = re.split(r"(?m)^(?=const )", PRELUDE.strip() + "\n")[1:]
    names = {re.match(r"const (\w+)", part).group(1): part for part in parts}
    used, open_ = set(), [body]
    while open_:
        words = set(re.findall(r"\w+", open_.pop())) & names.keys() - used
        used |= words
        open_ += [names[word] for word in words]
    return "".join(part for name, part in names.items() if name in used)

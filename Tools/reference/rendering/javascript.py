"""A machine of the table language as a script for evlog."""

import json
import os
import re

from rendering import MACHINES, Language

with open(os.path.join(MACHINES, "values.js"), encoding="utf-8") as file:
    VALUES = {re.match(r"const (\w+)", part).group(1): part
              for part in re.split(r"(?m)^(?=const )", file.read())[1:]}

def text(value):
    """A literal. A whole number that no double has is a BigInt, here and inside of others."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1:
        return f"{value}n"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "({" + ", ".join(f"[{json.dumps(key)}]: {text(item)}" for key, item in value.items()) + "})"
    return json.dumps(value)

# Both sides are evaluated in the order in which they are written.
SCRIPT = Language(text, {
    "event": "e.{}", "fail": "fail({!r})", "has": "({} !== NONE)", "else": "orElse({}, () => {})",
    "and": "({})", "or": "({})", "not": "!truth({})", "if": "(truth({}) ? {} : {})",
    "all": "all({}, (it) => {})", "any": "any({}, (it) => {})", "!=": "!same({}, {})",
    ">": "((a, b) => less(b, a))({}, {})", ">=": "((a, b) => atMost(b, a))({}, {})",
    "when": "if (truth({})) {{ {} }}", "burn": "for (;;) {{}}", "step": "{}({}, {});",
}, {"data": "dataOf(e)"})

def invariant(rule):
    holds = SCRIPT.expression(rule["holds"])
    if rule["kind"] == "history":
        steps = SCRIPT.steps(rule.get("do", []), "m")
        return f"history({text(rule['memory'])}, (m, b, e, s) => {{ {steps} return {holds}; }})"
    return f"always((s) => {holds})" if rule["kind"] == "state" else f"step((b, e, s) => {holds})"

def script(table):
    scope = table.get("scope", "log")
    parts = [f"initial: {text(table['initial'])}", f'scope: "{"key" if isinstance(scope, dict) else scope}"']
    if isinstance(scope, dict):
        key = scope["key"]
        is_place = isinstance(key, list) and key[0] in SCRIPT.roots
        parts.append(f"key: (e) => keyIn({SCRIPT.place(key) if is_place else SCRIPT.expression(key)})")
    handlers = {type: f"(s, e) => {{ {SCRIPT.steps(rows, 's')} }}" for type, rows in table.get("on", {}).items()}
    rules = {name: invariant(rule) for name, rule in table.get("invariants", {}).items()}
    for name, members in [("on", handlers), ("invariants", rules)]:
        rows = "".join(f"\n    [{json.dumps(key)}]: {member}," for key, member in members.items())
        parts.append(f"{name}: {{{rows}\n  }}")
    if table.get("ignore"):
        parts.append(f"ignore: {text(table['ignore'])}")
    if table.get("regions"):
        moves = text(table["regions"].get("moves", {}))
        parts.append(f"regions: {{ of: (s) => {SCRIPT.expression(table['regions']['of'])}, moves: {moves} }}")
    body = ",\n  ".join(parts)
    return f"{needed(body)}machine({json.dumps(table['name'])}, {table['version']}, {{\n  {body},\n}})\n"

def needed(body):
    """Of values.js, what a script uses."""
    used, open_ = set(), [body]
    while open_:
        words = set(re.findall(r"\w+", open_.pop())) & VALUES.keys() - used
        used |= words
        open_ += [VALUES[word] for word in words]
    return "".join(part for name, part in VALUES.items() if name in used)

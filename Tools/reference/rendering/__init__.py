"""Machines of the table language as programs: what the two languages have in common.

What the rendered functions do is in Tests/table-machines, in values.js and Values.swift.
"""

import os

MACHINES = os.path.join(os.path.dirname(__file__), "../../../Tests/table-machines")
ROOTS = {"state": "s", "before": "b", "after": "s", "data": "e.data", "memory": "m", "it": "it"}
FUNCTIONS = {"+": "plus", "-": "minus", "*": "times", "<": "less", "<=": "atMost", "==": "same"}

class Language:
    """How literals are written, and by verb what is made of the parts of an expression or of a step."""

    def __init__(self, literal, forms, roots=()):
        self.literal, self.forms, self.roots = literal, forms, {**ROOTS, **dict(roots)}

    def place(self, x):
        return f"look({self.roots[x[0]]}, [{self.row(x[1:])}])"

    def row(self, parts):
        return ", ".join(map(self.expression, parts))

    def expression(self, x):
        if not isinstance(x, list):
            return self.literal(x)
        verb, rest = x[0], x[1:]
        if verb in self.roots:
            return f"at({self.roots[verb]}, {self.row(rest)})" if rest else self.roots[verb]
        if verb == "quote":
            return self.literal(rest[0])
        if verb in ["event", "fail"]:
            return self.forms[verb].format(rest[0])
        if verb in ["has", "else"]:
            return self.forms[verb].format(self.place(rest[0]), *map(self.expression, rest[1:]))
        parts = list(map(self.expression, rest))
        if verb in ["and", "or"]:
            sign = " && " if verb == "and" else " || "
            return self.forms[verb].format(sign.join(f"truth({part})" for part in parts))
        if verb in self.forms:
            return self.forms[verb].format(*parts)
        return f"{FUNCTIONS.get(verb, verb)}({', '.join(parts)})"

    def steps(self, rows, target):
        return " ".join(self.step(verb, rest, target) for verb, *rest in rows)

    def step(self, verb, rest, target):
        if verb == "if":
            condition, *branches = rest
            text = self.forms["when"].format(self.expression(condition), self.steps(branches[0], target))
            return text + (f" else {{ {self.steps(branches[1], target)} }};" if branches[1:] else ";")
        if verb in ["fail", "burn"]:
            return self.forms[verb].format(*rest) + ";"
        given = ", ".join([f"[{self.row(rest[0])}]", *map(self.expression, rest[1:])])
        return self.forms["step"].format(verb, target, given)

"""The machines of fixed.json as Swift, as they are in Tests/table-machines/TableMachines.swift.

    PYTHONPATH=Tools/reference python3 -m rendering.swift > Tests/table-machines/TableMachines.swift
"""

import json
import os

from rendering.javascript import INFIX

ROOTS = {"state": "s", "before": "b", "after": "s", "data": "e.data", "memory": "m", "it": "it"}
HEADER = """// swift-format-ignore-file
// Rendered from Tools/reference/rendering/fixed.json by Tools/reference/rendering/swift.py: change it there.

import EventLog
import Replay
"""


def text(value):
    return f'#"{value}"#' if '"' in value or "\\" in value else f'"{value}"'


def literal(value):
    if isinstance(value, bool):
        return f".bool({str(value).lower()})"
    if isinstance(value, int):
        return f".int({value})"
    if isinstance(value, str):
        return f".string({text(value)})"
    return f"json({text(json.dumps(value, ensure_ascii=False))})"


def place(x):
    return f"look({ROOTS[x[0]]}, [{', '.join(map(expression, x[1:]))}])"


def expression(x):
    if not isinstance(x, list):
        return literal(x)
    verb, rest = x[0], x[1:]
    if verb in ROOTS:
        return f"at({', '.join([ROOTS[verb], *map(expression, rest)])})" if rest else ROOTS[verb]
    if verb == "event":
        return f"e[{text(rest[0])}]"
    if verb == "has":
        return f".bool({place(rest[0])} != nil)"
    if verb == "else":
        return f"({place(rest[0])} ?? {expression(rest[1])})"
    if verb in ["and", "or"]:
        sign = " && " if verb == "and" else " || "
        return ".bool(" + sign.join(f"truth({expression(part)})" for part in rest) + ")"
    if verb == "not":
        return f".bool(!truth({expression(rest[0])}))"
    if verb == "if":
        return "(truth({}) ? {} : {})".format(*map(expression, rest))
    if verb in ["all", "any"]:
        return f"{verb}Of({expression(rest[0])}) {{ it in try {expression(rest[1])} }}"
    if verb == "quote":
        return literal(rest[0])
    given = list(map(expression, rest))
    if verb in [">", ">="]:
        return f"{'less' if verb == '>' else 'atMost'}({given[1]}, {given[0]})"
    if verb == "!=":
        return f".bool(!truth(same({', '.join(given)})))"
    return f"{INFIX.get(verb, verb)}({', '.join(given)})"


def steps(rows, target, indent):
    lines = []
    for verb, *rest in rows:
        if verb == "if":
            lines.append(f"{indent}if try truth({expression(rest[0])}) {{")
            lines += steps(rest[1], target, indent + "  ")
            if len(rest) > 2:
                lines.append(f"{indent}}} else {{")
                lines += steps(rest[2], target, indent + "  ")
            lines.append(f"{indent}}}")
        else:
            given = ["[" + ", ".join(map(expression, rest[0])) + "]", *map(expression, rest[1:])]
            lines.append(f"{indent}try {verb}(&{target}, {', '.join(given)})")
    return lines


def invariant(name, rule):
    holds = f"try truth({expression(rule['holds'])})"
    if rule["kind"] == "state":
        return [f"      .always({text(name)}) {{ s in {holds} }},"]
    uses = json.dumps(rule["holds"])
    names = [own if root in uses else "_" for own, root in [("b", '"before"'), ("e", "data"), ("s", "state")]]
    names[1] = "e" if '"data"' in uses or '"event"' in uses else "_"
    names[2] = "s" if '"after"' in uses or '"state"' in uses else "_"
    if rule["kind"] == "step":
        return [f"      .step({text(name)}) {{ {', '.join(names)}, _ in {holds} }},"]
    does = json.dumps(rule["do"])
    event = "e" if '"data"' in does or '"event"' in does else names[1]
    return [f"      .history({text(name)}, initial: {literal(rule['memory'])}) {{ m, {names[0]}, {event}, {names[2]}, _ in",
            *steps(rule["do"], "m", "        "), f"        return {holds}", "      },"]


def machine(table):
    type = table["name"].capitalize() + "Machine"
    handled = [name for name in table["on"] if name != "*"]
    everything = "*" in table["on"]
    ignored = ", ".join(map(text, table.get("ignore", [])))
    yield f"struct {type}: Machine {{"
    yield f"  let name = {text(table['name'])}"
    yield f"  let version = {table['version']}"
    yield f"  let initialState = {literal(table['initial'])}"
    yield f"  let ignoredTypes: Set<String> = [{ignored}]"
    types = "[" + ", ".join(map(text, handled)) + "]"
    if everything:
        types = "[event.type]"
    yield ""
    yield "  func decode(_ event: RecordedEvent) throws -> TableEvent {"
    yield f"    try TableEvent(event, handled: {types})"
    yield "  }"
    scope = table["scope"]
    if scope == "stream":
        yield "\n  var scope: Scope { .stream }"
    if isinstance(scope, dict):
        yield "\n  var scope: Scope {"
        yield "    .key { event in"
        yield "      guard let e = try? TableEvent(event, handled: [event.type]) else { return nil }"
        yield f"      return keyText({place(scope['key'])})"
        yield "    }"
        yield "  }"
    yield "\n  func reduce(into s: inout JSONValue, _ e: TableEvent, _ context: EventContext) {"
    yield "    mustNotFail {"
    yield "      switch e.type {"
    for name in handled:
        yield f"      case {text(name)}:"
        yield from steps(table["on"][name], "s", "        ")
    yield "      default:"
    if everything:
        yield from steps(table["on"]["*"], "s", "        ")
    else:
        yield "        break"
    yield "      }"
    yield "    }"
    yield "  }"
    yield "\n  var invariants: [Invariant<Self>] {"
    yield "    ["
    for name, rule in table["invariants"].items():
        yield from invariant(name, rule)
    yield "    ]"
    yield "  }"
    if "regions" in table:
        yield "\n  var regions: Regions<JSONValue>? {"
        yield "    Regions("
        yield f"      of: {{ s in mustNotFail {{ try keyText({expression(table['regions']['of'])}) ?? \"\" }} }},"
        yield "      moves: ["
        for region, moves in table["regions"]["moves"].items():
            row = ", ".join(f"{text(name)}: {move(moves[name])}" for name in moves)
            yield f"        {text(region)}: [{row}],"
        yield "      ])"
        yield "  }"
    yield "}"


def move(given):
    return f".allowed(to: [{', '.join(map(text, given))}])" if isinstance(given, list) else f".{given}"


def tables():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixed.json"), encoding="utf-8") as file:
        return json.load(file)


def rendered():
    parts = ["\n".join(machine(table)) for table in tables()]
    names = ", ".join(f"{table['name'].capitalize()}Machine().program" for table in tables())
    return "\n".join([HEADER, "\n\n".join(parts), "", f"let tableMachines: [any Program] = [{names}]"])


if __name__ == "__main__":
    print(rendered())

"""The machines of machines.json as Swift, as they are in Tests/table-machines/TableMachines.swift.

    PYTHONPATH=Tools/reference python3 -m rendering.swift > Tests/table-machines/TableMachines.swift
"""

import json
import os

from rendering import MACHINES, Language

HEADER = """// swift-format-ignore-file
// Rendered from machines.json by Tools/reference/rendering/swift.py: change it there.
import EvlogJSON
import EvlogMachine
import EvlogStore
"""
MACHINE = """
struct {type}: Machine {{
  let name = {name}
  let version = {version}
  let initialState = {initial}
  let ignoredTypes: Set<String> = [{ignored}]
  var scope: Scope {{ {scope} }}
  func decode(_ event: RecordedEvent) throws -> TableEvent {{
    try TableEvent(event, handled: [{types}])
  }}
  func reduce(into s: inout JSONValue, _ e: TableEvent, _ context: EventContext) {{
    mustNotFail {{
      switch e.type {{
{cases}
      }}
    }}
  }}
  var invariants: [Invariant<Self>] {{
    [
{invariants}
    ]
  }}
  var regions: Regions<JSONValue>? {{ {regions} }}
}}
"""

def text(value):
    return f'#"{value}"#' if '"' in value or "\\" in value else f'"{value}"'

def literal(value):
    kind = {int: f".int({value})", str: f".string({text(str(value))})"}
    return kind.get(type(value)) or f"json({text(json.dumps(value))})"

SWIFT = Language(literal, {
    "event": 'e["{}"]', "has": ".bool({} != nil)", "else": "({} ?? {})", "and": ".bool({})", "or": ".bool({})",
    "not": ".bool(!truth({}))", "if": "(truth({}) ? {} : {})", "!=": ".bool(!truth(same({}, {})))",
    "all": "allOf({}) {{ it in try {} }}", "any": "anyOf({}) {{ it in try {} }}",
    ">": "less({1}, {0})", ">=": "atMost({1}, {0})",
    "when": "if try truth({}) {{ {} }}", "step": "try {}(&{}, {});",
})

def invariant(name, rule):
    holds = f"try truth({SWIFT.expression(rule['holds'])})"
    if rule["kind"] == "history":
        steps = SWIFT.steps(rule["do"], "m")
        return (f"      .history({text(name)}, initial: {literal(rule['memory'])}) "
                f"{{ m, b, e, s, _ in {steps} return {holds} }},")
    given = "s" if rule["kind"] == "state" else "b, e, s, _"
    return f"      .{'always' if rule['kind'] == 'state' else 'step'}({text(name)}) {{ {given} in {holds} }},"

def key(place):
    return (".key { guard let e = try? TableEvent($0, handled: [$0.type]) else { return nil }; "
            f"return keyText({SWIFT.place(place)}) }}")

def regions(table):
    def move(given):
        return f".allowed(to: [{', '.join(map(text, given))}])" if isinstance(given, list) else f".{given}"

    rows = ", ".join(f"{text(region)}: [{', '.join(f'{text(type)}: {move(given)}' for type, given in moves.items())}]"
                     for region, moves in table["moves"].items())
    of = f'{{ s in mustNotFail {{ try keyText({SWIFT.expression(table["of"])}) ?? "" }} }}'
    return f"Regions(of: {of}, moves: [{rows}])"

def machine(table):
    on, scope = table["on"], table["scope"]
    cases = [f"      case {text(type)}: {SWIFT.steps(steps, 's')}" for type, steps in on.items() if type != "*"]
    cases.append(f"      default: {SWIFT.steps(on.get('*', []), 's') or 'break'}")
    return MACHINE.format(
        type=table["name"].capitalize() + "Machine", name=text(table["name"]), version=table["version"],
        initial=literal(table["initial"]), ignored=", ".join(map(text, table.get("ignore", []))),
        scope=key(scope["key"]) if isinstance(scope, dict) else f".{scope}",
        types="event.type" if "*" in on else ", ".join(map(text, on)), cases="\n".join(cases),
        invariants="\n".join(invariant(*rule) for rule in table["invariants"].items()),
        regions=regions(table["regions"]) if "regions" in table else "nil")

def tables():
    with open(os.path.join(MACHINES, "machines.json"), encoding="utf-8") as file:
        return json.load(file)

if __name__ == "__main__":
    names = ", ".join(f"{table['name'].capitalize()}Machine().program" for table in tables())
    print(HEADER + "".join(map(machine, tables())) + f"\nlet tableMachines: [any Program] = [{names}]")

"""Validates lines of JSON from standard input with the schemas in a folder; says what is wrong.

The validator is the package jsonschema, which knows nothing of evlog.
"""

import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")
import jsonschema

schemas = {path.stem: json.loads(path.read_text()) for path in pathlib.Path(sys.argv[1]).glob("*.json")}
event = schemas.pop("event")


def inlined(schema):
    """A reference to event.json is the schema of events."""
    if isinstance(schema, dict):
        return event if schema.get("$ref") == "event.json" else {key: inlined(value) for key, value in schema.items()}
    return [inlined(item) for item in schema] if isinstance(schema, list) else schema


validators = {}
for name, schema in schemas.items():
    jsonschema.Draft202012Validator.check_schema(schema)
    validators[name] = jsonschema.Draft202012Validator(inlined(schema))

count = wrong = 0
for line in sys.stdin:
    answer = json.loads(line)
    count += 1
    errors = list(validators[answer["command"].replace(" ", "-")].iter_errors(answer))
    wrong += bool(errors)
    for error in errors[:3]:
        best = jsonschema.exceptions.best_match([error])
        print(answer["command"], list(best.absolute_path), best.message[:300])
print(f"{count} validated, {wrong} wrong")

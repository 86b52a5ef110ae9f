"""Says which lines are as a JSON Schema says: one digit for each, 1 for yes.

Reads a schema on the first line of each group, then how many lines follow, then the lines. The validator is the package
jsonschema, which knows nothing of evlog.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")
import jsonschema

lines = iter(sys.stdin)
for first in lines:
    schema = json.loads(first)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    print("".join(str(int(validator.is_valid(json.loads(next(lines))))) for _ in range(int(next(lines)))))

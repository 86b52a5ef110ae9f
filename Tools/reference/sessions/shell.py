"""A session as a shell script that anyone can run, with what was expected and what was found."""

import shlex

import exact
from rendering.javascript import script


def printf(content):
    """The argument of printf that makes these bytes."""
    text = ""
    for byte in content:
        c = chr(byte)
        text += {"\\": "\\\\\\\\"[:2], "%": "%%", "\n": "\\n", "'": "'\\''"}.get(c) or (
            c if 32 <= byte < 127 else f"\\{byte:03o}")
    return f"'{text}'"


def here(name, text):
    return f"cat > {name} <<'END'\n{text.rstrip()}\nEND"


def argument(text):
    """An argument in quotes; one with bytes that are no plain text is made by printf."""
    if all(32 <= ord(c) < 127 for c in text):
        return shlex.quote(text)
    return f'"$(printf {printf(text.encode())})"'


def shell(session, found, seed, notes=()):
    rows = ["#!/bin/sh", f"# Found with --seed {seed}. Run it with EVLOG=path/to/evlog.",
            *(f"# {note}" for note in notes),
            'EVLOG=$(command -v "${EVLOG:-evlog}")', 'cd "$(mktemp -d)" || exit', ""]
    for i, (kind, what, *rest) in enumerate(session.steps):
        if kind == "write" and what.endswith(".json"):
            rows.append(here(what.replace(".json", ".js"), script(exact.scripted(exact.parse(rest[0])))))
        elif kind == "write":
            content = rest[0]
            plain = all(32 <= b < 127 or b == 10 for b in content) and content.endswith(b"\n")
            rows.append(here(what, content.decode()) if plain else f"printf {printf(content)} > {what}")
        elif kind == "remove":
            rows.append(f"rm -rf {what}")
        else:
            piped = next((a for a in what if a.startswith("/dev/fd/")), None)
            words = [w for w in [*what[0].split(" "), *what[1:]]]
            words = ["/dev/stdin" if w == piped else w for w in words]
            line = '"$EVLOG" ' + " ".join(map(argument, words)) + ("" if kind in ["raw", "text"] else " --json")
            if piped:
                line = f"cat {piped[8:]} | {line}"
            if kind == "kill":
                line = f"{line} & sleep {rest[0]}; kill -9 $!; wait"
            if i == found.step:
                rows += ["", "# What is wrong here:"] + [f"#   {row}" for _, sentence in found.wrong[:4]
                                                         for row in sentence.split("\n")]
                line += '; echo "exit code $?"'
            else:
                line += " > /dev/null"
            rows.append(line)
    return "\n".join(rows) + "\n"

"""Plays a session: each step with the command, and with the reference beside it."""

import copy
import os
import shutil
import subprocess
import tempfile
import time

from sessions.calls import Timeout, environment
from sessions.command import World
from events import Log, Refused
from rendering.javascript import script
from sessions.comparison import disagreements
import exact


class Found:
    """The first disagreement of a session."""

    def __init__(self, step, arguments, wrong):
        self.step, self.arguments, self.wrong = step, arguments, wrong

    @property
    def kind(self):
        """What two disagreements have in common that are probably one fault."""
        import re
        places = sorted({re.sub(r"\[\d+\]", "[]", place) for place, _ in self.wrong})
        return " ".join(self.arguments[:1]) + " " + places[0]


def play(session, calls):
    """The first disagreement, or None; and how many questions were asked."""
    folder = tempfile.mkdtemp(prefix="evlog-session-", dir=calls.folder)
    calls.enter()
    try:
        return play_in(folder, session, calls)
    finally:
        calls.leave()
        shutil.rmtree(folder, ignore_errors=True)


def play_in(folder, session, calls):
    world, asked = World(), 0
    for i, (kind, what, *rest) in enumerate(session.steps):
        if kind == "write":
            write(folder, world, what, rest[0])
        elif kind == "remove":
            shutil.rmtree(os.path.join(folder, what), ignore_errors=True)
        elif kind == "kill":
            wrong = kill(folder, world, calls, what, rest[0])
            if wrong:
                return Found(i, what, wrong), asked
        else:
            asked += 1
            expected = world.run(what)
            status, out, err = run(folder, world, calls, what, kind)
            wrong = disagreements(expected, status, out, err, kind, what)
            if wrong:
                return Found(i, what, wrong), asked
    return None, asked


def write(folder, world, name, content):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
    world.files[name] = content
    if name.endswith(".json"):
        with open(os.path.join(folder, name.replace(".json", ".js")), "w", encoding="utf-8") as file:
            file.write(script(exact.scripted(exact.parse(content))))


def command(arguments, kind):
    row = [*arguments[0].split(" "), *arguments[1:]]
    return row if kind in ["raw", "text"] else [*row, "--json"]


def run(folder, world, calls, arguments, kind):
    row, given = command(arguments, kind), None
    piped = next((a for a in row if a.startswith("/dev/fd/")), None)
    if piped is not None:
        row[row.index(piped)] = "/dev/stdin"
        given = world.files[piped[len("/dev/fd/"):]]
    try:
        status, *texts = calls.call(row, folder, given)
    except Timeout:
        return "none after 120 s", "", ""
    return status, *(text.decode("utf-8", "replace") for text in texts)


def kill(folder, world, calls, arguments, seconds):
    """Kills an import; what is in the log then must be some of its turns."""
    process = subprocess.Popen([calls.evlog, *command(arguments, "evlog")], cwd=folder, env=environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.kill()
    process.wait()
    status, out, err = run(folder, world, calls, ["stats", "log"], "evlog")
    if status != 0:
        return [("killed", f"exit code {status}: {err}")]
    end = exact.parse(out)["events"]
    whole = copy.deepcopy(world.logs["log"])
    start = len(whole.events)
    try:
        world.logs["log"] = whole
        world.run(arguments)
        whole = world.logs["log"]
    except Refused:
        pass
    if end < start or end not in [len(whole.events), *(offset for offset, _ in whole.turns)]:
        return [("killed", f"the log ends at {end}, which is not between turns")]
    if end < len(whole.events):
        whole.truncate(end)
    status, out, err = run(folder, world, calls, ["read", "log", "--ndjson"], "raw")
    wrong = disagreements(world.run(["read", "log", "--ndjson"]), status, out, err, "raw", ["read"])
    return wrong

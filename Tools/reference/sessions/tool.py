"""Plays many sessions, and prints those that disagree with the reference as shell scripts."""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
import traceback

from sessions.calls import Forks, Processes, library, memory
from sessions.player import play
from sessions.session import made
from sessions.shell import shell
from sessions.shrink import shrunk


PLAIN = 99  # In one of so many sessions, an odd number, each call has a process of its own.
COMPILED = 2  # One of so many asks about machines that are compiled in, if there is a command with them.
ways = {}  # By the command and whether each call has a process of its own: how it is called.


def begin(commands, forking, folder):
    """What each process that plays sessions does first."""
    for evlog in commands:
        ways[evlog, True] = Forks(evlog, forking, folder) if forking else Processes(evlog)
        ways[evlog, False] = Forks(evlog, forking, folder, hosts=True) if forking else ways[evlog, True]


def attempt(task):
    """Plays one session; returns its seed, the questions asked, and what is wrong, if anything is."""
    seed, shrinks, evlog, is_compiled = task
    plain, calls = ways[evlog, True], ways[evlog, seed % PLAIN == 0]
    try:
        session = made(seed, is_compiled)
        found, asked = play(session, calls)
        if found is None:
            return seed, asked, None
        if shrinks:
            session, found = shrunk(session, found, calls)
        notes = ["Its machines are those of table-machines, which is the command here."] if is_compiled else []
        if calls is not plain and all(play(session, plain)[0] is None for _ in range(5)):
            notes.append("One process ran all calls. Five times more, with a process for each call, all was well.")
        return seed, asked, shell(session, found, seed, notes)
    except Exception:
        return seed, 0, f"# With --seed {seed} the reference itself failed:\n{traceback.format_exc()}"


def main():
    parser = argparse.ArgumentParser(
        prog="Tools/sessions", description="Plays sessions with evlog and compares every answer with that of "
        "Tools/reference. Exits with 1 where one disagrees, and prints it as a shell script.")
    parser.add_argument("--evlog", default=os.environ.get("EVLOG", ".build/release/evlog"), help="the command")
    parser.add_argument("--seed", type=int, help="the first session; each has the number after the one before")
    parser.add_argument("--count", type=int, help="how many sessions; 100 by default")
    parser.add_argument("--minutes", type=float, help="go on for so long, instead of --count")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many that disagree")
    parser.add_argument("--no-shrinking", action="store_true", help="print sessions as they were made")
    parser.add_argument("--processes", action="store_true",
                        help="start a process for each call instead of forking one that is loaded: ten times slower")
    parser.add_argument("--compiled", action="store_true", help="ask about the machines of Tests/table-machines")
    parser.add_argument("--tables", help="a command that has those machines, for half of the sessions; "
                        "table-machines beside --evlog by default, '' for none")
    options = parser.parse_args()
    evlog = os.path.abspath(options.evlog)
    if not os.access(evlog, os.X_OK):
        parser.error(f"there is no command at {evlog}: build it, or name one with --evlog")
    beside = os.path.join(os.path.dirname(evlog), "table-machines")
    tables = os.path.abspath(options.tables) if options.tables else beside if options.tables is None else None
    if options.compiled or tables == beside and not os.access(tables, os.X_OK):
        tables = None
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    count = options.count or (100 if options.minutes is None else 10**9)
    end = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")
    print(f"sessions from --seed {seed}", flush=True)

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(
            prefix="evlog-sessions-", dir=memory()) as played_in:
        forking = None if options.processes else library(folder)
        commands = [evlog, *([tables] if tables else [])]
        pool = multiprocessing.Pool(options.jobs, begin, (commands, forking, played_in))
        failed = played(pool, options, evlog, tables, seed, count, end)
        pool.terminate()
    return 1 if failed else 0


def played(pool, options, evlog, tables, seed, count, end):
    """Plays the sessions, prints what is wrong, and returns how many disagree."""

    def task(number):
        is_other = tables is not None and number % COMPILED == 0
        return number, not options.no_shrinking, tables if is_other else evlog, options.compiled or is_other

    def answers():
        # A pool takes all the tasks that it is given at once, so it is given a few.
        for start in range(seed, seed + count, 100):
            yield from pool.imap_unordered(attempt, map(task, range(start, min(start + 100, seed + count))))

    sessions = questions = failed = 0
    for number, asked, wrong in answers():
        sessions += 1
        questions += asked
        if wrong is not None:
            failed += 1
            print(f"\n{wrong}", flush=True)
        if sessions % 1000 == 0:
            print(f"{sessions} sessions, {failed} disagree", flush=True)
        if failed >= options.failures or time.monotonic() > end:
            break
    print(f"{sessions} sessions, {questions} questions: " + (
        f"{failed} disagree" if failed else "the command and the reference agree"))
    return failed


if __name__ == "__main__":
    sys.exit(main())

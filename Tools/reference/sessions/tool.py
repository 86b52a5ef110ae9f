"""Plays many sessions, and prints those that disagree with the reference as shell scripts."""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
import traceback

from sessions.calls import Forks, Processes, library
from sessions.player import play
from sessions.session import made
from sessions.shell import shell
from sessions.shrink import shrunk


command = None


def begin(evlog, forking):
    """What each process that plays sessions does first."""
    global command
    command = Forks(evlog, forking) if forking else Processes(evlog)


def attempt(task):
    """Plays one session; returns its seed, the questions asked, and what is wrong, if anything is."""
    seed, shrinks, is_compiled = task
    try:
        session = made(seed, is_compiled)
        found, asked = play(session, command)
        if found is None:
            return seed, asked, None
        if shrinks:
            session, found = shrunk(session, found, command)
        return seed, asked, shell(session, found, seed)
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
                        help="start a process for each call instead of forking one that is loaded: three times slower")
    parser.add_argument("--compiled", action="store_true", help="ask about the machines of Tests/table-machines")
    options = parser.parse_args()
    evlog = os.path.abspath(options.evlog)
    if not os.access(evlog, os.X_OK):
        parser.error(f"there is no command at {evlog}: build it, or name one with --evlog")
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    count = options.count or (100 if options.minutes is None else 10**9)
    end = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")
    print(f"sessions from --seed {seed}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        forking = None if options.processes else library(folder)
        pool = multiprocessing.Pool(options.jobs, begin, (evlog, forking))
        failed = played(pool, options, seed, count, end)
        pool.terminate()
    return 1 if failed else 0


def played(pool, options, seed, count, end):
    """Plays the sessions, prints what is wrong, and returns how many disagree."""

    def answers():
        # A pool takes all the tasks that it is given at once, so it is given a few.
        for start in range(seed, seed + count, 100):
            tasks = [(number, not options.no_shrinking, options.compiled)
                     for number in range(start, min(start + 100, seed + count))]
            yield from pool.imap_unordered(attempt, tasks)

    sessions = questions = failed = 0
    for number, asked, wrong in answers():
        sessions += 1
        questions += asked
        if wrong is not None:
            failed += 1
            print(f"\n{wrong}", flush=True)
        if failed >= options.failures or time.monotonic() > end:
            break
    print(f"{sessions} sessions, {questions} questions: " + (
        f"{failed} disagree" if failed else "the command and the reference agree"))
    return failed


if __name__ == "__main__":
    sys.exit(main())

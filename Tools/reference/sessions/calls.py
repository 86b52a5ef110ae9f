"""Calls the command: as a process of its own, or as a child of one that has already loaded its libraries."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile

SOURCES = [os.path.join(os.path.dirname(os.path.abspath(__file__)), f"prefork{part}.c")
           for part in ["", "_host", "_scripts"]]

SESSIONS = 250


def memory():
    """A folder that is in memory, if there is one and no other is asked for."""
    return "/dev/shm" if os.path.isdir("/dev/shm") and "TMPDIR" not in os.environ else None


class Timeout(Exception):
    """A call did not end in time."""


def environment():
    row = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    row.pop("LC_ALL", None)
    return row


class Processes:
    """Starts a process for each call."""

    folder = None  # Where sessions are played: where the system keeps such folders.

    def __init__(self, evlog):
        self.evlog = evlog

    def call(self, arguments, folder, given=None, seconds=120):
        """The exit code (below zero for a signal), and what was written to output and error."""
        try:
            done = subprocess.run([self.evlog, *arguments], cwd=folder, capture_output=True, env=environment(),
                                  timeout=seconds, input=given or b"")
        except subprocess.TimeoutExpired:
            raise Timeout()
        return done.returncode, done.stdout, done.stderr

    def enter(self):
        """A session begins."""

    def leave(self):
        """It is over."""

    def close(self):
        pass


class Forks(Processes):
    """Forks from a process that waits where the command's main would begin.

    By itself it forks for each call. One that `hosts` forks for each session, with what calls begin with done
    before; the child runs all calls of the session, in memory only. After some sessions there is another such
    process, since Swift's hashes have the same seed in all its children.
    """

    def __init__(self, evlog, library, folder, hosts=False):
        super().__init__(evlog)
        self.library, self.hosts, self.sessions = library, hosts, 0
        self.folder = folder if hosts else None
        self.outputs = tempfile.mkdtemp(dir=folder)
        self.begin()

    def begin(self):
        asked, self.asking = os.pipe()
        self.answers, answering = os.pipe()
        variables = {"LD_PRELOAD": self.library, "PREFORK_CALLS": str(asked), "PREFORK_ANSWERS": str(answering)}
        if self.hosts:
            variables.update(PREFORK_HOSTS="1", LD_BIND_NOW="1")
        self.server = subprocess.Popen([self.evlog], env={**environment(), **variables}, pass_fds=[asked, answering])
        os.close(asked)
        os.close(answering)

    def call(self, arguments, folder, given=None, seconds=120):
        if given is not None:
            return super().call(arguments, folder, given, seconds)  # a pipe, which is not what a file is
        files = ["/dev/null", os.path.join(self.outputs, "out"), os.path.join(self.outputs, "err")]
        row = b"".join(text.encode("utf-8", "surrogateescape") + b"\0"
                       for text in [os.path.abspath(folder), *files, self.evlog, *arguments])
        self.send(row)
        child = self.line(None)
        try:
            status = self.line(seconds)
        except Timeout:
            os.kill(child, signal.SIGKILL)
            self.line(None)
            raise
        texts = []
        for path in files[1:]:
            with open(path, "rb") as file:
                texts.append(file.read())
        return os.waitstatus_to_exitcode(status), *texts

    def enter(self):
        self.sessions += 1
        if self.sessions > (SESSIONS if self.hosts else 1):
            self.end()
            self.begin()
            self.sessions = 1
        if self.hosts:
            self.send(b"enter\0")

    def leave(self):
        if self.hosts:
            self.send(b"leave\0")

    def send(self, row):
        os.write(self.asking, b"%d\n" % len(row) + row)

    def line(self, seconds):
        digits = b""
        while not digits.endswith(b"\n"):
            if not select.select([self.answers], [], [], seconds)[0]:
                raise Timeout()
            some = os.read(self.answers, 1)
            if not some:
                raise RuntimeError("the process that forks for each call has ended")
            digits += some
        return int(digits)

    def end(self):
        os.close(self.asking)
        os.close(self.answers)
        self.server.wait()

    def close(self):
        self.end()
        shutil.rmtree(self.outputs, ignore_errors=True)


def library(folder):
    """The library that makes the command a server, built in a folder; None where that is not possible."""
    path = os.path.join(folder, "prefork.so")
    compiler = shutil.which("clang") or shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        return None
    built = subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", path, *SOURCES, "-ldl"], capture_output=True)
    return path if built.returncode == 0 else None

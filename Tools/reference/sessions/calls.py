"""Calls the command: as a process of its own, or as a child of one that has already loaded its libraries."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prefork.c")


class Timeout(Exception):
    """A call did not end in time."""


def environment():
    row = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    row.pop("LC_ALL", None)
    return row


class Processes:
    """Starts a process for each call."""

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

    def close(self):
        pass


class Forks(Processes):
    """Forks for each call from a process that waits where the command's main would begin."""

    def __init__(self, evlog, library):
        super().__init__(evlog)
        self.folder = tempfile.mkdtemp(prefix="evlog-calls-")
        asked, self.asking = os.pipe()
        self.answers, answering = os.pipe()
        variables = {"LD_PRELOAD": library, "PREFORK_CALLS": str(asked), "PREFORK_ANSWERS": str(answering)}
        self.server = subprocess.Popen([evlog], env={**environment(), **variables}, pass_fds=[asked, answering])
        os.close(asked)
        os.close(answering)

    def call(self, arguments, folder, given=None, seconds=120):
        if given is not None:
            return super().call(arguments, folder, given, seconds)  # a pipe, which is not what a file is
        files = ["/dev/null", os.path.join(self.folder, "out"), os.path.join(self.folder, "err")]
        row = b"".join(text.encode("utf-8", "surrogateescape") + b"\0"
                       for text in [os.path.abspath(folder), *files, self.evlog, *arguments])
        os.write(self.asking, b"%d\n" % len(row) + row)
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

    def close(self):
        os.close(self.asking)
        os.close(self.answers)
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def library(folder):
    """The library that makes the command a server, built in a folder; None where that is not possible."""
    path = os.path.join(folder, "prefork.so")
    compiler = shutil.which("clang") or shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        return None
    built = subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", path, SOURCE, "-ldl"], capture_output=True)
    return path if built.returncode == 0 else None

#!/usr/bin/env python3
"""Prints the events of an evlog store, one JSON object a line, and checks everything on the way.

An independent reader, written from FORMAT.md alone. It is a witness for the format, not a tool for
large logs: it holds a segment in memory and is slow. XXH3 comes from the system's libxxhash, the
rest from the standard library. Damage ends it with 1; of a wrong snapshot it only speaks.

    python3 Tools/read_log.py shop.evlog
"""

import fcntl
import json
import os
import re
import struct
import sys

from second_reader.encoding import (
    FACTOR, MASK, WHOLE, Damaged, crc, digest, hash128, need, unpacked,
)
from second_reader.segment import Segment


def contents(*path):
    try:
        with open(os.path.join(*path), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def read_identity(text):
    need(text.startswith(b"EVLOG "), "not the identity of a log")
    lines = text.splitlines(keepends=True)
    keys = [line.split()[0] for line in lines]
    expected = b"EVLOG format minimum-reader store segment-bytes checksum"
    need(keys == expected.split() and text.endswith(b"\n"), "EVLOG: other lines than there should be")
    values = [line.split(b" ", 1)[1].rstrip(b"\n").decode() for line in lines]
    need(values[5] == "%x" % crc(b"".join(lines[:5])), "EVLOG: a wrong checksum")
    need(int(values[1]) >= 3, "an older format")
    need(int(values[2]) <= 4, "a newer format")
    return bytes.fromhex(values[3])


def read_durable(data, store):
    """(end, is poisoned), or None where nothing is known."""
    if len(data) != 64 or data[:8] != b"EVLOGDUR" or data[8:24] != store:
        return None
    if crc(data[:60]) != struct.unpack_from("<I", data, 60)[0]:
        return None
    end, _, poisoned = struct.unpack_from("<QQQ", data, 24)
    return end, poisoned != 0


def has_writer(path):
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


class Log:
    def __init__(self, root):
        self.root = root
        self.store = read_identity(contents(root, "EVLOG"))
        is_live = has_writer(os.path.join(root, "LOCK"))
        mark = read_durable(contents(root, "DURABLE"), self.store)
        self.acknowledged = mark[0] if mark else 0
        self.limit = self.acknowledged if is_live or (mark and mark[1]) else MASK
        self.end, self.chain = 0, 0
        self.digests = [0]  # after so many events
        self.revisions = {}
        self.lost = 0  # placeholders of repairs so far
        self.lost_before = {}  # by stream, up to its last event

    def events(self):
        folder = os.path.join(self.root, "segments")
        kinds = {}
        for name in os.listdir(folder):
            base, _, suffix = name.partition(".")
            need(re.fullmatch("[0-9]{20}", base), "foreign file " + name)
            need(suffix in ("active", "sealed", "tmp"), "foreign file " + name)
            if suffix != "tmp":
                kinds.setdefault(base, set()).add(suffix)
        bases = sorted(kinds)
        for i, base in enumerate(bases):
            if self.end >= self.limit and int(base) > self.limit:
                break
            suffix = "sealed" if "sealed" in kinds[base] else "active"
            name = base + "." + suffix
            need(int(base) == self.end, name + ": events are missing before it")
            segment = Segment(self, name, contents(folder, name), suffix)
            try:
                if suffix == "sealed":
                    yield from segment.sealed()
                else:
                    yield from segment.active(i + 1 == len(bases))
            except (IndexError, UnicodeDecodeError, struct.error) as problem:
                raise Damaged(f"{name}: {problem}") from problem
            except Damaged as problem:
                raise Damaged(f"{name}: {problem}") from problem
        need(self.end >= self.acknowledged, "acknowledged events are missing at the end")

    def accept(self, found):
        for e in found:
            need(e["offset"] == self.end, "an event is not where it should be")
            stream = e["stream"]
            if stream == "evlog.lost":
                self.lost += 1
            else:
                gap = e["revision"] - self.revisions.get(stream, 0)
                known = self.lost - self.lost_before.get(stream, 0)
                need(0 <= gap <= known, "a revision does not follow")
                self.revisions[stream] = e["revision"] + 1
                self.lost_before[stream] = self.lost
            self.end += 1
            self.digests.append((self.digests[-1] * FACTOR + digest(e)) % WHOLE)
            yield e

    def snapshots(self):
        """What is wrong with which snapshot."""
        folder = os.path.join(self.root, "snapshots")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            try:
                self.snapshot(name, contents(folder, name))
            except (Damaged, ValueError, KeyError, IndexError, struct.error) as problem:
                yield f"{name}: {problem!r}"

    def snapshot(self, name, file):
        need("%032x" % hash128(file[:-32]) == file[-32:].decode(), "a wrong digest")
        magic, line, state = file[:-32].split(b"\n", 2)
        head = json.loads(line)
        cut = head["cut"]
        need(magic == b"EVLOGSNP 1" and head["scope"] in ("log", "stream", "key"), "a wrong head")
        machine = re.sub("[^A-Za-z0-9_]", "", head["machine"])[:40] or "machine"
        expected = f"{machine}-{head['fingerprint'][:16]}-{cut:020}.snapshot"
        need(name == expected, "not the name " + expected)
        need(bytes.fromhex(head["log"]) == self.store, "another log's")
        need(cut <= self.end, "of events that are not here")
        need(head["logDigest"] == "%032x" % self.digests[cut], "a wrong digest of the log")
        need(len(state) == head["storedBytes"], "a wrong number of bytes")
        saved = json.loads(unpacked(state, head["savedBytes"]))
        need(all(len(entry) == 4 for entry in saved), "a wrong state")


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        log = Log(sys.argv[1])
        for e in log.events():
            print(json.dumps(e))
        for problem in log.snapshots():
            print("snapshots/" + problem, file=sys.stderr)
    except (Damaged, ValueError, IndexError) as problem:
        print(f"damaged: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

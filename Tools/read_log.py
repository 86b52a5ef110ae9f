#!/usr/bin/env python3
"""Prints the events of an evlog store, one JSON object a line, and checks every checksum.

An independent reader: written from FORMAT.md alone, with the standard library alone. It is a witness
for the format, not a tool for large logs.

    python3 Tools/read_log.py shop.evlog
"""

import fcntl
import json
import os
import struct
import sys


class Damaged(Exception):
    pass


def need(condition, message):
    if not condition:
        raise Damaged(message)


# Checksums and digests

CRC_TABLE = []
for value in range(256):
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    CRC_TABLE.append(value)


def crc(data, start=0):
    value = start ^ 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def place_seed(salt, position):
    return crc(struct.pack("<QQ", salt, position))


MASK = (1 << 64) - 1


def murmur(data):
    """MurmurHash3_x64_128 with seed 0, as (high, low)."""

    def rotate(x, n):
        return (x << n | x >> (64 - n)) & MASK

    def mix(k):
        k = (k ^ k >> 33) * 0xFF51AFD7ED558CCD & MASK
        k = (k ^ k >> 33) * 0xC4CEB9FE1A85EC53 & MASK
        return k ^ k >> 33

    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = 0
    whole = len(data) // 16 * 16
    for k1, k2 in struct.iter_unpack("<QQ", data[:whole]):
        h1 ^= rotate(k1 * c1 & MASK, 31) * c2 & MASK
        h1 = ((rotate(h1, 27) + h2) * 5 + 0x52DCE729) & MASK
        h2 ^= rotate(k2 * c2 & MASK, 33) * c1 & MASK
        h2 = ((rotate(h2, 31) + h1) * 5 + 0x38495AB5) & MASK
    rest = data[whole:]
    h2 ^= rotate(int.from_bytes(rest[8:], "little") * c2 & MASK, 33) * c1 & MASK
    h1 ^= rotate(int.from_bytes(rest[:8], "little") * c1 & MASK, 31) * c2 & MASK
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    h1, h2 = mix(h1), mix(h2)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    return h1, h2


def lz4(data, raw_count):
    """Decompresses an LZ4 block."""
    if len(data) == raw_count:
        return data
    out = bytearray()
    i = 0

    def length(nibble):
        nonlocal i
        if nibble == 15:
            while True:
                byte = data[i]
                i += 1
                nibble += byte
                if byte != 255:
                    break
        return nibble

    while i < len(data):
        token = data[i]
        i += 1
        literals = length(token >> 4)
        out += data[i : i + literals]
        i += literals
        if i >= len(data):
            break
        distance = data[i] | data[i + 1] << 8
        i += 2
        need(0 < distance <= len(out), "LZ4: a match before the beginning")
        for _ in range(length(token & 15) + 4):
            out.append(out[-distance])
    need(len(out) == raw_count, "LZ4: a wrong number of bytes")
    return bytes(out)


# Numbers and names


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    return varint((value << 1 ^ value >> 63) & MASK)


def string(text):
    return varint(len(text.encode())) + text.encode()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def done(self):
        return self.at >= len(self.data)

    def byte(self):
        need(not self.done(), "a field is cut short")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                need(value <= MASK, "a varint is too large")
                return value

    def signed(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def take(self, count):
        need(self.at + count <= len(self.data), "a field is cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def string(self):
        return self.take(self.varint()).decode("utf-8", "strict")

    def fixed(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))


def events(envelopes, payload, first_offset, count, read_name):
    reader = Reader(envelopes)
    names = [read_name(reader) for _ in range(reader.varint())]
    time = position = 0
    result = []
    for i in range(count):
        flags = reader.byte()
        e = {"offset": first_offset + i}
        e["stream"], e["type"] = names[reader.varint()], names[reader.varint()]
        e["revision"] = reader.varint()
        time = (time + reader.signed() + (1 << 63) & MASK) - (1 << 63)
        e["time_ns"] = time
        data_count = reader.varint()
        for flag, key in [(2, "turn"), (4, "id"), (8, "causation"), (16, "correlation")]:
            if flags & flag:
                e[key] = reader.string()
        metadata_count = reader.varint() if flags & 32 else 0
        e["contentType"] = names[reader.varint()] if flags & 64 else "application/json"
        e["schemaVersion"] = reader.varint() if flags & 128 else 1
        e["beginsTurn"] = bool(flags & 1)
        e["data_hex"] = payload[position : position + data_count].hex()
        position += data_count
        if flags & 32:
            e["metadata_hex"] = payload[position : position + metadata_count].hex()
            position += metadata_count
        result.append(e)
    need(reader.done() and position == len(payload), "the columns have other sizes than they say")
    return result


def chained(digest, e):
    link = struct.pack("<QQ", *digest)
    link += varint(e["offset"]) + varint(e["revision"]) + varint(e["schemaVersion"])
    link += signed(e["time_ns"])
    link += string(e["stream"]) + string(e["type"]) + string(e["contentType"])
    for key in ["id", "causation", "correlation"]:
        link += b"\1" + string(e[key]) if key in e else b"\0"
    if "metadata_hex" in e:
        metadata = bytes.fromhex(e["metadata_hex"])
        link += b"\1" + varint(len(metadata)) + metadata
    else:
        link += b"\0"
    return murmur(link + bytes.fromhex(e["data_hex"]))


# Files


def read_identity(path):
    text = open(path, "rb").read()
    need(text.startswith(b"EVLOG "), "not the identity of a log")
    covered, last = text[: text.rindex(b"checksum ")], text[text.rindex(b"checksum ") :]
    values = dict(line.split(" ", 1) for line in text.decode().splitlines())
    need(int(values["minimum-reader"]) <= 1, "a newer format")
    need(int(last.split()[1], 16) == crc(covered), "EVLOG: a wrong checksum")
    return bytes.fromhex(values["store"])


def read_durable(path, store):
    """(end, is poisoned), or None where nothing is known."""
    try:
        data = open(path, "rb").read(64)
    except FileNotFoundError:
        return None
    if len(data) < 64 or data[:8] != b"EVLOGDUR" or data[8:24] != store:
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
        self.store = read_identity(os.path.join(root, "EVLOG"))
        is_live = has_writer(os.path.join(root, "LOCK"))
        mark = read_durable(os.path.join(root, "DURABLE"), self.store)
        self.acknowledged = mark[0] if mark else 0
        self.limit = self.acknowledged if is_live or (mark and mark[1]) else MASK
        self.end, self.chain, self.digest = 0, 0, (0, 0)

    def events(self):
        folder = os.path.join(self.root, "segments")
        kinds = {}
        for name in os.listdir(folder):
            base, suffix = name.split(".")
            need(len(base) == 20 and suffix in ("active", "sealed", "tmp"), "foreign file " + name)
            if suffix != "tmp":
                kinds.setdefault(base, set()).add(suffix)
        bases = sorted(kinds)
        for i, base in enumerate(bases):
            if self.end >= self.limit and int(base) > self.limit:
                break
            suffix = "sealed" if "sealed" in kinds[base] else "active"
            name = base + "." + suffix
            need(int(base) == self.end, name + ": events are missing before it")
            data = open(os.path.join(folder, name), "rb").read()
            salt = self.header(data, suffix, int(base), name)
            if suffix == "sealed":
                yield from self.sealed(data, salt, name)
            else:
                yield from self.active(data, salt, name, i + 1 == len(bases))
        need(self.end >= self.acknowledged, "acknowledged events are missing at the end")

    def header(self, data, suffix, base, name):
        need(len(data) >= 64 and data[:8] == b"EVLOGSEG", name + ": not a segment")
        minimum, kind = struct.unpack_from("<HB", data, 10)
        first, salt, _, chain, check = struct.unpack_from("<QQqII", data, 32)
        need(crc(data[:60]) == check, name + ": a wrong header checksum")
        need(minimum <= 1, name + ": a newer format")
        need(kind == {"active": 1, "sealed": 2}[suffix], name + ": another kind")
        need(data[16:32] == self.store, name + ": another store")
        need(first == base, name + ": another segment's name")
        need(chain == self.chain, name + ": does not continue the segment before")
        return salt

    def accept(self, found):
        for e in found:
            self.digest = chained(self.digest, e)
            yield e
        self.end += len(found)

    def active(self, data, salt, name, is_last):
        at = 64
        while self.end < self.limit and any(data[at : at + 48]):
            frame = self.frame(data, salt, at)
            if frame is None:
                need(is_last and self.end >= self.acknowledged, f"{name}: damage at byte {at}")
                print(f"{name}: torn at byte {at}", file=sys.stderr)
                return
            found, check, size = frame
            yield from self.accept(found)
            self.chain = check
            at += size

    def frame(self, data, salt, at):
        """(events, header checksum, size), or None where there is no whole frame."""
        head = data[at : at + 48]
        if len(head) < 48 or head[4] != 1:
            return None
        check = struct.unpack_from("<I", head)[0]
        if crc(head[4:], place_seed(salt, at)) != check:
            return None
        body_count, envelope_count, first, before, count, chain, body_check = struct.unpack_from(
            "<IIQQIII", head, 8
        )
        padded = (body_count + 7) // 8 * 8
        body = data[at + 48 : at + 48 + padded]
        if len(body) < padded or crc(body) != body_check:
            return None
        if chain != self.chain or first != self.end or before > first or count < 1:
            return None
        envelopes, payload = body[:envelope_count], body[envelope_count:body_count]
        return events(envelopes, payload, first, count, Reader.string), check, 48 + padded

    def sealed(self, data, salt, name):
        at = len(data) - 224
        trailer = data[at:]
        need(at >= 64 and trailer[216:] == b"EVLOGEND", name + ": no trailer")
        check = struct.unpack_from("<I", trailer, 212)[0]
        need(crc(trailer[:212], place_seed(salt, at)) == check, name + ": a wrong trailer checksum")
        sections = []
        place = None
        for i in range(5):
            position, stored, raw, check = struct.unpack_from("<QIII", trailer, 20 * i)
            need(place is None or position == place, name + ": bytes that belong to nothing")
            place = position + stored
            part = data[position:place]
            need(crc(part) == check, name + ": a wrong section checksum")
            sections.append(Reader(lz4(part, raw)))
        need(place == at, name + ": bytes that belong to nothing")
        first, end, earliest, latest, *digests = struct.unpack_from("<QQqqQQQQ", trailer, 100)
        _, last_frame = struct.unpack_from("<QI", trailer, 164)
        need(first == self.end, name + ": a wrong first offset")
        need(tuple(digests[:2]) == self.digest, name + ": a wrong digest before it")

        names = [sections[0].string() for _ in range(sections[0].varint())]
        need(sections[0].done(), name + ": more names than it says")
        at, found = 64, []
        while not sections[1].done():
            position, offset, count, low, high, *digest = sections[1].fixed("QQQqqQQ")
            need(position == at and offset == self.end, name + ": a block is not where it should be")
            need(tuple(digest) == self.digest, name + ": a wrong digest before a block")
            block, size = self.block(data, salt, at, names, name)
            times = [e["time_ns"] for e in block]
            need(len(block) == count and (low, high) == (min(times), max(times)), name + ": times")
            yield from self.accept(block)
            found += block
            at += size
        times = [e["time_ns"] for e in found]
        need((earliest, latest) == (min(times), max(times)), name + ": a wrong time")
        need(self.end == end, name + ": a wrong end")
        need(tuple(digests[2:]) == self.digest, name + ": a wrong digest after it")
        self.check_index(sections[2:], names, found, first, name)
        self.chain = last_frame

    def block(self, data, salt, at, names, name):
        head = data[at : at + 48]
        check, kind = struct.unpack_from("<IB", head)
        need(kind == 2, f"{name}: no block at byte {at}")
        need(crc(head[4:], place_seed(salt, at)) == check, f"{name}: damage at byte {at}")
        first, count, es, er, ps, pr, ec, pc = struct.unpack_from("<QIIIIIII", head, 8)
        envelopes, payload = data[at + 48 : at + 48 + es], data[at + 48 + es : at + 48 + es + ps]
        need(crc(envelopes) == ec and crc(payload) == pc, f"{name}: damage at byte {at}")
        found = events(
            lz4(envelopes, er), lz4(payload, pr), first, count, lambda r: names[r.varint()]
        )
        return found, 48 + es + ps

    def check_index(self, sections, names, found, first, name):
        streams, types, turns = sections
        by_stream, by_type, by_turn = {}, {}, []
        has_id = False
        for e in found:
            stream, type_ = e["stream"], e["type"]
            by_stream.setdefault(stream, []).append(e)
            by_type[type_] = by_type.get(type_, 0) + 1
            if e["beginsTurn"]:
                has_id = "turn" in e
                if has_id:
                    by_turn.append([murmur(e["turn"].encode())[1], e["offset"], 0])
            if has_id:
                by_turn[-1][2] += 1
        for stream in sorted(by_stream, key=str.encode):
            need(names[streams.varint()] == stream, name + ": the index by stream is wrong")
            need(streams.varint() == by_stream[stream][0]["revision"], name + ": a revision")
            need(streams.varint() == len(by_stream[stream]), name + ": a stream's count")
            last = first
            for e in by_stream[stream]:
                last += streams.varint()
                need(last == e["offset"], name + ": a stream's offset")
        for type_ in sorted(by_type, key=str.encode):
            need(names[types.varint()] == type_, name + ": the index by type is wrong")
            need(types.varint() == by_type[type_], name + ": a type's count")
        for turn in sorted(by_turn):
            need(list(turns.fixed("QQQ")) == turn, name + ": the index by turn is wrong")
        need(all(s.done() for s in sections), name + ": an index says more than there is")


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        for e in Log(sys.argv[1]).events():
            print(json.dumps(e))
    except Damaged as problem:
        print(f"damaged: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

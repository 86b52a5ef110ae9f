"""Checksums, hashes, numbers, names and events, as FORMAT.md writes them."""

import ctypes
import re
import struct


class Damaged(Exception):
    pass


def need(condition, message):
    if not condition:
        raise Damaged(message)


# Checksums, hashes and digests

MASK = (1 << 64) - 1
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


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


xxhash = ctypes.CDLL("libxxhash.so.0")
for function, result in [(xxhash.XXH3_64bits, ctypes.c_uint64), (xxhash.XXH3_128bits, Hash128)]:
    function.argtypes, function.restype = [ctypes.c_char_p, ctypes.c_size_t], result


def hash64(data):
    return xxhash.XXH3_64bits(data, len(data))


def hash128(data):
    found = xxhash.XXH3_128bits(data, len(data))
    return found.high << 64 | found.low


FACTOR = 0x9E3779B97F4A7C15F39CC0605CEDC835
WHOLE = 1 << 128


def digest(e):
    numbers = [e["offset"], e["revision"], e["time_ns"] & MASK, e["schemaVersion"]]
    numbers += [hash64(e[key].encode()) for key in ("stream", "type", "contentType")]
    for key in ("id", "causation", "correlation"):
        ids = e.get(key, [])
        hashes = [hash64(id_bytes(one)) for one in (ids if isinstance(ids, list) else [ids])]
        several = len(hashes) > 1
        numbers.append(hash64(struct.pack(f"<{len(hashes)}Q", *hashes)) if several else sum(hashes))
    metadata = e.get("metadata_hex")
    numbers.append(0 if metadata is None else hash64(bytes.fromhex(metadata)))
    data = hash128(bytes.fromhex(e["data_hex"]))
    return hash128(struct.pack("<13Q", *numbers, data >> 64, data & MASK))


def unpacked(data, raw_count, dictionary=b""):
    """What a part holds. It is an LZ4 block exactly if its stored count is not the raw one."""
    if len(data) == raw_count:
        return data
    need(len(data) < raw_count, "a part is stored in more bytes than it has")
    out = bytearray(dictionary)
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
    need(i == len(data) and len(out) == len(dictionary) + raw_count, "LZ4: a wrong number of bytes")
    return bytes(out[len(dictionary) :])


# Numbers, names and events

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def id_bytes(text):
    return bytes.fromhex(text.replace("-", "")) if UUID.fullmatch(text) else text.encode()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def done(self):
        return self.at == len(self.data)

    def take(self, count):
        need(self.at + count <= len(self.data), "a field is cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                need(value <= MASK, "a varint is too large")
                return value
        raise Damaged("a varint is too long")

    def signed(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def string(self):
        return self.take(self.varint()).decode()

    def id(self):
        length = self.varint()
        if length == 1:
            return uuid(self.take(16))
        need(length % 2 == 0, "an id of an odd number")
        text = self.take(length // 2).decode()
        need(not UUID.fullmatch(text), "a UUID that is not written in 16 bytes")
        return text

    def causation(self, may_be_several):
        if self.data[self.at] != 3:
            return self.id()
        need(may_be_several, "several causes in a segment that does not say so")
        self.at += 1
        count = self.varint()
        need(2 <= count <= 256, "a list of too few or too many causes")
        return [self.id() for _ in range(count)]

    def fixed(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def uuid(data):
    digits = data.hex()
    return "-".join(digits[a:b] for a, b in [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)])


def names(reader):
    """A list of names: some written as they are, others as a pattern and a number."""
    count, patterns = reader.varint(), []
    for _ in range(reader.byte()):
        kind = reader.byte()
        prefix = reader.string()
        need(kind == 32 or 1 <= kind <= 18, "a pattern of no kind")
        least, width = (0, 16) if kind == 32 else (reader.varint(), reader.byte())
        need(width <= 8 or kind == 32, "a pattern with numbers that are too wide")
        patterns.append((kind, prefix, least, width))
    need(len(patterns) <= 32, "too many patterns")
    pattern_of = reader.take(count) if patterns else bytes(count)
    need(max(pattern_of, default=0) <= len(patterns), "there is no such pattern")
    lengths = [0 if pattern else reader.varint() for pattern in pattern_of]
    found = [reader.take(length).decode() for length in lengths]
    for i, pattern in enumerate(pattern_of):
        if pattern:
            kind, prefix, least, width = patterns[pattern - 1]
            number = reader.take(width)
            if kind != 32:
                number = least + int.from_bytes(number, "little")
                need(number < 10**kind, "a number with too many digits")
            found[i] = prefix + (uuid(number) if kind == 32 else str(number).zfill(kind))
    need(len(set(found)) == len(found), "a name is there twice")
    return found


def pick(reader, found, used):
    number = reader.varint()
    need(number < len(found), "there is no such name")
    used.add(number)
    return found[number]


def events(envelopes, payload, first_offset, count, form):
    reader, payload = Reader(envelopes), Reader(payload)
    streams, types = names(reader), names(reader)
    unit = reader.byte()
    need(unit < 4, "times in no unit")
    least_data = reader.varint()
    result = [{"offset": first_offset + i} for i in range(count)]
    flags = reader.take(count)
    seen, used = 0, set()
    for e in result:
        number = reader.varint()
        need(number <= seen, "a stream that has not occurred")
        need(number > 0 or seen < len(streams), "there is no such stream")
        e["stream"] = streams[number - 1 if number else seen]
        seen += number == 0
    for e in result:
        e["type"] = pick(reader, types, used)
    for e in result:
        e["revision"] = reader.varint()
    time = 0
    for e in result:
        time = (time + reader.signed() + (1 << 63) & MASK) - (1 << 63)
        e["time_ns"] = time * 1000**unit
        need(-1 << 63 <= e["time_ns"] < 1 << 63, "a time out of range")
    data_counts = [least_data + reader.varint() for _ in result]
    for e, flag, data_count in zip(result, flags, data_counts):
        for bit, key in [(2, "turn"), (4, "id"), (8, "causation"), (16, "correlation")]:
            if flag & bit:
                e[key] = reader.causation(form >= 4) if bit == 8 else reader.id()
        metadata_count = reader.varint() if flag & 32 else 0
        e["contentType"] = pick(reader, types, used) if flag & 64 else "application/json"
        e["schemaVersion"] = reader.varint() if flag & 128 else 1
        e["beginsTurn"] = bool(flag & 1)
        need(e["beginsTurn"] or "turn" not in e, "a turn id in the middle of a turn")
        e["data_hex"] = payload.take(data_count).hex()
        if flag & 32:
            e["metadata_hex"] = payload.take(metadata_count).hex()
    need(reader.done() and payload.done(), "events have other sizes than they say")
    need(seen == len(streams) and len(used) == len(types), "a name that does not occur")
    return result


# Format 5

class Bits:
    """Bits, the lowest of each byte first."""

    def __init__(self, data):
        self.value, self.left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count):
        need(count <= self.left, "too few bits")
        taken = self.value & (1 << count) - 1
        self.value >>= count
        self.left -= count
        return taken

    def end(self):
        need(self.left < 8 and self.value == 0, "more bits than there are numbers")


def column(reader, count):
    width, least = reader.byte(), reader.varint()
    need(width <= 64, "numbers that are too wide")
    bits = Bits(reader.take((count * width + 7) // 8))
    numbers = [(least + bits.take(width)) & MASK for _ in range(count)]
    bits.end()
    need(not numbers or min(numbers) == least, "a least number that is not there")
    return numbers


def packed_events(fields, streams, ids, payload, first_offset, count):
    """The events of a block of format 5, of which each part was decompressed."""
    ids, payload = Reader(ids), Reader(payload)
    length = fields.varint()
    end = fields.at + length
    types = names(fields)
    need(fields.at == end, "a list of types of another length")
    unit = fields.byte()
    need(unit < 4, "times in no unit")
    result, seen, used = [], 0, set()

    def named(number):
        need(number < len(types), "there is no such type")
        used.add(number)
        return types[number]

    while len(result) < count:
        run = min(128, count - len(result))
        repeats = fields.varint()
        starts = [fields.varint() for _ in range(3)]
        need(starts == [ids.at, payload.at, seen], "a run that begins elsewhere")
        flags, is_repeat = column(fields, run), column(fields, run)
        need(sum(is_repeat) == repeats, "another number of repeats")
        repeated, type_of = iter(column(fields, repeats)), column(fields, run)
        revisions = column(fields, run)
        time, least = fields.signed(), fields.signed()
        steps = [0] + [least + step for step in column(fields, run - 1)]
        rest = zip(*(column(fields, run) for _ in range(5)))
        for i, (data, id_count, metadata, content, version) in enumerate(rest):
            e, flag = {"offset": first_offset + len(result)}, flags[i]
            place = next(repeated) if is_repeat[i] else seen
            seen += 1 - is_repeat[i]
            need(place < seen <= len(streams), "a stream that has not occurred")
            e["stream"], e["type"] = streams[place], named(type_of[i])
            e["revision"] = revisions[i]
            time = (time + steps[i] + (1 << 63) & MASK) - (1 << 63)
            e["time_ns"] = time * 1000**unit
            need(-1 << 63 <= e["time_ns"] < 1 << 63, "a time out of range")
            start = ids.at
            for bit, key in [(2, "turn"), (4, "id"), (8, "causation"), (16, "correlation")]:
                if flag & bit:
                    e[key] = ids.causation(True) if bit == 8 else ids.id()
            need(ids.at == start + id_count, "ids of another length")
            for bit, number in [(32, metadata), (64, content), (128, version)]:
                need(flag & bit or number == 0, "a field that the flags do not have")
            e["contentType"] = named(content) if flag & 64 else "application/json"
            e["schemaVersion"] = version if flag & 128 else 1
            e["beginsTurn"] = bool(flag & 1)
            need(e["beginsTurn"] or "turn" not in e, "a turn id in the middle of a turn")
            e["data_hex"] = payload.take(data).hex()
            if flag & 32:
                e["metadata_hex"] = payload.take(metadata).hex()
            result.append(e)
    need(fields.done() and ids.done() and payload.done(), "events have other sizes than they say")
    need(seen == len(streams) and len(used) == len(types), "a name that does not occur")
    return result


def places(data):
    """The places of a stream's events: distances in Rice's code."""
    k = data[0]
    need(k <= 31, "too wide a code")
    bits, place = Bits(data[1:]), 0

    def next_place():
        nonlocal place
        distance = 0
        while bits.take(1):
            distance += 1 << k
        place += distance + bits.take(k)
        place += 1
        return place - 1

    return next_place, bits.end

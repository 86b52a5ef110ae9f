"""A segment file: its frames, or its blocks and their index."""

import struct
import sys

from .encoding import (
    FACTOR, MASK, WHOLE, Reader, crc, events, hash64, id_bytes, names, need, packed_events,
    place_seed, places, unpacked, varint,
)


class Segment:
    def __init__(self, log, name, data, suffix):
        self.log, self.name, self.data = log, name, data
        need(len(data) >= 64 and data[:8] == b"EVLOGSEG", name + ": not a segment")
        form, self.form, kind = struct.unpack_from("<HHB", data, 8)
        self.first, self.salt, _, chain, check = struct.unpack_from("<QQqII", data, 32)
        need(crc(data[:60]) == check, name + ": a wrong header checksum")
        need(form >= 3 and self.form <= 5, name + ": another format")
        need(kind == {"active": 1, "sealed": 2}[suffix], name + ": another kind")
        need(kind == 2 or self.form <= 4, name + ": frames of another format")
        need(data[16:32] == log.store, name + ": another store")
        need(self.first == int(name[:20]) == log.end, name + ": another segment's name")
        need(chain == log.chain, name + ": does not continue the segment before")

    def head(self, at, kind, size=48):
        """The bytes there, if they are the header of a frame, a block or a dictionary."""
        head = self.data[at : at + size]
        if len(head) < size or head[4] != kind:
            return None
        check = struct.unpack_from("<I", head)[0]
        return head if crc(head[4:], place_seed(self.salt, at)) == check else None

    # Active

    def active(self, is_last):
        at, log = 64, self.log
        while log.end < log.limit:
            frame = self.frame(at)
            if frame is None:
                break
            check, first, before, count, chain, body, envelope_count, padding = frame
            need(first == log.end and before <= first, f"a frame of other events at byte {at}")
            need(chain == log.chain, f"a frame that does not continue the one before at byte {at}")
            need(not any(padding), f"padding that is not zero at byte {at}")
            need(0 < count and envelope_count <= len(body), f"a wrong count at byte {at}")
            cut = len(body) - envelope_count
            found = events(body[cut:], body[:cut], first, count, self.form)
            need(found[0]["beginsTurn"], f"a frame in the middle of a turn at byte {at}")
            yield from log.accept(found)
            log.chain = check
            at += 48 + len(body) + len(padding)
        if log.end >= log.limit or not any(self.data[at:]):
            return
        need(is_last and log.end >= log.acknowledged, f"damage at byte {at}")
        for later in range((at + 7) // 8 * 8, len(self.data) - 48, 8):
            frame = self.frame(later) if self.data[later + 4] == 1 else None
            need(frame is None or frame[2] <= log.end, f"damage at byte {at}")
        print(f"{self.name}: torn at byte {at}", file=sys.stderr)

    def frame(self, at):
        """What is in the frame there, or None where there is no whole one."""
        head = self.head(at, 1)
        if head is None:
            return None
        (check,) = struct.unpack_from("<I", head)
        fields = struct.unpack_from("<IIQQIII", head, 8)
        body_count, envelope_count, first, before, count, chain, body_check = fields
        padded = (body_count + 7) // 8 * 8
        body = self.data[at + 48 : at + 48 + padded]
        if len(body) < padded or crc(body) != body_check:
            return None
        return (check, first, before, count, chain, body[:body_count], envelope_count,
                body[body_count:])

    # Sealed

    def sealed(self):
        log, at = self.log, len(self.data) - 192
        trailer = Reader(self.data[max(at, 0) :])
        need(at >= 64 and trailer.data[184:] == b"EVLOGEND", "no trailer")
        (check,) = struct.unpack_from("<I", trailer.data, 180)
        need(crc(trailer.data[:180], place_seed(self.salt, at)) == check, "a wrong trailer checksum")
        places = [trailer.fixed("QIII") for _ in range(5)]
        first, end, earliest, latest, high, low = trailer.fixed("QQqqQQ")
        frame_bytes, last_frame = trailer.fixed("QI")
        need(first == self.first, "a wrong first offset")
        need(frame_bytes > 64, "events that took no bytes")
        blocks, types, streams, turns, bloom = (Reader(self.part(*place)) for place in places)
        for place, following in zip(places, places[1:] + [(at,)]):
            need(place[0] + place[1] == following[0], "bytes that belong to nothing")

        before = log.digests[-1]
        found, block_of = [], {}
        (second,) = trailer.fixed("Q") if self.form == 5 else (0,)
        self.dictionary, place = self.read_dictionary(64) if self.form == 5 else (b"", 64)

        def digest_here():
            count = len(found)
            return (log.digests[-1] - before * pow(FACTOR, count, WHOLE)) % WHOLE

        while not blocks.done():
            position, offset, count, envelope_count, size, *rest = blocks.fixed("QQIIQqqQQ")
            need(position == place and offset == log.end, "a block is not where it should be")
            need((rest[2], rest[3]) == divmod(digest_here(), 1 << 64), "a wrong digest before a block")
            block, envelopes, place = self.block(position, offset)
            need(size == place - position and envelope_count == envelopes, "a block's size")
            times = [e["time_ns"] for e in block]
            need(len(block) == count and rest[:2] == [min(times), max(times)], "a block's facts")
            found += block
            number = max(block_of.values(), default=-1) + 1
            block_of.update((e["offset"], number) for e in block)
            yield from log.accept(block)
        need(found and found[0]["beginsTurn"] and log.end == end, "a wrong end")
        times = [e["time_ns"] for e in found]
        need((earliest, latest) == (min(times), max(times)), "a wrong time")
        need((high, low) == divmod(digest_here(), 1 << 64), "a wrong digest")

        if self.form == 5:
            need(second == place, "the second dictionary is not where it should be")
            copy, place = self.read_dictionary(second)
            need(copy == self.dictionary, "two dictionaries")
        keys, place = self.check_streams(streams, place, found, block_of)
        ids, place = self.check_turns(turns, place, found)
        need(place == places[0][0], "bytes that belong to nothing")
        self.check_types(types, found)
        self.check_filter(bloom.data, keys + ids)
        log.chain = last_frame

    def part(self, position, stored, raw, check):
        data = self.data[position : position + stored]
        need(len(data) == stored and crc(data) == check, f"a wrong checksum at byte {position}")
        return unpacked(data, raw)

    def read_dictionary(self, at):
        """The dictionary there, and the place after it."""
        head = self.head(at, 3, 24)
        need(head, f"no dictionary at byte {at}")
        stored, raw, check = struct.unpack_from("<III", head, 8)
        need(raw <= 65536, "a dictionary that is too large")
        return self.part(at + 24, stored, raw, check), at + 24 + stored

    def block(self, at, offset):
        if self.form == 5:
            return self.paged_block(at, offset)
        head = self.head(at, 2)
        need(head, f"no block at byte {at}")
        first, count, es, er, ps, pr, ec, pc = struct.unpack_from("<QIIIIIII", head, 8)
        need(first == offset and count > 0, f"a block of other events at byte {at}")
        envelopes, payload = self.part(at + 48, es, er, ec), self.part(at + 48 + es, ps, pr, pc)
        return events(envelopes, payload, first, count, self.form), es, at + 48 + es + ps

    def paged_block(self, at, offset):
        head = self.head(at, 4, 64)
        need(head, f"no block at byte {at}")
        first, count, front, *sizes = struct.unpack_from("<QIIIIIIII", head, 8)
        front_check, names_check = struct.unpack_from("<II", head, 48)
        need(first == offset and 0 < count <= 65536, f"a block of other events at byte {at}")
        need(12 <= head[5] <= 17, "pages of another size")
        page_bytes, place, front_end = 1 << head[5], at + 64 + front, 64 + front
        front = Reader(self.part(at + 64, front, front, front_check))
        (names_stored, names_raw), *parts = zip(sizes[::2], sizes[1::2])
        streams = Reader(self.part(place, names_stored, names_raw, names_check))
        place += names_stored
        tables = [[(front.varint(), *front.fixed("I")) for _ in range(0, raw, page_bytes)]
                  for _, raw in parts]
        contents = []
        for (stored, raw), table in zip(parts, tables):
            content, end = b"", place + stored
            for page, check in table:
                data = self.data[place : place + page]
                need(crc(data) == check, f"a wrong checksum at byte {place}")
                content += unpacked(
                    data, min(page_bytes, raw - len(content)), self.dictionary)
                place += page
            need(place == end, "pages of another length")
            contents.append(content)
        found = names(streams)
        need(streams.done(), "more than the names")
        fields = Reader(front.data[front.at :])
        return packed_events(fields, found, *contents, first, count), front_end, place

    def pages(self, directory, place):
        """A reader of each page, and at last the place after them."""
        for _ in range(directory.varint()):
            position, stored, raw = (directory.varint() for _ in range(3))
            (check,) = directory.fixed("I")
            key = directory.take(directory.varint())
            need(position == place, "a page is not where it should be")
            page = Reader(self.part(position, stored, raw, check))
            need(not page.done(), "an empty page")
            place += stored
            yield key, page
        need(directory.done(), "a directory says more than there is")
        yield None, place

    def check_streams(self, directory, place, found, block_of):
        """The hashes of the streams' names, and the place after their pages."""
        by_stream = {}
        for e in found:
            by_stream.setdefault(e["stream"].encode(), []).append(e)
        names = sorted(by_stream)
        expected = iter(names)
        for key, page in self.pages(directory, place):
            if key is None:
                place = page
                break
            need(page.data[: len(varint(len(key)) + key)] == varint(len(key)) + key, "a page's key")
            while not page.done():
                name = next(expected, None)
                need(page.string().encode() == name, "the index by stream is wrong")
                # Where repair has left a gap, what with the count gives the last one.
                first = by_stream[name][0]["revision"]
                for before, e in enumerate(by_stream[name]):
                    first = max(first, e["revision"] - before)
                need(page.varint() == first, "a stream's revision")
                need(page.varint() == len(by_stream[name]), "a stream's count")
                if self.form == 5:
                    place_of, end = places(page.take(page.varint()))
                    for e in by_stream[name]:
                        need(place_of() == e["offset"] - self.first, "a place of a stream")
                    end()
                    continue
                blocks, after = Reader(page.take(page.varint())), 0
                for number in sorted({block_of[e["offset"]] for e in by_stream[name]}):
                    need(after + blocks.varint() == number, "a stream's block")
                    after = number + 1
                need(blocks.done(), "a stream's blocks")
        need(next(expected, None) is None, "a stream is not in the index")
        return [hash64(name) for name in names], place

    def check_turns(self, directory, place, found):
        """The hashes of the turns' ids, and the place after their pages."""
        turns, has_id = [], False
        for e in found:
            if e["beginsTurn"]:
                has_id = "turn" in e
                if has_id:
                    turns.append([hash64(id_bytes(e["turn"])), e["offset"] - self.first, 0])
            if has_id:
                turns[-1][2] += 1
        turns.sort()
        expected = iter(turns)
        for key, page in self.pages(directory, place):
            if key is None:
                place = page
                break
            need(page.data[:6] == key, "a page's key")
            while not page.done():
                hash_, offset, count = next(expected, (0, 0, 0))
                need(page.take(6) == hash_.to_bytes(8, "big")[:6], "the index by turn is wrong")
                need((page.varint(), page.varint()) == (offset, count), "a turn's events")
        need(next(expected, None) is None, "a turn is not in the index")
        return [turn[0] for turn in turns], place

    def check_types(self, types, found):
        counts = {}
        for e in found:
            name = e["type"].encode()
            counts[name] = counts.get(name, 0) + 1
        for name in sorted(counts):
            need(types.string().encode() == name, "the types are wrong")
            need(types.varint() == counts[name], "a type's count")
        need(types.done(), "more types than there are")

    def check_filter(self, bloom, hashes):
        expected = bytearray((10 * len(hashes) + 7) // 8)
        for h in hashes:
            step = (h << 32 & MASK | h >> 32) | 1
            for i in range(7):
                bit = (h + i * step & MASK) * 8 * len(expected) >> 64
                expected[bit // 8] |= 1 << bit % 8
        need(bloom == expected, "the filter is wrong")

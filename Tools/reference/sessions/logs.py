"""Odd logs: lines of NDJSON as one would not write them, and as some do."""

import base64
import gzip
import json

PLAIN = ["a", "b", "c", "d"]
ODD = ["", "é", "e\u0301", "😀", "\u0000", "a\u0000b", "a\u0000c", "state", "id", "__proto__",
       "constructor", "a b", "a\nb", "a\rb", "x,y", 'q"x', "'", "\u001b[31m", "\u202e", "\u2028",
       "\u009b", "0", "1", "01", "length", "\ufeff", "🏳️‍🌈", "A", "*", "null", "\\"]
NUMBERS = [0, 1, 2, 3, 5, 7, -1, -2, -5, 10, 13]
ODD_NUMBERS = ["9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993",
               "9223372036854775807", "9223372036854775808", "-18446744073709551615",
               "123456789012345678901234567890", "1e21", "1.5", "-0.5", "0.1", "1e-7", "2.0", "-0",
               "1E2", "5e-324", "1.7976931348623157e308", "100000000000000000000.0"]
BROKEN_NUMBERS = ["1e400"]
TYPES = ["A", "B", "C", "D"]


class Lines:
    """Makes lines of NDJSON, of one kind of log: how odd it is, and how many streams it has."""

    def __init__(self, random):
        self.random = random
        self.oddness = random.choice([0, 0, 0, 0.05, 0.2, 0.5])
        self.streams = random.choice([["s"], ["s", "t"], ["s", "t", "u", "v"],
                                      ["s", "é", "e\u0301", "😀", "s\u001b[1m", "a,b"],
                                      [f"order-{i}" for i in range(200)]])
        self.times = random.choice(["steady", "steady", "equal", "wild"])
        self.clock = 1_700_000_000_000
        self.number = 0

    def is_odd(self):
        return self.random.random() < self.oddness

    def text(self):
        return self.random.choice(ODD if self.is_odd() else PLAIN)

    def number_text(self):
        return self.random.choice(ODD_NUMBERS) if self.is_odd() else str(self.random.choice(NUMBERS))

    def time(self):
        random = self.random
        if self.times == "wild":
            self.clock += random.choice([-5000, -1, 0, 1, 500, 1000, 3_600_000])
        elif self.times == "steady":
            self.clock += random.choice([1, 10, 500, 1000, 1500])
        seconds, rest = divmod(self.clock, 1000)
        fraction = f".{rest:03}" if rest or random.random() < 0.2 else ""
        if fraction and random.random() < 0.3:
            fraction += random.choice(["000", "001", "000000", "000001", "5"])
        day, second = divmod(seconds, 86400)
        import datetime
        date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        zone = random.choice(["Z", "Z", "Z", "+00:00", "z"])
        return f"{date}T{clock}{fraction}{zone}"

    def string(self, text):
        """A text in quotes, sometimes written with more escapes than it needs."""
        return json.dumps(text, ensure_ascii=self.random.random() < 0.3 or "\u0000" in text)

    def data(self):
        random = self.random
        members = [("k", self.string(self.text())), ("n", self.number_text())]
        if random.random() < 0.15:
            members.append(("rows", "[" + ",".join(self.number_text() for _ in range(random.randrange(4))) + "]"))
        if random.random() < 0.25:
            ids = random.sample([*"0123"], random.randrange(3))
            if self.oddness and random.random() < 0.5:
                ids = random.sample(ODD_NUMBERS, random.randrange(1, 3))
            items = [f'{{"id":{id},"q":{random.choice(NUMBERS)}}}' for id in ids]
            members.append(("items", f"[{','.join(items)}]"))
        if self.is_odd():
            choice = random.randrange(8)
            if choice == 0:
                members.append(("n", str(random.choice(NUMBERS))))  # The key is there twice.
            if choice == 1:
                return random.choice(["null", "[]", "7", '"x"', "true", "{}", "[1,[2,{}]]"])
            if choice == 2:
                members = [m for m in members if m[0] != random.choice(["k", "n"])]
            if choice == 3:
                members.append((self.text(), self.number_text()))
            if choice == 4 and random.random() < 0.3:
                members[1] = ("n", random.choice(BROKEN_NUMBERS))
            random.shuffle(members)
        space = random.choice(["", "", " "])
        return "{" + f",{space}".join(f"{self.string(key)}:{space}{value}" for key, value in members) + "}"

    def line(self):
        random = self.random
        self.number += 1
        parts = [("stream", self.string(random.choice(self.streams))),
                 ("type", self.string(random.choice(TYPES))), ("time", json.dumps(self.time()))]
        kind = random.random() if self.is_odd() else 1
        if kind < 0.1:
            pass  # No data at all.
        elif kind < 0.2:
            raw = bytes(random.randrange(256) for _ in range(random.randrange(1, 6)))
            parts.append(("data64", json.dumps(base64.b64encode(raw).decode())))
            parts.append(("contentType", '"application/octet-stream"'))
        else:
            parts.append(("data", self.data()))
        if random.random() < 0.1:
            parts.append(("id", json.dumps(f"e{self.number}")))
            if self.number > 1:
                count = random.choice([0, 1, 2, 2, 3]) if self.is_odd() else 1
                causes = [f"e{random.randrange(1, self.number)}" for _ in range(count)]
                is_text = count == 1 and random.random() < 0.8
                parts.append(("causation", json.dumps(causes[0] if is_text else causes)))
        if random.random() < 0.1:
            parts.append(("metadata", self.data()))
        elif self.is_odd() and random.random() < 0.1:
            parts.append(("metadata64", json.dumps(base64.b64encode(b"\xff\x00").decode())))
        if self.is_odd() and random.random() < 0.1:
            parts[1] = ("type", self.string(random.choice(["E", "a,b", "\u001b[2J", "T\u202e", "é"])))
        if random.random() < 0.05:
            parts.append(("schemaVersion", str(random.randrange(1, 4))))
        random.shuffle(parts)
        return ("{" + ",".join(f'"{key}":{value}' for key, value in parts) + "}").encode()

    def lines(self, count):
        return [self.line() for _ in range(count)]

    def wrong_line(self):
        """A line that no log takes."""
        return self.random.choice([
            b'{"stream":"s","type":"A","data":{"n":"\\ud83d"}}', b'{"stream":"s","data":1}',
            b'{"stream":"s","type":"A","data":{"n":1,}}', b"[1]", b'{"stream":"s","type":"A","more":1}',
            b'{"stream":"s","type":"A","data":NaN}', b'{"stream":"s","type":"evlog.lost","data":{}}',
            b'{"stream":"s","type":"A","metadata":{"a":1},"meta":{"a":2},"time":"2024-01-01T00:00:00Z"}',
            b'{"stream":"s","type":"A","time":"2024-02-30T00:00:00Z"}', b'{"stream":"","type":"A"}',
            b'{"stream":"s","type":"A","data":"\xff"}', b'{"stream":"s","stream":"t","type":"A"}'])


def whole(lines, random):
    """A file of lines, with and without what may be around them."""
    content = b"\n".join(lines) + (b"\n" if random.random() < 0.9 else b"")
    if random.random() < 0.05:
        content = b"\xef\xbb\xbf" + content
    if random.random() < 0.05:
        content = content.replace(b"\n", b"\r\n")
    return content


def compressed(content, random):
    """The same, compressed; sometimes with a checksum that does not fit, or without its end."""
    packed = gzip.compress(content, mtime=0)
    kind = random.random()
    if kind < 0.3:
        return packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
    return packed[:-6] if kind < 0.4 else packed

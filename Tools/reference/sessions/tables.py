"""Odd machines and projections."""

import copy

EVENT_TYPES = ["A", "B", "C", "D"]


class Machines:
    def __init__(self, random):
        self.random = random

    def constant(self):
        return self.random.choice([-3, -1, 0, 1, 2, 3, 5, 8, 12, 20])

    def number(self):
        """An expression that is mostly a number."""
        return self.random.choice([
            ["data", "n"], ["data", "n"], ["data", "n"], ["else", ["data", "n"], 1], 1, 2,
            ["count", ["state", "rows"]], ["*", ["data", "n"], 2], ["-", 0, ["data", "n"]],
            ["+", ["state", "n"], ["data", "n"]], ["event", "offset"], ["event", "revision"]])

    def key(self):
        return self.random.choice([["data", "k"], ["data", "k"], ["else", ["data", "k"], "none"],
                                   ["event", "stream"]])

    def condition(self):
        return self.random.choice([
            ["<", ["data", "n"], self.constant()], ["==", ["data", "k"], self.random.choice("abcd")],
            ["has", ["state", "by", ["data", "k"]]], [">", ["state", "n"], self.constant()],
            ["has", ["data", "rows"]], ["<", ["state", "last"], ["data", "k"]]])

    def step(self, depth=0):
        random = self.random
        kind = random.randrange(16)
        if kind < 3:
            return ["add", ["n"], self.number()]
        if kind < 6:
            return ["add", ["by", self.key()], self.number()]
        if kind == 6:
            return ["set", ["last"], self.key()]
        if kind == 7:
            return ["set", ["by", self.key()], self.number()]
        if kind == 8:
            return ["append", ["rows"], self.number()]
        if kind == 9:
            return random.choice([["remove", ["rows", 0]], ["set", ["rows"], ["else", ["data", "rows"], ["quote", []]]],
                                  ["if", [">", ["count", ["state", "rows"]], 1], [["set", ["rows", 1], self.number()]]]])
        if kind == 10:
            return ["remove", ["by", self.key()]]
        if kind == 11:
            return ["append", ["list"], ["else", ["data", "items", 0], ["data"]]]
        if kind == 12:
            return ["set", ["seen", ["event", "stream"], "at"], ["event", random.choice(["offset", "time", "type"])]]
        if kind == 13:
            return ["set", ["items"], ["else", ["data", "items"], ["quote", []]]]
        if kind == 14 and depth < 2:
            return ["if", self.condition(), [self.step(depth + 1)], [self.step(depth + 1)][:random.randrange(2)]]
        if kind == 15 and random.random() < 0.25:
            return ["if", self.condition(), [["fail", "boom"]], []]
        return ["add", ["n"], self.number()]

    def state_rule(self):
        constant = self.constant
        return self.random.choice([
            ["<", ["state", "n"], constant()], [">=", ["state", "n"], constant()],
            ["all", ["state", "by"], [">=", ["it"], constant()]],
            ["<", ["count", ["state", "rows"]], 2 + abs(constant())],
            ["!=", ["state", "last"], self.random.choice("abc")],
            ["<", ["state", "by", "b"], constant()], ["not", ["has", ["state", "by", "c"]]],
            ["<=", ["sum", ["state", "by"]], constant()],
            ["or", ["<", ["state", "n"], constant()], ["has", ["state", "by", "a"]]],
            ["<", ["else", ["state", "rows", 0], 0], constant()], ["state", "n"],
            ["==", ["state", "rows"], ["quote", [1]]]])

    def step_rule(self):
        return self.random.choice([
            ["<=", ["-", ["after", "n"], ["before", "n"]], self.constant()],
            ["!=", ["event", "type"], self.random.choice(EVENT_TYPES)],
            ["or", ["!=", ["event", "type"], "A"], [">", ["data", "n"], 0]],
            ["==", ["before", "last"], ["after", "last"]], ["has", ["before", "by", ["data", "k"]]],
            [">=", ["after", "by", ["data", "k"]], self.constant()]])

    def rule(self):
        kind = self.random.choice(["state", "state", "step", "step", "history"])
        if kind == "state":
            return {"kind": kind, "holds": self.state_rule()}
        if kind == "step":
            return {"kind": kind, "holds": self.step_rule()}
        return {"kind": kind, "memory": {"seen": {}, "count": 0}, "do": [
            ["add", ["count"], 1], ["add", ["seen", self.key()], 1]], "holds": self.random.choice([
                ["<", ["memory", "count"], 3 + abs(self.constant())],
                ["all", ["memory", "seen"], ["<", ["it"], 1 + abs(self.constant())]],
                ["or", ["!=", ["event", "type"], "B"], ["<", ["memory", "count"], 4]]])}

    def regions(self):
        random = self.random
        names = ["low", "zero", "high"]
        moves = {}
        for region in random.sample(names, random.randrange(1, 4)):
            moves[region] = {type: random.choice([["low"], ["high", "zero"], names, "ignored", "forbidden"])
                             for type in random.sample(EVENT_TYPES, random.randrange(1, 4))}
        return {"of": ["if", ["<", ["state", "n"], 0], "low", ["if", ["==", ["state", "n"], 0], "zero", "high"]],
                "moves": moves}

    def machine(self):
        random = self.random
        scope = random.choice(["log", "log", "log", "stream", {"key": self.scope_key()}])
        types = random.sample(EVENT_TYPES, random.choice([3, 4, 4, 4]))
        on = {type: [self.step() for _ in range(random.randrange(1, 4))] for type in types}
        ignored = [type for type in [*EVENT_TYPES, "E"] if type not in on and random.random() < 0.8]
        if random.random() < 0.3:
            on["*"] = [self.step()]
        table = {"name": "m", "version": 1, "scope": scope,
                 "initial": {"n": 0, "by": {}, "rows": [], "last": ""}, "on": on, "ignore": ignored,
                 "invariants": {f"rule {i}": self.rule() for i in range(random.randrange(1, 4))}}
        if random.random() < 0.05:
            table["invariants"]["rule \u001b[31m"] = self.rule()
        if random.random() < 0.4:
            table["regions"] = self.regions()
        return table

    def scope_key(self):
        return self.random.choice([["data", "k"], ["data", "k"], ["data", "k"], ["else", ["data", "k"], None],
                                   ["event", "type"], ["data", "typo"], ["data", "n"]])

    def edited(self, table):
        """Another version of a machine, sometimes under the same number."""
        table = copy.deepcopy(table)
        if self.random.random() < 0.5:
            table["version"] += 1
        choice = self.random.randrange(3)
        if choice == 0:
            table["on"][self.random.choice(list(table["on"]))] = [self.step()]
        elif choice == 1:
            table["invariants"][f"rule {self.random.randrange(4)}"] = self.rule()
        else:
            table["initial"]["n"] = self.random.choice([1, 2, -1])
        return table


COLUMNS = ["k", "n", "x"]


class Projections:
    def __init__(self, random):
        self.random = random

    def source(self, version=1):
        random = self.random
        put = random.choice([
            "INSERT INTO t VALUES (@offset, :k, :n, @time);",
            "INSERT INTO t VALUES (@offset, @data ->> '$.k', :n, @type);",
            "INSERT INTO t VALUES (@offset, :k, @data ->> '$.n', @metadata);",
            "INSERT INTO t VALUES (@offset, @stream, @revision, @data);",
            "INSERT INTO t VALUES (@offset, :k, :n < 0, @id);"])
        other = random.choice(["DELETE FROM t WHERE k = :k;", "UPDATE t SET n = n + :n WHERE k = :k;",
                               "INSERT INTO t VALUES (@offset, :k, 1, @time); UPDATE t SET x = 2 WHERE n = 1;"])
        kind = random.choice(["", " PRIMARY KEY"])
        parts = [f"-- projection: p {version}\nCREATE TABLE t (o INTEGER{kind}, k TEXT, n, x);\n",
                 f"-- on: A, B\n{put}\n", f"-- on: C\n{other}\n"]
        types = ["D", "E"] if random.random() < 0.9 else ["D"]
        parts.append(f"-- ignore: {', '.join(types)}\n")
        return "\n".join(parts).encode()

    def query(self, has_tables):
        events = ["SELECT offset, type, data FROM events", "SELECT count(*) FROM events",
                  "SELECT stream, count(*) FROM events GROUP BY stream ORDER BY stream",
                  "SELECT offset, data ->> '$.k' AS k FROM events",
                  "SELECT offset, data ->> '$.n' AS n FROM events WHERE type = 'A' ORDER BY offset DESC",
                  "SELECT offset FROM events WHERE time >= '2023-11-14T22:13:21Z'",
                  "SELECT time, metadata, contentType FROM events WHERE offset >= 2",
                  "SELECT offset, causation FROM events WHERE causation IS NOT NULL",
                  "SELECT e.offset, c.value, p.offset FROM events e, json_each(e.causes) c "
                  "LEFT JOIN events p ON p.id = c.value ORDER BY e.offset, c.key, p.offset",
                  "SELECT max(time), min(time) FROM events", "SELECT revision AS \"a\nb\" FROM events LIMIT 3"]
        own = ["SELECT * FROM t ORDER BY o", "SELECT count(*), sum(n) FROM t", "SELECT k, typeof(k), length(k) FROM t ORDER BY o",
               "SELECT n, typeof(n), n < 0 FROM t ORDER BY o", "SELECT hex(x), typeof(x) FROM t ORDER BY o",
               "SELECT t.o, events.type FROM t JOIN events ON events.offset = t.o ORDER BY t.o",
               "SELECT DISTINCT k FROM t ORDER BY k"]
        return self.random.choice(own if has_tables else events)

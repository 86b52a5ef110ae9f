#if JavaScript
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import EvlogTesting
  import ReplayTestSupport
  import Testing

  /// Rules over collections, which are kept up from what handlers touch, beside the plain rules that look at every
  /// member at every event.
  @Suite struct CollectionRuleTests {
    /// The rules, each after the plain one that says the same.
    private static let rules = """
      invariants: {
        plainEvery: always(s => every_(s.a, m => m.n >= 0)),
        every: every("a", m => m.n >= 0),
        plainNone: always(s => every_(s.list, m => !(m.n > 90))),
        none: none("list", m => m.n > 90),
        plainCount: always(s => Object.values(s.a).filter(m => m.n > 50).length <= s.limit),
        count: count("a", m => m.n > 50, (n, s) => n <= s.limit),
        plainSum: always(s => Object.values(s.in.b).reduce((t, m) => t + BigInt(m.n), 0n) % 5n !== 0n),
        sum: sum("in.b", m => m.n, total => BigInt(total) % 5n !== 0n),
        plainUnique: always(s => {
          const all = Object.values(s.a).filter(m => m.tag !== undefined).map(m => JSON.stringify(m.tag));
          return new Set(all).size === all.length
        }),
        unique: unique("a", m => m.tag),
        plainDeep: always(s => every_(s.a, m => m.deep.list.length < 3 && m.deep.n !== 7)),
        deep: every("a", m => m.deep.list.length < 3 && m.deep.n !== 7),
        plainKey: always(s => Object.keys(s.a).every(k => s.a[k].n !== +k)),
        key: every("a", (m, k) => m.n !== +k),
      },
      """

    /// What an event does with the members of collections, and with what lies beside them: `e.data` says which way,
    /// with which keys and numbers.
    private static let operations = [
      "s.a[k] = fresh(n)", "s.a[k] = fresh(n)", "if (s.a[k]) s.a[k].n = n",
      "if (s.a[k]) s.a[k].n -= n",
      "if (s.a[k]) s.a[k].deep.list.push(n)", "if (s.a[k]) s.a[k].deep.n = n % 10", "delete s.a[k]",
      "if (s.a[k]) s.a[k].tag = n % 40", "if (s.a[k]) delete s.a[k].tag",
      "s.list.push(fresh(n))", "s.list.pop()", "s.list.shift()",
      "s.list.splice(n % 40, 2, fresh(n))",
      "s.list.reverse()", "s.list.sort((x, y) => x.n - y.n)",
      "s.list.length = Math.max(34, s.list.length - 3)",
      "s.list[s.list.length] = fresh(n)", "for (const m of s.list) if (m.n === n) m.n++",
      "s.in.b[k] = fresh(n)", "if (s.in.b[k]) s.in.b[k].n += n",
      "s.in.b = { ...s.in.b, [k]: fresh(n) }",
      "s.a = Object.fromEntries(Object.entries(s.a).slice(1))",
      "s.limit = n % 30", "s.other.x = fresh(n)", "s.other.list.push(n)",
      "if (s.a[k]) { s.done[k] = s.a[k]; delete s.a[k] }",
      "if (s.done[k]) { s.a[k] = s.done[k]; delete s.done[k] }",
      "const m = s.a[k]; s.a[k] = s.a[j]; s.a[j] = m; for (const x of [k, j]) if (!s.a[x]) delete s.a[x]",
      "if (s.a[k]) Object.assign(s.a[k], { n, tag: n })",
      "const f = fresh(n); s.a[k] = f; f.n = -n; f.deep.list.push(1, 2, 3)",
      "s.other.y = { z: { n } }; s.a[k] = fresh(s.other.y.z.n)", "s.in = { b: { ...s.in.b } }",
      "const f = fresh(n); s.done[k] = f; s.at = Object.values(s.done).indexOf(f)",
      "s.a = { ...s.a }; s.a[k] = fresh(n)", "if (s.a[k]) s.a[k].deep = { list: [n], n: j % 10 }",
    ]

    /// Ways to have one object at two places.
    private static let sharing = [
      "s.other.held = s.a[k] ?? null", "if (s.other.held) s.other.held.n = n",
      "if (s.a[j]) s.a[k] = s.a[j]",
      "s.other.both = s.a[k] = fresh(n)", "if (s.other.both) s.other.both.n = -n",
      "if (s.a[k] && s.list[0]) s.list[0].deep = s.a[k].deep",
      "if (s.list[0]) s.list[0].deep.n = n % 10",
      "s.other.all = { at: [s.a] }",
      "if (s.other.all) for (const x of s.other.all.at) x[k] = fresh(n)",
      "s.other.deep = s.in", "if (s.other.deep) s.other.deep.b[k] = fresh(n)",
      "if (s.a[k] && s.other.x) s.a[k].deep = { list: [], n: 1, x: s.other.x }",
    ]

    private static func source(_ operations: [String], _ invariants: String) -> String {
      let cases = operations.enumerated().map { "case \($0): { \($1); break }" }.joined(
        separator: "\n")
      return """
        const fresh = n => ({ n, deep: { list: [], n: n % 10 } })
        const every_ = (all, test) => Object.values(all).every(test)
        const many = f => Object.fromEntries([...Array(40).keys()].map(f))
        machine("m", 1, {
          initial: { a: many(i => [i + 100, fresh(i)]), list: [...Array(40).keys()].map(fresh),
            in: { b: many(i => [i, fresh(i * i)]) }, done: {}, other: { list: [] }, limit: 10 },
          on: { e: (s, e) => {
            const { op, k, j, n } = e.data
            switch (op) {
        \(cases)
            }
          } }, \(invariants)
        })
        """
    }

    private static func events(_ count: Int, of operations: Int, _ random: inout SeededGenerator)
      -> [NewEvent]
    {
      (0..<count).map { _ in
        let (op, k) = (
          Int.random(in: 0..<operations, using: &random), Int.random(in: 0..<50, using: &random)
        )
        let (j, n) = (
          Int.random(in: 0..<50, using: &random), Int.random(in: 0..<100, using: &random)
        )
        return NewEvent("e", #"{"op":\#(op),"k":\#(100 + k),"j":\#(100 + j),"n":\#(n)}"#)
      }
    }

    /// The changes of the verdicts of each rule, without its number.
    private static func changes(_ all: [VerdictChange], of i: Int) -> [String] {
      all.filter { $0.invariant == i }.map { "\($0.cut) \($0.verdict)" }
    }

    @Test(arguments: [false, true]) func theyAreAsPlainRulesAre(withSharing: Bool) throws {
      var seeds = SystemRandomNumberGenerator()
      for _ in 0..<12 {
        let seed = UInt64.random(in: .min ... .max, using: &seeds)
        var random = SeededGenerator(seed: seed)
        let operations = Self.operations + (withSharing ? Self.sharing : [])
        // Few kinds of events, so that some sequences never share anything.
        let some = Array(operations.shuffled(using: &random).prefix(withSharing ? 24 : 20))
        let list = Self.events(400, of: some.count, &random)
        let (error, found) = try failure(
          ScriptProgram(source: Self.source(some, Self.rules), file: "m.js"), list)
        let (plainError, _) = try failure(
          ScriptProgram(source: Self.source(some, ""), file: "m.js"), list)
        #expect(error?.message == plainError?.message, "seed \(seed)")
        for i in stride(from: 0, to: 14, by: 2) {
          let (plain, kept) = (Self.changes(found, of: i), Self.changes(found, of: i + 1))
          #expect(kept == plain, "seed \(seed), rule \(i / 2)")
        }
        guard error == nil else { continue }
        let states = try ["", Self.rules].map {
          try state(.init(source: Self.source(some, $0), file: "m.js"), list)
        }
        #expect(states[0] == states[1], "seed \(seed): the rules changed what handlers do")
      }
    }

    /// A machine whose state `s.all` has 100 members, each a number, and in which an event sets one.
    private static func numbers(_ invariants: String, _ before: String = "") -> String {
      """
      \(before)
      machine("m", 1, {
        initial: { all: Object.fromEntries([...Array(100).keys()].map(i => [i, i])) },
        on: { e: (s, e) => { s.all[e.data.k] = e.data.v } }, invariants: { \(invariants) },
      })
      """
    }

    @Test(arguments: [
      (#"every("all", n => n === null || n >= 0)"#, ["violated", "holds"]),
      (#"every("all", n => n.toFixed(0) !== "")"#, [#"all["5"]: TypeError"#, "holds"]),
      (#"none("all", n => n)"#, [#"all["0"]: it returned number, not true or false"#]),
      (#"none("all", n => n === -1)"#, ["violated", "holds"]),
      (#"count("all", n => n > 50, n => n < 49)"#, ["violated"]),
      (
        #"sum("all", n => n, n => n === 4950)"#,
        ["violated", "holds", #"all["5"]: it returned null"#, "violated"]
      ),
      (#"sum("all", n => n ?? 0, n => n !== 4950n + 9007199254740986n)"#, ["violated"]),
      (#"unique("all", n => n === null ? undefined : n)"#, ["violated"]),
      (#"every(["all"], n => n !== 77)"#, ["violated"]),
      (#"every("", all => all[7] === 7)"#, ["violated"]),
    ])
    func verdictsAndReasons(_ rule: String, _ expected: [String]) throws {
      // The keys and values that are set; the last leaves each rule as it was.
      let sets = [
        ("5", "-1"), ("5", "5"), ("5", "null"), ("5", "9007199254740991"), ("7", "6"), ("1", "1"),
      ]
      let (error, changes) = try failure(
        try ScriptProgram(source: Self.numbers("r: \(rule)"), file: "m.js"),
        sets.map { NewEvent("e", #"{"k":"\#($0)","v":\#($1)}"#) })
      #expect(error == nil)
      let found = changes.filter { $0.verdict != .holds || $0.cut > 1 }.map { change in
        change.reason ?? "\(change.verdict)"
      }
      #expect(found.count >= expected.count, "\(found)")
      for (text, start) in zip(found, expected) { #expect(text.hasPrefix(start), "\(found)") }
    }

    @Test(arguments: [
      (#"r: every("al", n => true)"#, "over 'al', where 'initial' has no object or array"),
      (#"r: every("all.5", n => true)"#, "over 'all.5', where 'initial' has no object or array"),
      (#"r: every(7, n => true)"#, "needs the place of a collection"),
      (#"r: count("all", n => true)"#, "needs a function"),
    ])
    func whatCannotBeARuleIsRefused(_ rule: String, _ message: String) throws {
      let error = #expect(throws: MachineError.self) {
        try ScriptProgram(source: Self.numbers(rule), file: "m.js")
      }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    /// A rule that changes a member is stopped, though nothing proves of it that it only looks.
    @Test(arguments: [
      "n => { n.x = 1; return true }", "(n, k) => { delete n.n; return true }", "change",
    ])
    func membersAreOnlyLookedAt(_ function: String) throws {
      let source = Self.numbers(
        #"r: every("all", \#(function))"#,
        "const change = n => { if (n.n === 7) n.n = 8; return true }")
      let (error, _) = try failure(
        try ScriptProgram(source: source, file: "m.js"),
        [NewEvent("e", #"{"k":"5","v":{"n":1}}"#), NewEvent("e", #"{"k":"5","v":{"n":7}}"#)])
      #expect(
        error?.handler == "the invariant 'r'" && error?.message == "it changes what it looks at")
    }

    /// What is kept of a state is not that of another one: judging begins again after a restore.
    @Test func aRestoredStateIsLookedAtAsAWhole() throws {
      let program = try ScriptProgram(
        source: Self.numbers(
          #"r: every("all", n => n >= 0), s: sum("all", n => n, n => n >= 4950)"#), file: "m.js")
      func event(_ v: Int) -> NewEvent { NewEvent("e", #"{"k":"5","v":\#(v)}"#) }
      let host = try program.makeHost()
      try host.run(recorded([event(5), event(6)]), checks: true) { _ in }
      let saved = try host.save()
      try host.run(recorded([event(-1)], from: 2), checks: true) { _ in }
      try host.restore(saved)
      var changes: [VerdictChange] = []
      try host.run(recorded([event(7)], from: 2), checks: true) { changes.append($0) }
      try host.run(recorded([event(-2)], from: 3), checks: false) { _ in }
      try host.run(recorded([event(-2)], from: 4), checks: true) { changes.append($0) }
      #expect(changes.filter { $0.verdict == .violated }.map(\.cut) == [5, 5])
    }
  }
#endif

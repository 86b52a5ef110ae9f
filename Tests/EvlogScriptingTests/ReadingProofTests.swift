#if JavaScript
  import Testing

  @testable import EvlogScripting

  /// What is proven only to read may have the state itself, so nothing that writes may be proven.
  @Suite struct ReadingProofTests {
    private let file = """
      const LIMIT = 5, OPEN = ["a", "b"]
      const total = (s) => Object.values(s.accounts).reduce((n, a) => n + a.balance, 0)
      const isOpen = (name) => OPEN.includes(name)
      function deep(v) { return v.items?.every(deep) ?? true }
      const touch = (s) => { s.n = 1; return true }
      const indirect = (s) => touch(s)
      let other = (s) => true
      other = touch
      const sorted = list => list.sort()
      machine("m", 1, { initial: {}, on: { e: (helper, e) => { helper.n = e.data / 2 } } })
      const half = n => n / 2
      """

    private func isProven(_ text: String, in file: String, hasMemory: Bool = false) -> Bool {
      var proof = ReadingProof(files: [file])
      return proof.onlyReads(text, hasMemory: hasMemory)
    }

    @Test(arguments: [
      "s => s.total >= 0",
      "s => Object.values(s.stock).every(i => i.available >= 0)",
      "(before, e, after) => e.type !== 'StockReserved' || e.data.sku in before.stock",
      "s => total(s) === 0",
      "s => isOpen(s.door) && s.n < LIMIT",
      "s => deep(s)",
      "s => half(s.n) < 4",
      "s => { let n = 0; for (const [k, v] of Object.entries(s.accounts)) { n += v.balance } return n >= 0 }",
      "s => { for (let i = 0; i < s.list.length; i++) if (s.list[i] === null) return false; return true }",
      "s => { const seen = new Set(); for (const x of s.list) { if (seen.has(x)) return false; seen.add(x) } return true }",
      "s => [...s.list].sort((a, b) => a - b)[0] > 0",
      "s => Object.keys(s).sort().join() === 'a,b'",
      "s => { const n = {}; for (const x of s.list) n[x] = (n[x] ?? 0) + 1; return n.a === n.b }",
      "s => !/^(?:a|b)+$/.test(s.name ?? '')",
      "s => `${s.a}-${s.b}` !== '-'",
      "function (s) { const { a, b: [c], ...rest } = s; return a <= c }",
      "s => s.n / 2 / 3 > 1",
      "s => s.list.filter(x => x.n > 0).map(x => x.n).reverse().length < 10",
      "s => typeof s.x === 'undefined' ? true : s.x?.y?.z !== -1n",
      "s => s.list.every(Number.isInteger) && s.list.map(Number).length > 0",
      "s => n >= 0",
    ])
    func onlyReads(_ text: String) {
      #expect(isProven(text, in: file))
    }

    @Test(arguments: [
      "s => s.n = 1", "s => (s.n = 1) === 1", "s => { s.n++; return true }", "s => ++s.a.b > 0",
      "s => delete s.n", "s => { s.n ??= 1; return true }", "s => s.list.sort()[0] > 0",
      "s => s.list.reverse().length > 0", "s => s.list.push(1) > 0",
      "s => s['list']['sort']().length > 0",
      "s => s.list['sort']().length > 0", "s => Object.assign(s, {n: 1}) && true",
      "s => { const l = s.list; l.push(1); return true }",
      "s => { const l = s.list; l[0] = 1; return true }",
      "s => { const l = [s.list]; l[0].push(1); return true }",
      "s => { const l = [s.list]; l[0][0] = 1; return true }",
      "s => { const l = s.list ?? []; l.push(1); return true }",
      "s => { let l = []; l = s.list; l.push(1); return true }",
      "s => { const f = l => l.pop(); return f(s.list) > 0 }", "s => touch(s)", "s => indirect(s)",
      "s => s.list.every(touch)", "s => other(s)", "s => sorted(s.list).length > 0",
      "s => unknown(s)",
      "s => helper(s)", "s => { const { assign } = Object; assign(s, {n: 1}); return true }",
      "s => { const p = [].push; return p.call(s.list, 1) > 0 }",
      "s => [1].every(s.list.push, s.list)", "s => Array.prototype.sort.call(s.list).length > 0",
      "s => { [s.a, s.b] = [1, 2]; return true }", "s => { ({ a: s.a } = { a: 1 }); return true }",
      "s => { for (s.x of [1]); return true }",
      "s => { for (const k in s) delete s[k]; return true }",
      "s => s.list.map(x => { x.n = 1; return x }).length > 0",
      "s => s.list.forEach(x => x.n++) ?? true",
      "s => JSON.parse('{}', function (k, v) { this.x = s; return v }) && true",
      "(b, e, a) => { e.data.n = 1; return true }", "(b, e, a) => e.data.list.fill(0).length > 0",
      "s => { with (s) { n = 1 } return true }", "s => Reflect.set(s, 'n', 1)",
      "s => new Proxy(s, {}) && true",
      "s => new Thing(s) && true", "s => `${s.n++}` === ''", "s => tag`${s}`", "s => (0, touch)(s)",
      "s => s.list?.sort().length > 0", "s => s.list?.sort?.().length > 0", "s => s.touch(s)",
      "s => ({ get x() { s.n = 1; return 1 } }).x === 1", "s => ({ x() { s.n = 1 } }).x() ?? true",
      "s => class { static { s.n = 1 } } && true", "s => { try { s.n = 1 } catch {} return true }",
      "s => { const a = [1], b = s.list; b.push(1); return true }",
      "s => (s.list).sort().length > 0",
      "s => (c ? s.list : []).sort().length > 0", "s => [].concat.call(s.list, 1).length",
      "function* (s) { s.n = 1 }", "async s => { s.n = 1 }", "function () { [native code] }",
      "not a function",
      "s => s.a /* no */ .sort()", "s => true; s.n = 1", "s => { s.n /= 1; /'/; return true }",
    ])
    func mayWrite(_ text: String) {
      #expect(!isProven(text, in: file))
    }

    @Test(arguments: [
      (
        "(m, b, e) => { const isNew = !m.seen[e.data.k]; m.seen[e.data.k] = true; return isNew }",
        true
      ),
      ("(m, b, e, a) => { m.count++; m.last = e.offset + 0; return m.count < 5 }", true),
      ("(m, b, e, a) => [e.data.n, m <= e.data.n]", true),
      ("(m, b, e, a) => { m.last = a.order; return true }", true),
      ("(m, b, e, a) => { m.last = a.order; m.last.n = 1; return true }", false),
      ("(m, b, e, a) => { m.x.n = 1; return [{ x: a.order }, true] }", false),
      ("(m, b, e, a) => { m.x.n = 1; return a.pair }", false),
      ("(m, b, e, a) => { m = a; m.n = 1; return true }", false),
      ("(m, b, e, a) => { a.n = m.n; return true }", false),
      ("(m, b, e, a) => [1].every(m => { m.n = 1; return true })", false),
    ])
    func aHistoryMayWriteToItsMemory(_ text: String, _ expected: Bool) {
      #expect(isProven(text, in: file, hasMemory: true) == expected)
    }

    /// What the names of a file mean is known only where there is one meaning.
    @Test(arguments: [
      "const f = s => s.n > 0\nfunction g(f) { return always(s => f(s)) }",
      "{ const f = s => s.n++ }\nconst f = s => s.n > 0",
      "const f = s => s.n > 0\nconst g = (a, f) => a",
      "let f = s => s.n > 0\nf = s => s.n++",
      "const f = s => s.n > 0\n(s)",
      "const f = g\nconst g = s => s.n++",
      "const { f } = { f: s => s.n++ }",
      "class f { }", "const f = /* \u{2028} */ s => s.n > 0, x = 'a\nb'",
    ])
    func namesOfTwoMeanings(_ file: String) {
      #expect(!isProven("s => f(s) === true", in: file))
    }
  }
#endif

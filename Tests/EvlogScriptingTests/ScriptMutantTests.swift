#if JavaScript
  import EvlogMachine
  import EvlogScripting
  import Testing

  /// The mutants of a machine: each has one change, in a handler or in what only handlers call, and is a machine.
  @Suite struct ScriptMutantTests {
    private static let source = """
      const least = n => n >= 0
      function add(s, n) { if (n > 0 && n !== 7) s.n += n }
      function both(n) { return n + 1 }
      machine("m", 1, {
        initial: { n: 1, on: { x: 2 } },
        on: {
          a: (s, e) => { add(s, e.data.n) },
          'b c': (s, e) => { s.n -= both(2); delete s.x; s.true = true; s.text = "n + 1" },
        },
        invariants: { least: always(s => least(s.n) && both(s.n) > 0) },
      })
      """

    private func mutants(_ source: String, limit: Int = .max) throws -> [Mutant] {
      try ScriptProgram(source: source, file: "m.js").mutants(limit: limit)
    }

    @Test func theyAreWhereHandlersAre() throws {
      let found = try mutants(Self.source)
      #expect(
        found.map { "\($0.change.line) \($0.change.before) → \($0.change.after)" } == [
          "2 > → >=", "2 0 → 1", "2 && → ||", "2 !== → ===", "2 7 → 8", "2 += → -=",
          "7 (s, e) => { add(s, e.data.n) } → () => {}",
          "8 (s, e) => { s.n -= both(2); delete s.x; s.true = true; s.text = \"n + 1\" } → () => {}",
          "8 -= → +=", "8 2 → 3", "8 delete → void", "8 true → false",
        ])
      #expect(found[0].change.text == "function add(s, n) { if (n > 0 && n !== 7) s.n += n }")
    }

    @Test func theyAreMachines() throws {
      let own = try ScriptProgram(source: Self.source, file: "m.js").descriptor
      for mutant in try mutants(Self.source) {
        let other = try mutant.program().descriptor
        #expect(other.name == own.name && other.fingerprint != own.fingerprint)
        #expect(other.invariants == own.invariants)
      }
    }

    @Test func someAreSpreadOverAll() throws {
      let lines = try mutants(Self.source, limit: 3).map(\.change.line)
      #expect(lines == [2, 2, 8])
      #expect(try mutants(Self.source, limit: 0).isEmpty)
    }

    /// Where a '/' may begin a regular expression, no text is taken for code.
    @Test func whatCannotBeDividedIntoTokensIsRefused() throws {
      let error = #expect(throws: MachineError.self) {
        try mutants("{}\n/x/.test('x')\n" + Self.source)
      }
      #expect(error?.message.contains("No mutants can be made") == true)
    }

    @Test func aMachineWithoutHandlersHasNone() throws {
      #expect(try mutants("machine('m', 1, { initial: {}, on: {} })").isEmpty)
    }
  }
#endif

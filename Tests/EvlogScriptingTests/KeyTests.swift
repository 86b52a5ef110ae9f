import EvlogMachine

#if JavaScript
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// Whose state an event concerns is a text, a number or a truth value, or null for none. All else is an
  /// error: a misspelt key must not make every invariant hold.
  @Suite struct KeyTests {
    private func program(_ key: String) throws -> ScriptProgram {
      try machine(
        "s.n = (s.n ?? 0) + 1", more: "key: e => \(key), invariants: { no: always(s => s.n < 1) }")
    }

    @Test(arguments: [
      ("e.data.acount", "undefined"), ("NaN", "NaN"), ("1 / 0", "Infinity"), ("({})", "an object"),
      ("['a']", "an object"), ("() => 1", "function"), ("Symbol()", "symbol"),
      ("e.data", "an object"),
    ])
    func noKey(_ key: String, _ said: String) throws {
      let (error, changes) = try failure(try program(key), [NewEvent("e", #"{"account":"a"}"#)])
      #expect(error?.kind == .threw && error?.handler == "key" && error?.offset == 0)
      #expect(error?.message.hasPrefix("it returned \(said), which is no key") == true)
      #expect(changes.isEmpty)
    }

    @Test(arguments: [
      ("e.data.account", "a"), ("5", "5"), ("-0", "0"), ("1.5", "1.5"),
      ("10n ** 20n", "100000000000000000000"),
      ("true", "true"), ("''", ""), ("`${e.offset}`", "0"),
    ])
    func aKey(_ key: String, _ text: String) throws {
      let (error, changes) = try failure(try program(key), [NewEvent("e", #"{"account":"a"}"#)])
      #expect(error == nil)
      #expect(changes.map(\.key) == [text])
    }

    @Test func nullConcernsNoKey() throws {
      let (error, changes) = try failure(
        try program("e.data.account ?? null"),
        [NewEvent("e", "{}"), NewEvent("e", #"{"account":"a"}"#)])
      #expect(error == nil)
      #expect(changes.map(\.cut) == [2])
    }

    /// A key that writes to its event would give the two states of a machine with steps two events.
    @Test func aKeyOnlyLooks() throws {
      let (error, _) = try failure(
        try program("(e.data.account += 'x', e.data.account)"), [NewEvent("e", #"{"account":"a"}"#)]
      )
      #expect(error?.handler == "key" && error?.message == "it changes what it looks at")
    }
  }
#endif

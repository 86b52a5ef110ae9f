import EvlogMachine

#if JavaScript
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// A regular expression on which the engine gives up is an error, never "no match".
  @Suite struct ExpressionTests {
    private static let events = [NewEvent("e", "{}")]
    private static let long = "'ab'.repeat(1500000) + 'c'"

    /// Each matches, or does not, and the engine says that it does not.
    @Test(arguments: [
      "/^(a|b)*c/.test(t)", "/^(a|b)*c/.exec(t)", "t.match(/^(a|b)*c/)", "t.match('^(?:a|b)*c')",
      "t.search(/^(?:a|b)+c/)", "t.search('^(?:a|b)+c')", "t.replace(/^(?:a|b)*c/, '')",
      "[...t.matchAll(/^(a|b){1,2000000}c/g)]", "t.split(/^(?:a|b)*c/)",
      "RegExp('^(a|b)*c').test(t)",
      "new RegExp('^(a|b)*c', 'u').test(t)", "/(?!(a|b)*c)x|q/.test(t)", "/(?<=(a|b)*)c/.test(t)",
      "/^(a|b)*c/y.test(t)", "/^(a|b)*c/g.test(t)", "t.match(['^(a|b)*c'])",
    ])
    func isSaid(_ call: String) throws {
      let inHandler = try failure(
        try machine("const t = \(Self.long); s.x = !!\(call)"), Self.events)
      #expect(inHandler.error?.handler == "on.e")
      #expect(
        inHandler.error?.message.contains("cannot be answered for this text of 3000001") == true)
    }

    @Test func nobodyCatchesIt() throws {
      let caught = "try { s.x = /^(a|b)*c/.test(\(Self.long)) } catch { s.x = false }"
      #expect(try failure(try machine(caught), Self.events).error?.handler == "on.e")
    }

    @Test func anInvariantIsUndefined() throws {
      let program = try machine(
        "s.n = 1", more: "invariants: { i: always(s => !/^(a|b)*c/.test(\(Self.long))) }")
      let (error, changes) = try failure(program, Self.events)
      #expect(error == nil && changes.map(\.verdict) == [.undefined])
      #expect(changes.first?.reason?.contains("cannot be answered") == true)
    }

    /// What the engine answers as it should stays as it is.
    @Test(arguments: [
      ("/^(a|b)*c/.test('ababc')", "true"), ("/^(a|b)*d/.test('ababc')", "false"),
      ("'a1b22'.match(/(?:\\d)+/g).join()", #""1,22""#),
      ("'a,b'.split(/(?:,)+/).join('|')", #""a|b""#),
      ("'aXbX'.replace(/(X)+/g, '-')", #""a-b-""#), ("'abc'.search(/(?:c)+/)", "2"),
      ("[...'a1b2'.matchAll(/(\\d)+/g)].length", "2"), ("'x'.match(/(y)*/)[0]", #""""#),
      (
        "(() => { const r = /(?:a)+/g; r.test('aba'); const i = r.lastIndex; r.test('aba'); r.test('aba'); return [i, r.lastIndex] })()",
        "[1,0]"
      ),
      (
        "(() => { const r = /(?:a)+/y; r.lastIndex = 1; return [r.test('ba'), r.test('ba')] })()",
        "[true,false]"
      ),
      ("/(?<n>a)+/.exec('baa').groups.n", #""a""#), ("'(b)*'.match('b')[0]", #""b""#),
      ("new RegExp('(a)+', 'i') instanceof RegExp", "true"), ("RegExp(/(a)+/g).flags", #""g""#),
      (
        "(() => { const r = /(a)+/g; r.lastIndex = 9; return [r.test('a'), r.lastIndex] })()",
        "[false,0]"
      ),
      ("'abc'.match().index", "0"), ("'null'.match(null)[0]", #""null""#),
    ])
    func isExact(_ call: String, _ expected: String) throws {
      #expect(try state("s.x = \(call)") == "{\"x\":\(expected)}")
    }

    @Test func oneBufferIsBounded() throws {
      for make in [
        "new Float64Array(4e8)", "new ArrayBuffer(4e9)",
        "new ArrayBuffer(8, { maxByteLength: 4e9 })",
        "new Uint8Array(3e9)", "Uint8Array.from({ length: 3e9 })",
        "new (class extends Uint8Array {})(3e9)",
      ] {
        let (error, _) = try failure(
          try machine("try { s.n = \(make).length } catch { s.n = 0 }"), Self.events)
        #expect(error?.message.contains("more than a machine may take") == true, "\(make)")
      }
      #expect(
        try state("s.x = [...new Uint8Array(3).map(() => 7), Uint8Array.of(1).length]")
          == #"{"x":[7,7,7,1]}"#)
    }
  }
#endif

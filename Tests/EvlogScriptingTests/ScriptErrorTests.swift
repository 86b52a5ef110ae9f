#if JavaScript
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// What goes wrong is told with its place.
  @Suite struct ScriptErrorTests {
    private func invalid(_ source: String) -> MachineError? {
      do throws(MachineError) {
        _ = try ScriptProgram(source: source, file: "m.js")
        return nil
      } catch {
        return error
      }
    }

    @Test func aSyntaxErrorNamesFileAndLine() throws {
      let error = try #require(invalid("// one\n// two\nmachine('m', 1, { initial: {}, on: { )\n"))
      #expect(error.kind == .invalid)
      #expect(error.place == SourcePosition(file: "m.js", line: 3))
      #expect("\(error)".contains("m.js:3"))
    }

    @Test func anExceptionOfTheFileNamesItsLineButNotOneOfTheSandbox() throws {
      #expect(invalid("\n\nnull.x")?.place?.line == 3)
      let error = try #require(invalid("machine('m', 1, { initial: {}, on: {} })\nalways(5)"))
      #expect(error.message.contains("always(...) needs a function"))
      #expect(error.place == nil || error.place?.line == 2)
    }

    /// Half of a surrogate pair takes nothing else of a message with it.
    @Test func whatCannotBeWrittenIsReplaced() {
      let message = invalid("throw new Error('top \\ud800 level')")?.message
      #expect(message?.contains("top \u{FFFD} level") == true, "\(message ?? "")")
    }

    @Test func anExceptionOfAHandlerNamesMachineHandlerLineAndOffset() throws {
      let program = try ScriptProgram(
        source: "machine('shop', 1, {\n initial: {},\n on: {\n  e: s => {\n   s.a.b = 1\n  } } })",
        file: "shop.js")
      let execution = try program.makeHost()
      let error = #expect(throws: MachineError.self) {
        try execution.run(recorded([NewEvent("e")], from: 41), checks: false) { _ in }
      }
      #expect(error?.kind == .threw)
      #expect(error?.machine == "shop")
      #expect(error?.handler == "on.e")
      #expect(error?.offset == 41)
      #expect(error?.place == SourcePosition(file: "shop.js", line: 5))
      #expect(error?.message.hasPrefix("TypeError: ") == true)
    }

    @Test func whatIsThrownMayBeAnything() throws {
      for thrown in ["'text'", "5", "null", "undefined", "{}", "'\\ud800'", "new Error('\\ud800')"]
      {
        let (error, _) = try failure(
          try machine("if (e.offset === 1) throw \(thrown)"), [NewEvent("e"), NewEvent("e")])
        #expect(error?.kind == .threw, "\(thrown)")
        #expect(error?.offset == 1, "\(thrown)")
        #expect(error?.handler == "on.e", "\(thrown)")
      }
    }

    @Test func unknownTypesAndUnreadableData() throws {
      let program = try machine("", more: "ignore: ['i']")
      var (error, _) = try failure(program, [NewEvent("i", "{"), NewEvent("x")])
      #expect(error?.kind == .unknownType)
      #expect(error?.offset == 1)
      #expect(error?.message.contains("'x'") == true)
      for data in ["{", #""\ud800""#, "01", "{} {}", "nul"] {
        (error, _) = try failure(program, [NewEvent("e"), NewEvent("e", data)])
        #expect(error?.kind == .undecodable, "\(data)")
        #expect(error?.offset == 1)
      }
      #expect(try state("s.d = e.data", data: [""]) == #"{"d":{}}"#)
    }

    @Test func otherContentTypesArriveAsBytes() throws {
      var event = NewEvent("e", "{\u{FF}")
      let program = try machine("s.d = Array.from(e.data); s.t = e.contentType")
      event.contentType = "application/octet-stream"
      event.data = [0, 255, 123]
      #expect(
        try state(program, [event]) == #"{"d":[0,255,123],"t":"application/octet-stream"}"#)
      event.contentType = "application/vnd.x+json"
      event.data = Array("[1]".utf8)
      #expect(try state(program, [event]) == #"{"d":[1],"t":"application/vnd.x+json"}"#)
    }

    @Test(arguments: [
      ("NaN", "NaN"), ("1 / 0", "Infinity"), ("undefined", "undefined"), ("new Map()", "a Map"),
      ("() => 1", "function"), ("'\\ud800'", "half of a surrogate"), ("Symbol()", "symbol"),
      ("new (class Thing {})()", "a Thing"), ("e", "a Event"),
      ("new Uint8Array(1)", "a Uint8Array"),
      ("[1, , 2]", "holes"), ("s", "inside of itself"), ("/x/", "a RegExp"),
    ])
    func aStateThatJSONCannotHoldIsRefused(_ value: String, _ words: String) throws {
      let (error, _) = try failure(
        try machine("s.list = [0, { 'a b': \(value) }]"), [NewEvent("e")])
      #expect(error?.kind == .badState)
      #expect(error?.message.contains(words) == true, "\(String(describing: error))")
      #expect(error?.message.contains(#"the state.list[1]["a b"]"#) == true)
      #expect((error?.message.utf8.count ?? 0) < 200)
    }

    @Test func keysOfTheStateAreTextsToo() throws {
      let (error, _) = try failure(try machine("s.x = { '\\ud800': 1 }"), [NewEvent("e")])
      #expect(error?.kind == .badState)
      #expect(error?.message.contains("a key of the state.x") == true)
    }

    @Test func anObjectThatIsThereTwiceForbidsOnlySaving() throws {
      let program = try machine("s.a = {}; s.b = s.a")
      #expect(try state(program, [NewEvent("e")]) == #"{"a":{},"b":{}}"#)
      let execution = try program.makeHost()
      try execution.run(recorded([NewEvent("e")]), checks: false) { _ in }
      let error = #expect(throws: MachineError.self) { try execution.save() }
      #expect(error?.kind == .notSavable)
      #expect(error?.message.contains("the state.b") == true)
      let frozen = try machine("s.a = Object.freeze({}); s.b = s.a").makeHost()
      try frozen.run(recorded([NewEvent("e")]), checks: false) { _ in }
      #expect(throws: Never.self) { try frozen.save() }
    }

    @Test func depthHasALimit() throws {
      let deep = "let x = {}; s.x = x; for (let i = 0; i < e.data; i++) { x.n = {}; x = x.n }"
      #expect(try failure(try machine(deep), [NewEvent("e", "490")]).error == nil)
      #expect(try failure(try machine(deep), [NewEvent("e", "600")]).error?.kind == .badState)
    }

    @Test func keysMustBeTexts() throws {
      let (error, _) = try failure(
        try machine("", more: "key: e => e.offset === 1 ? '\\ud800' : 'k'"),
        [NewEvent("e"), NewEvent("e")])
      #expect(error?.kind == .threw)
      #expect(error?.handler == "key")
      #expect(error?.offset == 1)
    }

    @Test(arguments: [
      ("", "does not call machine"),
      ("machine('', 1, { initial: {}, on: {} })", "the name must be"),
      ("machine('m', 0, { initial: {}, on: {} })", "the version must be"),
      ("machine('m', 1.5, { initial: {}, on: {} })", "the version must be"),
      ("machine('m', 1e300, { initial: {}, on: {} })", "the version must be"),
      ("machine('m', 1)", "the third argument must be"),
      ("machine('m', 1, { on: {} })", "'initial' must be"),
      ("machine('m', 1, { initial: 5, on: {} })", "'initial' must be"),
      ("machine('m', 1, { initial: { x: NaN }, on: {} })", "initial.x is NaN"),
      ("machine('m', 1, { initial: {} })", "'on' must be"),
      ("machine('m', 1, { initial: {}, on: { e: 5 } })", "on.e must be a function"),
      ("machine('m', 1, { initial: {}, on: {}, ignore: 'x' })", "'ignore' must be"),
      ("machine('m', 1, { initial: {}, on: { e() {} }, ignore: ['e'] })", "both handled and"),
      ("machine('m', 1, { initial: {}, on: {}, scope: 'x' })", "'scope' must be"),
      ("machine('m', 1, { initial: {}, on: {}, scope: 'key' })", "needs a function 'key'"),
      ("machine('m', 1, { initial: {}, on: {}, invariant: {} })", "'invariant' is not a part"),
      ("machine('m', 1, { initial: {}, on: {}, invariants: { a: () => 1 } })", "must be made by"),
      (
        "machine('m', 1, { initial: {}, on: {}, invariants: { a: history(Map, () => 1) } })",
        "the memory of 'a' is function"
      ),
      (
        "machine('m', 1, { initial: {}, on: {}, invariants: { a: always(5) } })",
        "always(...) needs a function"
      ),
      ("machine('m', 1, { initial: {}, on: {}, upcast: 5 })", "'upcast' must be"),
      ("machine('m', 1, { initial: {}, on: {}, upcast: { a: 5 } })", "upcast['a'] must be"),
      (
        "machine('m', 1, { initial: {}, on: {} }); machine('n', 1, { initial: {}, on: {} })",
        "declares two"
      ),
      ("machine('m', 1, { get on() { throw new Error('mine') } })", "mine"),
    ])
    func malformedMachinesSayWhatIsWrong(_ source: String, _ words: String) throws {
      let error = try #require(invalid(source))
      #expect(error.kind == .invalid)
      #expect(error.message.contains(words), "\(error)")
    }

    @Test func upcasters() throws {
      let chain = try machine(
        "s.d = e.data; s.v = e.schemaVersion",
        more: """
          upcast: { 'e@1': e => ({ schemaVersion: 2, data: { a: e.data.x } }),
                    'e@2': e => ({ schemaVersion: 3, data: { b: e.data.a } }),
                    old: e => ({ type: 'e', schemaVersion: 2, data: { a: 9 } }) }
          """)
      #expect(try state(chain, [NewEvent("e", #"{"x":4}"#)]) == #"{"d":{"b":4},"v":3}"#)
      #expect(try state(chain, [NewEvent("old")]) == #"{"d":{"b":9},"v":3}"#)
      for (upcast, words) in [
        ("{ e: e => ({}) }", "do not end"), ("e => null", "no object"),
        ("e => { throw 5 }", "threw"),
        ("{ 'e@1': e => 5 }", "no object"),
      ] {
        let (error, _) = try failure(
          try machine("", more: "upcast: \(upcast)"), [NewEvent("e")])
        #expect(error?.kind == .threw, "\(upcast)")
        #expect(error?.offset == 0)
        #expect(error?.handler?.hasPrefix("upcast") == true)
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
      }
    }

    @Test func anExpressionThatIsNone() throws {
      for expression in ["(", "state.", "1; 2", ""] {
        #expect(throws: MachineError.self, "\(expression)") {
          try machine("").adding(expression: .init(expression))
        }
      }
      let (_, changes) = try failure(
        try machine("").adding(expression: "missing > 1"), [NewEvent("e")])
      #expect(changes.last?.verdict == .undefined)
      #expect(changes.last?.reason?.contains("missing") == true)
    }
  }
#endif

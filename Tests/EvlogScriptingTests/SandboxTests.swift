#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// What a pure function cannot have is not there, and data cannot meet what every object inherits.
  @Suite struct SandboxTests {
    @Test(arguments: [
      "Date", "Intl", "eval", "Function", "setTimeout", "setInterval", "queueMicrotask",
      "WebAssembly", "Promise", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics",
      "console", "performance", "Temporal", "crypto", "print", "load", "require", "process",
      "Math.random", "Array.fromAsync", "''.localeCompare", "''.toLocaleUpperCase",
      "(1).toLocaleString", "[].toLocaleString", "({}).toLocaleString", "(1n).toLocaleString",
      "new Int8Array(1).toLocaleString", "(()=>{}).constructor",
      "(function*(){}).constructor", "({}).constructor", "(class {}).constructor",
      "Math.max.constructor", "Array.constructor", "({}).__proto__", "/x/.constructor",
      "/x/.compile",
      "RegExp.$1", "RegExp.lastMatch", "RegExp.input", "ShadowRealm", "AsyncIterator",
      "AsyncDisposableStack", "new ArrayBuffer(1).transfer",
    ])
    func isNotThere(_ name: String) throws {
      let text = try state(
        "try { s.type = typeof (\(name)) } catch (x) { s.type = x.name }")
      #expect([#"{"type":"undefined"}"#, #"{"type":"ReferenceError"}"#].contains(text), "\(text)")
    }

    @Test(arguments: [
      "eval('1')", "new Function('return 1')()", "(()=>{}).constructor('return 1')()",
      "(function*(){}).constructor('yield 1')()", "Reflect.getPrototypeOf(()=>{}).constructor('1')",
    ])
    func codeIsNotMadeOfTexts(_ code: String) throws {
      #expect(try state("try { s.x = \(code) } catch (x) { s.x = 'no' }") == #"{"x":"no"}"#)
    }

    @Test func generatorsAreNoHandlers() throws {
      for source in [
        "machine('m', 1, { initial: {}, on: { e: function* (s, e) {} } })",
        "machine('m', 1, { initial: {}, on: {}, invariants: { a: always(function* (s) { return true }) } })",
        "machine('m', 1, { initial: {}, on: {}, key: function* (e) { return 'k' } })",
      ] {
        #expect(throws: MachineError.self, "\(source)") {
          try ScriptProgram(source: source, file: "m.js")
        }
      }
    }

    @Test(arguments: [
      "__proto__", "constructor", "toString", "valueOf", "__defineGetter__", "length", "prototype",
    ])
    func wordsOfTheLanguageArePlainKeys(_ key: String) throws {
      #expect(
        try state(
          "s[e.data.k] = (s[e.data.k] ?? 0) + 1", data: [#"{"k":"\#(key)"}"#, #"{"k":"\#(key)"}"#])
          == #"{"\#(key)":2}"#)
      // As a key of the data, beside a number that makes the data be read number by number.
      for large in ["1", "9007199254740993"] {
        let data = #"{"\#(key)":{"a":\#(large)}}"#
        #expect(try state("s.data = e.data", data: [data]) == #"{"data":\#(data)}"#)
      }
      // And through a snapshot.
      let program = try machine("s[e.data.k] = { [e.data.k]: 5n }")
      let first = try program.makeHost()
      try first.run(recorded([NewEvent("e", #"{"k":"\#(key)"}"#)]), checks: false) { _ in }
      let second = try program.makeHost()
      try second.restore(try first.save())
      #expect(try second.state(of: nil)?.canonicalText == #"{"\#(key)":{"\#(key)":5}}"#)
    }

    @Test func nothingIsLeftForALaterHandler() throws {
      #expect(
        try state(
          """
          'use strict'
          try { Array.prototype.mine = 1 } catch { s.array = 'no' }
          try { Math.mine = 1 } catch { s.math = 'no' }
          """) == #"{"array":"no","math":"no"}"#)
    }
  }
#endif

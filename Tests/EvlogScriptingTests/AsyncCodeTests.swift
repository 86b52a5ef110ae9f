#if JavaScript
  import EvlogMachine
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// What a handler starts and does not wait for is refused when the file is read, with its line.
  @Suite struct AsyncCodeTests {
    private func source(_ code: String) -> String {
      """
      machine('m', 1, { initial: { n: 0 }, on: { e: (s, e) => {
        s.n++
        \(code)
      } } })
      """
    }

    @Test(arguments: [
      "[1, 2].forEach(async x => { await null; s.n += x })",
      "[1].forEach(async (x) => { s.n += x })",
      "const f = async () => {}", "async function f() { await 1 }", "(async function () {})()",
      "const o = { async f() {} }", "const o = { async *f() {} }", "const o = { async 'f'() {} }",
      "const o = { async [e.type]() {} }", "const o = { async 1() {} }", "class A { async f() {} }",
      "class A { static async f() {} }", "class A { async #f() {} }", "class A { async get() {} }",
      "async function* f() {}", "s.t = `${(async () => 1)()}`", "async/**/x => x",
      "[...[async x => x]]",
      "let asynk = 1; async () => {}", "import('x')", "import ('x').then",
      "s.x = import(`${e.type}`)",
      "const async = 1; (async () => {})()", "(async\\t() => {})", "for (async of => {}; false;);",
    ])
    func isRefused(_ code: String) {
      let error = #expect(throws: MachineError.self) {
        try ScriptProgram(source: source(code), file: "m.js")
      }
      #expect(
        error?.kind == .invalid && error?.place == SourcePosition(file: "m.js", line: 3),
        "\(String(describing: error))")
    }

    @Test(arguments: [
      "s.async = e.data.async", "const { async } = e.data", "const async = 1; s.n += async",
      "const o = { async: 1, import: 2 }; s.n += o.import", "s.t = 'async () => {} import(x)'",
      "s.t = `async function f() {} import('x')`", "s.b = /async function|import\\(/.test('x')",
      "// async () => {}", "/* import('x') */", "const o = { async() { return 1 } }; o.async()",
      "const o = { import() {} }; o.import()", "class A { async() {} }",
      "class A { async; x() {} }",
      "const isAsync = true, important = 1", "const o = { get async() { return 1 } }",
      "const m = /(?<async>a)\\k<async>/.exec('aa'); s.m = m.groups.async",
      "async: for (;;) { break async }", "function async(x) { return x } s.n = async(3)",
    ])
    func isNone(_ code: String) throws {
      _ = try state(
        try ScriptProgram(source: source(code), file: "m.js"), [NewEvent("e", #"{"async":1}"#)])
    }

    @Test func inAnExpression() throws {
      let program = try ScriptProgram(source: source(""), file: "m.js")
      #expect(throws: MachineError.self) { try program.adding(expression: "(async () => true)()") }
      #expect(throws: Never.self) { try program.adding(expression: "s.async !== 'async'") }
    }
  }
#endif

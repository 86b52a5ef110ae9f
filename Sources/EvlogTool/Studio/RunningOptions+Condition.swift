#if Studio && JavaScript
  import EvlogMachine
  import EvlogScripting

  extension RunningOptions {
    /// A machine whose state says whether a condition in JavaScript, over `e` or `event`, holds for the last event.
    func condition(_ source: String) throws -> any Program {
      var bounds = ScriptProgram.Bounds()
      bounds.secondsPerHandler = min(handlerSeconds, 1)
      bounds.memoryBytes = memoryMib << 20
      return try ScriptProgram(
        source: """
          const condition = (e, event) => (
          \(source)
          )
          machine("condition", 1, {
            initial: { holds: false }, on: { "*": (s, e) => { s.holds = !!condition(e, e) } },
          })
          """, file: "condition.js", bounds: bounds)
    }
  }
#endif

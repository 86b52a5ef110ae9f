#if JavaScript
  import EvlogReplay
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport

  /// Events as a log gives them.
  func recorded(_ events: [NewEvent], from offset: Offset = 0) -> ArraySlice<RecordedEvent> {
    let list = events.enumerated().map { i, event in
      RecordedEvent(event, offset: offset + UInt64(i), revision: Revision(i))
    }
    return list[...]
  }

  /// A machine whose only handler, of the type `e`, is `body`; `s` is the state and `e` the event.
  func machine(
    _ body: String, initial: String = "{}", more: String = "", seconds: Double = 10
  ) throws -> ScriptProgram {
    var bounds = ScriptProgram.Bounds()
    bounds.secondsPerHandler = seconds
    return try ScriptProgram(
      source: "machine('m', 1, { initial: \(initial), on: { e: (s, e) => { \(body) } }, \(more) })",
      file: "m.js", bounds: bounds)
  }

  /// The state's canonical text after events of the type `e` with these data.
  func state(
    _ body: String, initial: String = "{}", data: [String] = ["{}"]
  ) throws -> String {
    try state(try machine(body, initial: initial), data.map { NewEvent("e", $0) })
  }

  func state(_ program: ScriptProgram, _ events: [NewEvent]) throws -> String {
    let execution = try program.makeHost()
    try execution.run(recorded(events), checks: true) { _ in }
    return try execution.wholeState(program.descriptor.scope).canonicalText
  }

  /// The error that a run ends with, and the changes before it.
  func failure(_ program: ScriptProgram, _ events: [NewEvent]) throws -> (
    error: MachineError?, changes: [VerdictChange]
  ) {
    let execution = try program.makeHost()
    var changes: [VerdictChange] = []
    do throws(MachineError) {
      try execution.run(recorded(events), checks: true) { changes.append($0) }
      _ = try execution.wholeState(program.descriptor.scope)
      return (nil, changes)
    } catch {
      return (error, changes)
    }
  }
#endif

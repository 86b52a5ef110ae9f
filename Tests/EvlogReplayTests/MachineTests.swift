import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import ReplayTestSupport
import Testing

/// Machines in Swift: what they are given, and what is said where they cannot go on.
@Suite struct MachineTests {
  /// Remembers in its state whatever it is given.
  struct Recorder: Machine {
    struct State: Codable, Sendable { var seen: [String] = [] }
    enum Event: Codable, Sendable {
      case placed(id: String, quantity: Int?)
      case closed
      case moved(Int, String)

      enum CodingKeys: String, CodingKey {
        case placed = "OrderPlaced"
        case closed
        case moved
      }
    }

    let initialState = State()
    var scope: Scope = .log
    var ignoredTypes: Set<String> = ["ignored"]
    var upcasters: [Upcaster] = []
    var invariants: [Invariant<Self>] = []

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      state.seen.append("\(context.offset) \(context.stream) \(event)")
    }
  }

  private func events(_ list: [NewEvent]) -> ArraySlice<RecordedEvent> {
    list.enumerated().map { RecordedEvent($1, offset: Offset($0), revision: Revision($0)) }[...]
  }

  private func run(_ machine: some Machine, _ list: [NewEvent]) throws -> [VerdictChange] {
    let execution = machine.program.makeHost()
    var changes: [VerdictChange] = []
    try execution.judgeBeginning(
      of: machine.program.descriptor, machine.invariants.indices
    ) { changes.append($0) }
    try execution.run(events(list), checks: true) { changes.append($0) }
    return changes
  }

  private func seen(_ machine: Recorder, _ list: [NewEvent]) throws -> JSONValue? {
    let execution = machine.program.makeHost()
    try execution.run(events(list), checks: false) { _ in }
    return try execution.wholeState(machine.program.descriptor.scope)
  }

  @Test func eventsAreDecodedByTheirType() throws {
    let state = try seen(
      Recorder(),
      [
        NewEvent("OrderPlaced", #"{"id":"a","quantity":2}"#), NewEvent("closed", ""),
        NewEvent("ignored", "not JSON"), NewEvent("OrderPlaced", #"{"id":"b","more":1}"#),
        NewEvent("moved", #"{"_0":1,"_1":"x"}"#), NewEvent("closed", "{}"),
      ])
    #expect(
      state?.canonicalText
        == #"{"seen":["0 s placed(id: \"a\", quantity: Optional(2))","1 s closed","#
        + #""3 s placed(id: \"b\", quantity: nil)","4 s moved(1, \"x\")","5 s closed"]}"#)
  }

  @Test func whatCannotBeReadIsSaid() {
    func error(_ event: NewEvent) -> MachineError? {
      #expect(throws: MachineError.self) {
        try seen(Recorder(), [NewEvent("closed"), event])
      }
    }
    for type in ["placed", "Closed", "é"] {
      let unknown = error(NewEvent(type))
      #expect(unknown?.kind == .unknownType)
      #expect(unknown?.offset == 1)
      #expect(unknown?.message.contains("'\(type)'") == true)
    }
    for (data, words) in [
      (#"{"id":5}"#, "id: expected String, found the number 5"), (#"{}"#, "'id' is missing"),
      ("[]", "found an array"), ("{", "at byte"),
      (#"{"id":"a","quantity":1.5}"#, "1.5 does not fit Int"),
    ] {
      let bad = error(NewEvent("OrderPlaced", data))
      #expect(bad?.kind == .undecodable)
      #expect(bad?.offset == 1)
      #expect(bad?.machine == "Recorder")
      #expect(bad?.message.contains(words) == true, "\(String(describing: bad))")
    }
  }

  @Test func upcastersAreAChain() throws {
    var machine = Recorder()
    machine.upcasters = [
      .rename("old", to: "OrderPlaced"),
      .upcast("OrderPlaced", from: 1) { .object([("ident", $0["i"] ?? .null)]) },
      .upcast("OrderPlaced", from: 2) { .object([("id", $0["ident"] ?? .null)]) },
    ]
    let state = try seen(
      machine,
      [
        NewEvent("OrderPlaced", #"{"i":"a"}"#), NewEvent("old", #"{"ident":"b"}"#, version: 2),
        NewEvent("OrderPlaced", #"{"id":"c"}"#, version: 3), NewEvent("old", #"{"i":"d"}"#),
      ])
    let ids = try #require(state?["seen"]?.arrayValue).compactMap(\.stringValue)
    #expect(
      ids.map { $0.dropFirst(15).prefix(1) } == ["\"", "\"", "\"", "\""].map { Substring($0) })
    for (text, id) in zip(ids, ["a", "b", "c", "d"]) { #expect(text.contains("id: \"\(id)\"")) }
  }

  @Test func upcastersThatDoNotEndOrThrow() {
    struct Mine: Error {}
    for (upcaster, words) in [
      (Upcaster.rename("closed", to: "closed"), "do not end"),
      (.upcast("closed", from: 1) { _ in throw Mine() }, "Mine"),
    ] {
      var machine = Recorder()
      machine.upcasters = [upcaster]
      let error = #expect(throws: MachineError.self) {
        try seen(machine, [NewEvent("ignored"), NewEvent("closed")])
      }
      #expect(error?.kind == .threw)
      #expect(error?.offset == 1)
      #expect(error?.message.contains(words) == true)
    }
  }

  @Test func scopesDivideTheEvents() throws {
    let list = [
      NewEvent("closed", in: "a"), NewEvent("closed", in: "b"), NewEvent("closed", in: "é"),
      NewEvent("closed", in: "e\u{301}"), NewEvent("closed", in: "a"),
    ]
    var machine = Recorder()
    machine.scope = .stream
    #expect(
      try seen(machine, list)?.canonicalText
        == "{\"a\":{\"seen\":[\"0 a closed\",\"4 a closed\"]},\"b\":{\"seen\":[\"1 b closed\"]},"
        + "\"e\u{301}\":{\"seen\":[\"3 e\u{301} closed\"]},"
        + "\"\u{E9}\":{\"seen\":[\"2 \u{E9} closed\"]}}")
    machine.scope = .key { $0.stream == "b" ? nil : "k\(UInt64($0.offset) % 2)" }
    #expect(
      try seen(machine, list)?.canonicalText
        == "{\"k0\":{\"seen\":[\"0 a closed\",\"2 \u{E9} closed\",\"4 a closed\"]},"
        + "\"k1\":{\"seen\":[\"3 e\u{301} closed\"]}}")
  }

  @Test func invariantsSeeStateStepAndHistory() throws {
    struct Wrong: Error, CustomStringConvertible { let description = "cannot tell" }
    var machine = Recorder()
    machine.invariants = [
      .always("few") { $0.seen.count < 3 },
      .step("one more") { before, _, after, context in
        before.seen.count + 1 == after.seen.count && Int(context.offset) == before.seen.count
      },
      .history("only once", initial: nil as Int?) { memory, _, event, _, _ in
        guard case .closed = event else { return true }
        defer { memory = (memory ?? 0) + 1 }
        return memory == nil
      },
      .always("sometimes unknown") {
        if $0.seen.count == 2 { throw Wrong() }
        return true
      },
    ]
    let changes = try run(
      machine,
      [NewEvent("closed"), NewEvent("moved", #"{"_0":1,"_1":""}"#), NewEvent("closed")])
    func of(_ i: Int) -> [String] {
      changes.filter { $0.invariant == i }.map { "\($0.cut) \($0.verdict) \($0.reason ?? "")" }
    }
    #expect(of(0) == ["0 holds ", "3 violated "])
    #expect(of(1) == ["0 holds "])
    #expect(of(2) == ["0 holds ", "3 violated "])
    #expect(of(3) == ["0 holds ", "2 undefined cannot tell", "3 holds "])
  }

  /// States are digested without making trees of them.
  @Test func aDigestIsThatOfTheTree() throws {
    struct Sums: Machine {
      struct State: Codable, Sendable { var sums: [String: Int] = [:] }
      struct Event: Codable, Sendable { let n: Int }
      let scope: Scope
      let initialState = State()
      var name: String { "sums" }
      func decode(_ event: RecordedEvent) throws -> Event {
        try StateDecoder().decode(Event.self, from: event.data)
      }
      func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
        state.sums["\(event.n % 5)\"", default: 0] += event.n
      }
    }
    let folder = TemporaryFolder()
    let log = try folder.log(
      "log", (0..<40).map { NewEvent("added", "{\"n\":\($0)}", in: "s\($0 % 7)é") })
    for scope in [Scope.log, .stream] {
      let program = Sums(scope: scope).program
      var work = Replayer.Work()
      let replayer = Replayer(program, over: log)
      for cut in [0, 1, 40] as [Cut] {
        let execution = try replayer.execution(at: cut, work: &work)
        let kind = program.descriptor.scope
        #expect(try execution.wholeDigest(kind) == execution.wholeState(kind).digest)
        let saved = try execution.save()
        #expect(saved == (try JSONParser.parse(saved[...])).canonicalBytes)
        let other = program.makeHost()
        try other.restore(saved)
        #expect(try other.save() == saved)
      }
    }
  }

  /// The optimiser takes a value of at most six stored fields apart. Larger, the text of every event's stream would be
  /// made, which takes longer than all the rest of a small reducer.
  @Test func aContextIsTakenApart() {
    #expect(MemoryLayout<EventContext>.size <= 6 * MemoryLayout<UInt>.size)
  }
}
